import type { SqlTemplate } from "./compiled-cell.ts";
import { escapedHole, statementParts } from "./sql-template.ts";
import { readTokens, skipSpace } from "./sql-tokens.ts";

/** What DuckDB says about an error, with its place in the text that it was sent. */
export interface SqlEngineError {
  /** `Binder`, `Parser`, `Conversion`, …; "" where the engine does not tell */
  readonly type: string;
  /** the sentence, without the picture of the line */
  readonly message: string;
  /** UTF-16 offset in the text that was sent, or null where the engine gives none */
  readonly offset: number | null;
}

/**
 * Reads an error message of DuckDB, native or Wasm. With `errors_as_json` the place is exact. Without, it is taken from
 * the picture (`LINE 1: … ^`), which native DuckDB draws in the wrong place after the first statement of several: where
 * the message names what it complains of, the name decides.
 */
export function readEngineError(message: string, text: string): SqlEngineError {
  const json = readJson(message);
  if (json !== null) {
    const { type, position } = json;
    // 1.5.5: the parser counts code points, the rest of the engine bytes of UTF-8
    const offset =
      position === null ? null : type === "Parser" ? afterCodePoints(text, position) : afterBytes(text, position);
    return { type, message: json.message, offset };
  }
  const [, type = "", sentence = message] =
    /^(?:Failed to extract statements: )?([A-Z][\w ]*?) Error: ([^]*)$/.exec(message) ?? [];
  const picture = /\n\s*LINE (\d+): ([^\n]*)\n( *)\^\s*$/.exec(sentence);
  if (picture === null) return { type, message: sentence.trimEnd(), offset: null };
  const [, line = "", excerpt = "", spaces = ""] = picture;
  const clean = sentence.slice(0, picture.index).trimEnd();
  const drawn = placeInLine(text, Number(line), excerpt, spaces.length - `LINE ${line}: `.length);
  return { type, message: clean, offset: nearestNamed(clean, text, drawn) };
}

/** Where an offset of `statementText(template.strings)` comes from in the cell's source. A parameter is its `${`. */
export function toSourceOffset(source: string, { strings, offsets }: SqlTemplate, offset: number): number {
  let left = offset;
  let at = 0;
  for (const [i, { before, text }] of statementParts(strings).entries()) {
    if (left < before.length) return at;
    left -= before.length;
    const start = offsets[i] ?? source.length;
    at = start + lengthInSource(source.slice(start), Math.min(left, text.length));
    if (left < text.length) return at;
    left -= text.length;
  }
  return at;
}

/** How many characters of a source become the first `length` characters of a template's string. */
function lengthInSource(source: string, length: number): number {
  let dropped = 0;
  for (const { 0: escape, index } of source.matchAll(escapedHole)) {
    if (index + escape.indexOf("\\") - dropped >= length) break;
    dropped++;
  }
  return length + dropped;
}

interface JsonError {
  readonly type: string;
  readonly message: string;
  readonly position: number | null;
}

function readJson(message: string): JsonError | null {
  const start = message.indexOf('{"exception_type"');
  if (start === -1) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(message.slice(start));
  } catch {
    // another message that only looks like one
    return null;
  }
  const fields = new Map<string, unknown>(Object.entries(parsed ?? {}));
  const type = fields.get("exception_type");
  const sentence = fields.get("exception_message");
  const position = Number(fields.get("position") ?? NaN);
  if (typeof type !== "string" || typeof sentence !== "string") return null;
  return { type, message: sentence, position: Number.isSafeInteger(position) ? position : null };
}

function afterCodePoints(text: string, count: number): number {
  let offset = 0;
  for (let i = 0; i < count && offset < text.length; i++) offset += widthAt(text, offset);
  return offset;
}

/** DuckDB replaces a Unicode space between tokens by one byte before it counts. */
function afterBytes(text: string, bytes: number): number {
  const inToken = new Uint8Array(text.length);
  for (const { start, end } of readTokens(text).tokens) inToken.fill(1, start, end);
  let offset = 0;
  for (let left = bytes; left > 0 && offset < text.length;) {
    const code = text.codePointAt(offset) ?? 0;
    const isSpace = inToken[offset] === 0 && skipSpace(text, offset) > offset;
    left -= code < 0x80 || isSpace ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    offset += widthAt(text, offset);
  }
  return offset;
}

function widthAt(text: string, offset: number): number {
  return (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
}

/** The offset under the caret of a picture, whose excerpt may be cut at both ends. Columns are those of a terminal. */
function placeInLine(text: string, line: number, excerpt: string, column: number): number | null {
  let start = 0;
  for (let i = 1; i < line; i++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return null;
  }
  const end = text.indexOf("\n", start);
  const content = text.slice(start, end === -1 ? text.length : end);
  let at = 0;
  for (let columns = 0; columns < column && at < excerpt.length; at += widthAt(excerpt, at))
    columns += columnsOf(excerpt.codePointAt(at) ?? 0);
  const isCut = excerpt.startsWith("...") && !content.startsWith("...");
  const shown = (isCut ? excerpt.slice(3) : excerpt).replace(/\.\.\.$/, "");
  const found = content.indexOf(shown);
  return found === -1 ? null : start + Math.min(found + at - (isCut ? 3 : 0), content.length);
}

/** Columns that a character takes up in a terminal: two for East Asian wide ones and emoji, none for combining ones. */
function columnsOf(code: number): number {
  if (/^\p{M}$/u.test(String.fromCodePoint(code))) return 0;
  const isWide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return isWide ? 2 : 1;
}

/** The place drawn, where the name that the message complains of stands there; else the nearest place where it does. */
function nearestNamed(message: string, text: string, drawn: number | null): number | null {
  const named = /(?:at or near|column|name|parameter) "?((?:(?<=")[^"]+)|[\w.]+)"?/i.exec(message)?.[1];
  if (named === undefined) return drawn;
  const matches = readTokens(text).tokens.filter((token) => [token.text, token.value].includes(named));
  if (drawn === null) return matches.length === 1 ? (matches[0]?.start ?? null) : null;
  const isThere = text.slice(drawn).replace(/^"/, "").toLowerCase().startsWith(named.toLowerCase());
  if (isThere || matches.length === 0) return drawn;
  return matches.reduce(
    (best, { start }) => (Math.abs(start - drawn) < Math.abs(best - drawn) ? start : best),
    Infinity,
  );
}
