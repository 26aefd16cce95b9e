import { didYouMean } from "../model/nearest.ts";
import type { GraphCell } from "./graph.ts";

/** The cell that defines each asset of a notebook, by name: checks and tests define none. Of a name that stands twice, the last. */
export function definersOf(cells: readonly GraphCell[]): ReadonlyMap<string, GraphCell> {
  const definers = new Map<string, GraphCell>();
  for (const cell of cells)
    if (cell.options.check === null && cell.options.test === null)
      for (const { name } of cell.compiled.outputs) definers.set(name, cell);
  return definers;
}

/** That no cell defines a name, with the nearest that one does. */
export function sayUndefined(name: string, definers: ReadonlyMap<string, GraphCell>): string {
  const names = [...definers.keys()];
  const known = names.length === 0 ? "it defines none" : `it defines ${names.slice(0, 12).join(", ")}`;
  return `this notebook defines no asset ${name}; ${didYouMean(name, names)}${known}`;
}
