import { type Diagnostic, placeOf } from "../model/diagnostic.ts";
import { escapeOffsets, sourceLines } from "./cell-text.ts";
import type { NotebookFile } from "./parse.ts";
import { attributeOffset } from "./start-tag.ts";

/** A place in a text: line and column, both from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where a diagnostic of a notebook stands in its file: in a cell's text, at an attribute or within its value, or at a tag. */
export function diagnosticPlace(
  file: NotebookFile,
  { cell, span, attribute }: Pick<Diagnostic, "cell" | "span" | "attribute">,
): Place {
  if (cell !== null && span !== null && attribute === null) {
    const source = file.notebook.cells.find(({ id }) => id === cell)?.source ?? "";
    const { line, column } = placeOf(source, span.start);
    return toFilePlace(file, cell, line, column) ?? { line: 1, column: 1 };
  }
  const tag = cell === null ? file.notebookPlace : file.places.find(({ id }) => id === cell);
  if (!tag) return { line: 1, column: 1 };
  const written = file.text.slice(tag.start, tag.contentStart);
  const at = attribute === null ? null : attributeOffset(written, attribute, span?.start ?? null);
  return filePlaceOf(file.text, tag.start + (at ?? 0));
}

/**
 * The place in the file of a place in the source of one of its cells: indentation and escapes are counted in. Places
 * beyond the source become its end. Null where the file has no such cell.
 */
export function toFilePlace(file: NotebookFile, cellId: number, line: number, column: number): Place | null {
  const cell = file.places.find((place) => place.id === cellId);
  if (cell === undefined) return null;
  const raw = file.text.slice(cell.contentStart, cell.contentEnd);
  const lines = sourceLines(raw);
  const range = lines[Math.max(0, line - 1)] ?? lines.at(-1);
  if (range === undefined) return null;
  const skipped = new Set(escapeOffsets(raw, cell.escaped));
  let at = line > lines.length ? range.end : range.start;
  for (let left = column - 1; at < range.end; at++) {
    if (skipped.has(at)) continue;
    if (left-- <= 0) break;
  }
  return filePlaceOf(file.text, cell.contentStart + at);
}

/** The line and column of an offset in the text of a file: any line end counts, a byte order mark does not. */
export function filePlaceOf(text: string, offset: number): Place {
  let line = 1;
  let start = text.startsWith("\ufeff") ? 1 : 0;
  for (const match of text.matchAll(/\r\n?|\n/g)) {
    if (match.index >= offset) break;
    line++;
    start = match.index + match[0].length;
  }
  return { line, column: Math.max(1, offset - start + 1) };
}
