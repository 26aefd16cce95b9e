import type { Span } from "../model/diagnostic.ts";

/** One replacement in a text. */
export interface Edit extends Span {
  readonly text: string;
}

/** Carries out replacements that do not overlap; everything between them stays as it is. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    result += source.slice(at, start) + text;
    at = end;
  }
  return result + source.slice(at);
}

/** As much white space, with the same line breaks: what stands behind it keeps its line and column. */
export function blank(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, " ");
}

/** Pads a replacement to the length of what it replaces, where it is shorter. */
export function padded(text: string, { start, end }: Span): string {
  return text.padEnd(end - start);
}
