import type { Cell } from "../model/cell.ts";
import type { Notebook } from "../model/notebook.ts";
import { cellAttributes, changedAttributes, notebookAttributes } from "./attributes.ts";
import { writeCell, writeNotebookElement } from "./canonical.ts";
import { encodeCellText } from "./cell-text.ts";
import type { CellPlace, NotebookFile } from "./parse.ts";
import { applyEdits, editStartTag, escapeText } from "./start-tag.ts";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A cell of the new notebook with what it was in the base, or null where it is new. */
interface Slot {
  readonly cell: Cell;
  readonly index: number | null;
}

/** The text of `base` with the changes that make it the file of `notebook`. Everything else in it stays as it is. */
export function spliceNotebook(notebook: Notebook, base: NotebookFile): string {
  const edits = [...notebookEdits(notebook, base)];
  if (base.notebookPlace === null) {
    if (edits.length === 0 && notebook.cells.length === 0) return base.text;
    const doctype = base.text.trim() === "" ? "<!doctype html>" : "";
    const element = withLineEnd(`${doctype}\n${writeNotebookElement(notebook)}\n`, base);
    const text = base.preambleEnd > 1 ? element : element.trimStart();
    return applyEdits(base.text, [{ start: base.preambleEnd, end: base.preambleEnd, text }]);
  }
  edits.push(...cellEdits(notebook, base));
  const text = applyEdits(base.text, edits);
  const last = base.places.at(-1);
  const closedNow = last !== undefined && !last.closed && edits.some((edit) => edit.end > last.contentStart);
  return closedNow && !text.endsWith("\n") ? text + base.lineEnd : text;
}

function notebookEdits(notebook: Notebook, base: NotebookFile): readonly Edit[] {
  const edits: Edit[] = [];
  const tag = base.notebookPlace ?? { start: 0, contentStart: 0 };
  const changes = changedAttributes(notebookAttributes(base.notebook), notebookAttributes(notebook));
  if (changes.size > 0) {
    const text = base.notebookPlace ? editStartTag(base.text.slice(tag.start, tag.contentStart), changes) : "";
    edits.push({ start: tag.start, end: tag.contentStart, text });
  }
  if (notebook.title === base.notebook.title) return edits;
  const title = base.titlePlace;
  const text = escapeText(notebook.title);
  if (title?.closed) edits.push({ start: title.contentStart, end: title.contentEnd, text });
  else if (title) edits.push({ start: title.contentStart, end: title.end, text: `${text}</title>${base.lineEnd}` });
  else {
    const element = `${base.lineEnd}  <title>${text}</title>`;
    edits.push({ start: tag.contentStart, end: tag.contentStart, text: element });
  }
  return edits;
}

function cellEdits(notebook: Notebook, base: NotebookFile): readonly Edit[] {
  const indexOf = new Map(base.places.map((place, index) => [place.id, index]));
  const slots = notebook.cells.map((cell): Slot => {
    const index = indexOf.get(cell.id) ?? null;
    // of two cells with one id the first is the one of the base
    indexOf.delete(cell.id);
    return { cell, index };
  });
  const restructured = slots.length !== base.places.length || slots.some((slot, position) => slot.index !== position);
  const fixed = longestIncreasing(slots.map((slot) => slot.index));
  const edits = [...removals(base, fixed)];
  const anchors = slots.filter((slot) => slot.index !== null && fixed.has(slot.index));
  let previous: CellPlace | null = null;
  let floating = "";
  const place = (at: number) => {
    if (floating !== "") edits.push({ start: at, end: at, text: floating });
    floating = "";
  };
  for (const slot of slots) {
    const at = slot.index === null ? undefined : base.places[slot.index];
    if (slot.index !== null && at !== undefined && fixed.has(slot.index)) {
      place(previous === null ? whiteStart(base.text, at.start) : previous.end);
      const followed = at === base.places.at(-1) && slots.at(-1) !== slot;
      const text = keptCell(slot.cell, base, slot.index, restructured, followed);
      if (text !== null) edits.push({ start: at.start, end: at.end, text });
      previous = at;
    } else {
      const neighbour: CellPlace | undefined = previous ?? base.places[anchors[0]?.index ?? 0];
      floating += floatingCell(slot, base, neighbour);
    }
  }
  if (previous === null) {
    const home = base.titlePlace?.closed ? base.titlePlace.end : (base.notebookPlace?.contentStart ?? 0);
    if (floating !== "" && !/^\s/.test(base.text.slice(home))) floating += base.lineEnd;
    place(home);
  } else place(previous.end);
  return edits;
}

