import type { CellKind } from "../../../cells/model/cell.ts";
import type { Notebook } from "../../../cells/model/notebook.ts";
import { assetOptions } from "./asset-options.ts";
import { classicCompiler } from "./classic.ts";
import type { LatePart } from "./part.ts";
import { sqlCompiler } from "./sql.ts";
import { typescriptCompiler } from "./typescript.ts";

/** What a kind of cell cannot be compiled without, beyond what the page has. */
const ofKind: Readonly<Partial<Record<CellKind, LatePart<unknown>>>> = {
  sql: sqlCompiler,
  ts: typescriptCompiler,
  ojs: classicCompiler,
};
/** Attributes that `assetOptions` reads, of cells and of the notebook. */
const assetAttributes = [
  "automation",
  "partitions",
  "fresh",
  "upstream",
  "schedule",
  "expect",
  "sensor",
  "every",
  "select",
];

/** Fetches what this notebook is compiled with, all of it at the same time; null where it is here. */
export function fetchNeeded({ cells, attributes }: Pick<Notebook, "cells" | "attributes">): Promise<void> | null {
  const missing = new Set<LatePart<unknown>>();
  const need = (part: LatePart<unknown> | undefined): void => {
    if (part?.isHere === false) missing.add(part);
  };
  const needOptions = (written: Notebook["attributes"]): void => {
    if (assetAttributes.some((name) => Object.hasOwn(written, name))) need(assetOptions);
  };
  needOptions(attributes);
  for (const cell of cells) {
    need(ofKind[cell.kind]);
    needOptions(cell.attributes);
  }
  return missing.size === 0 ? null : Promise.all([...missing].map((part) => part.fetch())).then(() => undefined);
}
