import { emptyCell } from "../compile/empty-cell.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { KernelCell } from "../protocol/kernel.ts";
import { namesOf } from "./shape.ts";

/**
 * The cells that a kernel is told of to compute `target`: it, the virtual ones that it reads, and one cell more that gives
 * the names which are `stored`, as imports, so that they are read and not computed again. A name that a cell defines which
 * runs anyway is that cell's.
 */
export function neededCells(
  notebook: { readonly path: string; readonly cells: readonly KernelCell[] },
  target: KernelCell,
  stored: ReadonlySet<AssetKey>,
): readonly KernelCell[] {
  const definers = new Map<string, KernelCell>();
  for (const cell of notebook.cells)
    for (const name of namesOf(cell)) if (!definers.has(name)) definers.set(name, cell);
  const needed = new Set<KernelCell>([target]);
  const imported = new Map<string, AssetKey>();
  for (const cell of needed)
    for (const name of namesReadBy(cell)) {
      const definer = definers.get(name);
      if (definer === undefined) continue;
      const key = AssetKey.of(notebook.path, name);
      if (definer !== target && stored.has(key)) imported.set(name, key);
      else needed.add(definer);
    }
  for (const cell of needed) for (const name of namesOf(cell)) imported.delete(name);
  const cells = [...needed].map((cell): KernelCell => ({ ...cell, run: "auto" }));
  return imported.size === 0 ? cells : [...cells, importCell(imported)];
}

function namesReadBy({ compiled, tables }: KernelCell): readonly string[] {
  const relations = tables.flatMap(({ source }) => (source.type === "cell" ? [source.name] : []));
  return [...compiled.inputs.map(({ name }) => name), ...relations];
}

/** the id of no cell of an author's: those are positive */
export const importCellId = -1;

function importCell(names: ReadonlyMap<string, AssetKey>): KernelCell {
  return {
    compiled: {
      ...emptyCell(importCellId, "js"),
      outputs: Array.from(names.keys(), (name) => ({ name, spans: [] })),
      body: "() => {\n}",
    },
    tables: [],
    imports: Object.fromEntries(names),
    run: "auto",
  };
}
