import type { AssetKey } from "../model/asset-key.ts";
import type { HydratedOutput, KernelCell } from "../protocol/kernel.ts";

/** How a cell becomes runtime variables. Names are those that other cells read. */
export type Shape =
  /** nothing to run and nothing wrong: a kind that is never executed */
  | { readonly type: "inert" }
  /** the source has an error: its names fail with it */
  | { readonly type: "broken"; readonly names: readonly string[]; readonly message: string }
  /** names that stand for published assets: a cell that only imports, or one that another place computes */
  | { readonly type: "published"; readonly assets: readonly PublishedName[]; readonly shown: boolean }
  /** names that stand for results of the server, which their cell would give again; `shown` is the one that it shows */
  | { readonly type: "hydrated"; readonly outputs: readonly HydratedOutput[]; readonly shown: string | null }
  /** a query; `name` is its relation for SQL and its rows for JavaScript */
  | { readonly type: "sql"; readonly name: string | null }
  /** the whole value under one name or none; `view` is the name of its input value */
  | { readonly type: "value"; readonly name: string | null; readonly view: string | null }
  | { readonly type: "mutable"; readonly name: string }
  /** a program that declares one name: body and name share one variable */
  | { readonly type: "single"; readonly name: string }
  | { readonly type: "bundle"; readonly names: readonly string[] };

/** A name of this notebook and the published asset that it stands for. */
interface PublishedName {
  readonly name: string;
  readonly key: AssetKey;
}

/** The shape of a cell. `published` gives the key of each of its names where its value shall not be computed here. */
export function shapeOf({ compiled, imports }: KernelCell, published: ((name: string) => AssetKey) | null): Shape {
  const names = compiled.outputs.map(({ name }) => name);
  if (published !== null)
    return { type: "published", assets: names.map((name) => ({ name, key: published(name) })), shown: true };
  const failure = compiled.diagnostics.find(({ severity }) => severity === "error");
  if (compiled.body === null)
    return failure === undefined ? { type: "inert" } : { type: "broken", names, message: failure.message };
  const assets = names.flatMap((name) => {
    const key = imports[name];
    return key === undefined ? [] : [{ name, key }];
  });
  if (assets.length > 0 && assets.length === names.length && isBlank(compiled.body))
    return { type: "published", assets, shown: false };
  const { output } = compiled;
  if (compiled.kind === "sql") return { type: "sql", name: output === null ? null : output.replace(/^viewof\$/, "") };
  if (output !== null && compiled.automutable) return { type: "mutable", name: output.replace(/^mutable /, "") };
  if (output !== null) {
    const view = compiled.autoview ? output.replace(/^viewof[$ ]/, "") : null;
    return { type: "value", name: output, view };
  }
  const [only] = names;
  if (only === undefined) return { type: "value", name: null, view: null };
  return names.length === 1 ? { type: "single", name: only } : { type: "bundle", names };
}

/** The shape of a cell whose names have results on the server. */
export function hydratedShape({ compiled }: KernelCell, outputs: readonly HydratedOutput[]): Shape {
  return { type: "hydrated", outputs, shown: compiled.autodisplay ? compiled.output : null };
}

/** Whether two shapes have the same variables. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The names that a cell defines for others. */
export function namesOf(cell: KernelCell): readonly string[] {
  const names = cell.compiled.outputs.map(({ name }) => name);
  const shape = shapeOf(cell, null);
  const more =
    shape.type === "mutable"
      ? [shape.name, `mutable ${shape.name}`, `mutable$${shape.name}`]
      : shape.type === "value" || shape.type === "sql"
        ? [shape.name].filter((name) => name !== null)
        : [];
  return [...new Set([...names, ...more])];
}

/** Whether a body has no text of the author's between its first and last line: imports leave only semicolons. */
function isBlank(body: string): boolean {
  return /^[;\s]*$/.test(body.split("\n").slice(1, -1).join(""));
}

/** Runtime name of the relation that SQL reads as `name`. */
export function tableName(name: string): string {
  return `table ${name}`;
}

/** Runtime name of a published asset, as the host gave it; with a version, of that one result of it. */
export function assetName(key: string, version: string | null = null): string {
  return version === null ? `asset ${key}` : `asset ${key} as ${version}`;
}

/** Runtime name of a published asset as a relation. */
export function assetTableName(key: string): string {
  return `table asset ${key}`;
}

/** Runtime name of what the cell of an asset reads of it itself, as the host gave it: earlier partitions. */
export function earlierName(key: string): string {
  return `earlier ${key}`;
}

/** Runtime name of the same as a relation. */
export function earlierTableName(key: string): string {
  return `table earlier ${key}`;
}

/** Runtime name of the same as JavaScript sees it. */
export function earlierValueName(key: string): string {
  return `value earlier ${key}`;
}

/** Text that is equal for two cells exactly where the kernel may keep the definition it has. */
export function definitionKey({ compiled, tables, imports, earlier, hydrated }: KernelCell): string {
  const { body, kind, sql, output, autodisplay, autoview, automutable } = compiled;
  const names = [compiled.inputs, compiled.outputs, compiled.files].map((list) => list.map(({ name }) => name));
  const errors = compiled.diagnostics.map(({ message }) => message);
  return JSON.stringify([
    body,
    kind,
    sql?.strings,
    output,
    autodisplay,
    autoview,
    automutable,
    names,
    tables,
    imports,
    earlier,
    errors,
    hydrated,
  ]);
}
