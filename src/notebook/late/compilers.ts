import type { Cell, CellKind } from "../../../cells/model/cell.ts";
import { classicParser } from "./classic-parser.ts";
import type { LatePart } from "./part.ts";
import { sucrase } from "./sucrase.ts";

/** What a kind of cell cannot be compiled without, beyond what the page has. */
const needs: Readonly<Partial<Record<CellKind, LatePart<unknown>>>> = { ts: sucrase, ojs: classicParser };

/** Fetches what these cells are compiled with; null where everything is here. */
export function fetchCompilers(cells: readonly Cell[]): Promise<void> | null {
  const missing = new Set<LatePart<unknown>>();
  for (const { kind } of cells) {
    const part = needs[kind];
    if (part?.isHere === false) missing.add(part);
  }
  return missing.size === 0 ? null : Promise.all([...missing].map((part) => part.fetch())).then(() => undefined);
}
