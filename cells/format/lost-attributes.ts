import type { Notebook } from "../model/notebook.ts";
import { attribute, cellAttributes, notebookAttributes, type Attributes } from "./attributes.ts";

/** An attribute that a notebook had and has no more. */
export interface LostAttribute {
  /** the cell, or null for `<notebook>` itself */
  readonly cell: number | null;
  readonly name: string;
  /** what it said */
  readonly value: string;
}

const ofNotebook = "id schedule timezone catchup params hosts tags owners description".split(" ");
const ofCell = (
  "since store partitions upstream after automation check severity blocking fresh retries delay backoff jitter timeout pool priority " +
  "retain run test expect sensor every select tags owners group description"
).split(" ");

/**
 * Which attributes of Cellar a notebook has lost, in the order of its cells. Observable's editor drops on saving all that it
 * does not know. Cells that are gone altogether lose nothing.
 */
export function lostAttributes(before: Notebook, after: Notebook): readonly LostAttribute[] {
  const cells = new Map(after.cells.map((cell) => [cell.id, cell]));
  return [
    ...lost(null, ofNotebook, notebookAttributes(before), notebookAttributes(after)),
    ...before.cells.flatMap((cell) => {
      const now = cells.get(cell.id);
      return now === undefined ? [] : lost(cell.id, ofCell, cellAttributes(cell), cellAttributes(now));
    }),
  ];
}

function lost(cell: number | null, names: readonly string[], before: Attributes, after: Attributes): LostAttribute[] {
  return names.flatMap((name) => {
    const value = attribute(before, name);
    return value === null || attribute(after, name) !== null ? [] : [{ cell, name, value }];
  });
}