/** The text of a cell that stays where it is, or null where nothing of it changes. */
function keptCell(
  cell: Cell,
  base: NotebookFile,
  index: number,
  restructured: boolean,
  followed: boolean,
): string | null {
  const place = base.places[index];
  const before = base.notebook.cells[index];
  if (place === undefined || before === undefined) return null;
  const changes = new Map(changedAttributes(cellAttributes(before), cellAttributes(cell)));
  if (restructured && !place.idWritten) changes.set("id", String(cell.id));
  const rewrite = cell.source !== before.source || (followed && !place.closed);
  if (!rewrite && changes.size === 0) return null;
  const body = rewrite
    ? encodeCellText(cell.source, lastIndent(base.text, place.start))
    : { text: base.text.slice(place.contentStart, place.contentEnd), escaped: place.escaped };
  if (body.escaped !== place.escaped) changes.set("escaped", body.escaped ? "" : null);
  const tag = base.text.slice(place.start, place.contentStart);
  const endTag = place.closed ? base.text.slice(place.contentEnd, place.end) : rewrite ? "</script>" : "";
  return (
    (changes.size > 0 ? editStartTag(tag, changes) : tag) +
    (rewrite ? withLineEnd(body.text, base) : body.text) +
    endTag
  );
}

/** The text, with its leading white space, of a cell that is new or stands elsewhere than in the base. */
function floatingCell(slot: Slot, base: NotebookFile, neighbour: CellPlace | undefined): string {
  const place = slot.index === null ? undefined : base.places[slot.index];
  if (slot.index === null || place === undefined) {
    const indent = neighbour === undefined ? "  " : lastIndent(base.text, neighbour.start);
    return withLineEnd(`\n${indent}${writeCell(slot.cell, indent)}`, base);
  }
  const space = base.text.slice(whiteStart(base.text, place.start), place.start);
  const kept = keptCell(slot.cell, base, slot.index, true, true);
  return space + (kept ?? base.text.slice(place.start, place.end));
}

/** Takes out the cells that are gone or move, each with its leading white space. */
function removals(base: NotebookFile, fixed: ReadonlySet<number>): readonly Edit[] {
  const ranges: { start: number; end: number }[] = [];
  base.places.forEach((place, index) => {
    if (fixed.has(index)) return;
    const start = whiteStart(base.text, place.start);
    const last = ranges.at(-1);
    if (last?.end === start) last.end = place.end;
    else ranges.push({ start, end: place.end });
  });
  return ranges.map(({ start, end }) => {
    // two texts that would become one, as `&am` and `p;`, stay apart
    const apart = start === 0 || base.text[start - 1] === ">" || /^(?:$|\s|<)/.test(base.text.slice(end, end + 1));
    return { start, end, text: apart ? "" : base.lineEnd };
  });
}

/** The positions of a longest increasing subsequence, as a set of its values; nulls are passed over. */
function longestIncreasing(values: readonly (number | null)[]): ReadonlySet<number> {
  const tails: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const value of values) {
    if (value === null) continue;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tails[middle] ?? Infinity) < value) low = middle + 1;
      else high = middle;
    }
    before.set(value, tails[low - 1]);
    tails[low] = value;
  }
  const result = new Set<number>();
  for (let value = tails.at(-1); value !== undefined; value = before.get(value)) result.add(value);
  return result;
}

/** Where the white space before an offset begins. */
function whiteStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /[\t\n\f\r ]/.test(text.charAt(start - 1))) start--;
  return start;
}

/** The indentation of the line on which a tag stands, where nothing else precedes it there; two spaces otherwise. */
function lastIndent(text: string, offset: number): string {
  return /(?:^|[\r\n])([\t ]*)$/.exec(text.slice(whiteStart(text, offset), offset))?.[1] ?? "  ";
}

function withLineEnd(text: string, base: NotebookFile): string {
  return base.lineEnd === "\n" ? text : text.replaceAll("\n", base.lineEnd);
}
