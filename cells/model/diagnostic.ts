import type { ErrorCode } from "../errors.ts";

/** Half-open range of offsets (UTF-16 units) into the source of a cell. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something wrong with what the author wrote, and where. */
export interface Diagnostic {
  readonly code: ErrorCode;
  readonly severity: "error" | "warning";
  /** lower-case: the fact, the value; then what to do */
  readonly message: string;
  /** the cell, or null where the notebook itself is meant */
  readonly cell: number | null;
  /** the place in the cell's source, or, where `attribute` is named, in its value; null where the whole of it is meant */
  readonly span: Span | null;
  /** the attribute that is meant, or null */
  readonly attribute: string | null;
}

/** Line and column, both from 1, of an offset in a text. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf("\n"); i !== -1 && i < offset; i = text.indexOf("\n", i + 1)) {
    line++;
    start = i + 1;
  }
  return { line, column: offset - start + 1 };
}
