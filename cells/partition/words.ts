import { AppError } from "../errors.ts";

/** A piece of a text, and where it begins in it: an offset from 0. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

/**
 * Cuts a piece at separators that stand outside quotes (single or double) and parentheses; pieces are trimmed and empty ones
 * left out. Throws `attribute_invalid` with the column for a quote or parenthesis that is never closed.
 */
export function piecesOutside({ text, at }: Piece, separator: RegExp): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let quote = "";
  let quotedAt = 0;
  const open: number[] = [];
  const add = (end: number) => {
    const piece = text.slice(start, end);
    const trimmed = piece.trim();
    if (trimmed !== "") pieces.push({ text: trimmed, at: at + start + piece.indexOf(trimmed) });
    start = end + 1;
  };
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") [quote, quotedAt] = [character, i];
    else if (character === "(") open.push(i);
    else if (character === ")" && open.pop() === undefined)
      failAt(at + i, 'there is a ")" without its "("; take it out or open it');
    else if (open.length === 0 && separator.test(character)) add(i);
  }
  if (quote !== "") failAt(at + quotedAt, `a ${quote} is never closed; write another ${quote}`);
  const [opened] = open;
  if (opened !== undefined) failAt(at + opened, 'a "(" is never closed; write its ")"');
  add(text.length);
  return pieces;
}

/** The pieces of a whole text, without their places. Throws as `piecesOutside` does. */
export function splitOutside(text: string, separator: RegExp): readonly string[] {
  return piecesOutside({ text, at: 0 }, separator).map((piece) => piece.text);
}

/** The text within quotes, where the whole text is quoted; otherwise the text. */
export function unquote(text: string): string {
  const quote = text.charAt(0);
  return text.length >= 2 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text;
}

/** Throws `attribute_invalid` with the column, from 1, of an offset in `data.column`. */
export function failAt(at: number, message: string): never {
  throw new AppError("attribute_invalid", message, { data: { column: at + 1 } });
}

/** What `read` gives of a text that begins at this offset. What it throws gets its column there, or that of the offset. */
export function readAt<T>(at: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "attribute_invalid") throw error;
    const column = typeof error.data["column"] === "number" ? error.data["column"] : 1;
    throw new AppError("attribute_invalid", error.message, {
      data: { ...error.data, column: at + column },
      cause: error,
    });
  }
}
