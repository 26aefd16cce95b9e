import { cellAttributes } from "../../cells/format/attributes.ts";
import type { Cell } from "../../cells/model/cell.ts";
import type { Notebook } from "../../cells/model/notebook.ts";

/** A cell that both sides changed: the merge has one's own text, this is the other. */
export interface CellConflict {
  readonly cell: number;
  readonly theirs: Cell;
}

export interface Merge {
  readonly notebook: Notebook;
  readonly conflicts: readonly CellConflict[];
}

/**
 * Brings two versions of a notebook together, cell by cell: who changed a cell since `base` wins; where both did, one's
 * own text stands and the other is told. A cell that one side deleted and the other changed is kept.
 */
export function mergeNotebooks(base: Notebook, mine: Notebook, theirs: Notebook): Merge {
  const inBase = byId(base);
  const inMine = byId(mine);
  const inTheirs = byId(theirs);
  const conflicts: CellConflict[] = [];
  const merged = new Map<number, Cell>();
  for (const id of new Set([...inMine.keys(), ...inTheirs.keys()])) {
    const old = inBase.get(id);
    const own = inMine.get(id);
    const other = inTheirs.get(id);
    if (own && other) {
      if (sameCell(own, other) || (old && sameCell(other, old))) merged.set(id, own);
      else if (old && sameCell(own, old)) merged.set(id, other);
      else {
        merged.set(id, own);
        conflicts.push({ cell: id, theirs: other });
      }
    } else if (own) {
      // they deleted it: so be it, unless it was changed here or is new
      if (!old || !sameCell(own, old)) merged.set(id, own);
    } else if (other && (!old || !sameCell(other, old))) merged.set(id, other);
  }
  const pick = <K extends "title" | "id" | "theme" | "readOnly" | "attributes">(key: K): Notebook[K] =>
    JSON.stringify(mine[key]) === JSON.stringify(base[key]) ? theirs[key] : mine[key];
  const cells = order(base, mine, theirs, merged);
  return {
    notebook: {
      id: pick("id"),
      title: pick("title"),
      theme: pick("theme"),
      readOnly: pick("readOnly"),
      attributes: pick("attributes"),
      cells,
    },
    conflicts,
  };
}

/** The order of the side that changed it; cells that only the other has stand behind the one they follow there. */
function order(base: Notebook, mine: Notebook, theirs: Notebook, cells: ReadonlyMap<number, Cell>): readonly Cell[] {
  const [lead, other] = sameOrder(mine, base) ? [theirs, mine] : [mine, theirs];
  const ids = lead.cells.map(({ id }) => id).filter((id) => cells.has(id));
  const placed = new Set(ids);
  other.cells.forEach(({ id }, index) => {
    if (!cells.has(id) || placed.has(id)) return;
    const before = other.cells.slice(0, index).findLast((cell) => placed.has(cell.id));
    ids.splice(before === undefined ? 0 : ids.indexOf(before.id) + 1, 0, id);
    placed.add(id);
  });
  return ids.flatMap((id) => cells.get(id) ?? []);
}

function sameOrder(a: Notebook, b: Notebook): boolean {
  const common = new Set(a.cells.map(({ id }) => id).filter((id) => b.cells.some((cell) => cell.id === id)));
  const shared = (notebook: Notebook): string =>
    notebook.cells.flatMap(({ id }) => (common.has(id) ? [id] : [])).join();
  return shared(a) === shared(b);
}

function byId(notebook: Notebook): ReadonlyMap<number, Cell> {
  return new Map(notebook.cells.map((cell) => [cell.id, cell]));
}

/** Whether two cells are written the same, however their attributes are ordered. */
function sameCell(a: Cell, b: Cell): boolean {
  return a === b || (a.source === b.source && attributesText(a) === attributesText(b));
}

function attributesText(cell: Cell): string {
  return JSON.stringify(Object.entries(cellAttributes(cell)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
