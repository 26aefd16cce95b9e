import type { GraphCell } from "./graph.ts";

/** A cell that defines a name, by its position in the notebook. */
interface Definer {
  readonly index: number;
  readonly id: number;
}

/** Who defines what in one notebook. */
export interface Names {
  /** exact name → the cells that define it, in document order */
  readonly exact: ReadonlyMap<string, readonly Definer[]>;
  /** lower-case name → the exact names that are spelled so, since SQL does not tell them apart */
  readonly folded: ReadonlyMap<string, readonly string[]>;
}

/** Collects the names that the cells define. */
export function collectNames(cells: readonly GraphCell[]): Names {
  const exact = new Map<string, Definer[]>();
  const folded = new Map<string, string[]>();
  cells.forEach(({ cell, compiled }, index) => {
    for (const { name } of compiled.outputs) {
      const definers = exact.get(name);
      if (definers) {
        if (definers.at(-1)?.index !== index) definers.push({ index, id: cell.id });
        continue;
      }
      exact.set(name, [{ index, id: cell.id }]);
      const spellings = folded.get(name.toLowerCase());
      if (spellings) spellings.push(name);
      else folded.set(name.toLowerCase(), [name]);
    }
  });
  return { exact, folded };
}

/** The names that a SQL text means by `name`: the exact one if there is one, else those that differ in case only. */
export function relationNames(names: Names, name: string): readonly string[] {
  return names.exact.has(name) ? [name] : (names.folded.get(name.toLowerCase()) ?? []);
}
