import type { Span } from "../model/diagnostic.ts";

type SqlTokenType =
  /** an unquoted identifier or keyword; `value` is lower-cased */
  | "word"
  /** a quoted identifier; `value` is the name */
  | "name"
  /** a string of any form; `value` is its content */
  | "string"
  | "number"
  /** `?`, `?1`, `$1`, `$name`, or an interpolation of a template */
  | "parameter"
  | "operator"
  /** one of `( ) [ ] { } , ; . : :: :=`, or a character that no token of DuckDB begins with */
  | "mark";

/** A token of SQL text, with its place. White space and comments are none. */
export interface SqlToken extends Span {
  readonly type: SqlTokenType;
  /** what it means; for types without a remark of their own, the text as written */
  readonly value: string;
  /** the text as written, strings that are continued on another line in one piece */
  readonly text: string;
}

/** A quote or comment that is never closed; the rest of the text belongs to it. */
export interface SqlProblem {
  readonly message: string;
  readonly span: Span;
}

/** One step of the lexer: a token or a comment. `end` is where to read on. */
export interface SqlLexeme {
  readonly token: SqlToken | null;
  readonly end: number;
  readonly problem: SqlProblem | null;
}

/**
 * The tokens of a SQL text, as DuckDB 1.5 cuts it: its PostgreSQL lexer, with nested comments, dollar quotes, `E''`, and
 * Unicode spaces. Never throws: what is not closed is one token to the end, and a problem.
 */
export function readTokens(text: string): {
  readonly tokens: readonly SqlToken[];
  readonly problems: readonly SqlProblem[];
} {
  const tokens: SqlToken[] = [];
  const problems: SqlProblem[] = [];
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const { token, end, problem } = readLexeme(text, at);
    if (token) tokens.push(token);
    if (problem) problems.push(problem);
    at = end;
  }
  return { tokens, problems };
}

/**
 * The token or comment that begins at an offset, which must not be white space. An identifier ends before `${`, and
 * `\${` and `$\{` are one mark each, so that a template can be cut with the same lexer.
 */
export function readLexeme(text: string, at: number): SqlLexeme {
  const char = text[at] ?? "";
  const next = text[at + 1] ?? "";
  if (char === "-" && next === "-") return { token: null, end: match(lineComment, text, at), problem: null };
  if (char === "/" && next === "*") return readBlockComment(text, at);
  if (char === "'") return readString(text, at, at, false);
  if (char === '"') return readQuotedName(text, at);
  if (char === "$") return readDollar(text, at);
  if (singleMarks.includes(char) && !(char === "." && /\d/.test(next))) return lexeme("mark", text, at, at + 1);
  const quote = "eExXbBnNuU".includes(char) ? match(stringPrefix, text, at) : at;
  if (quote !== at) return readString(text, at, quote, char === "e" || char === "E");
  for (const { type, pattern } of lexemes) {
    const end = match(pattern, text, at);
    if (end !== at) return lexeme(type, text, at, end);
  }
  const end = match(operator, text, at);
  return end === at
    ? lexeme("mark", text, at, at + (isHighSurrogate(text, at) ? 2 : 1))
    : lexeme("operator", text, at, operatorEnd(text, at, end));
}

/** The offset of the first character at or after `at` that DuckDB does not take for white space. */
export function skipSpace(text: string, at: number): number {
  return match(space, text, at);
}

/** Lower-cases ASCII letters only: DuckDB tells `É` from `é`. */
export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

// "\v" is no white space to DuckDB; the Unicode ones it replaces by spaces before it lexes.
const spaceClass = " \\t\\n\\r\\f\\u00a0\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000\\ufeff";
const high = "\\u0080-\\uffff";
const notSpace = `(?![${spaceClass}])`;
const space = new RegExp(`[${spaceClass}]*`, "y");
const lineComment = /--[^\n\r]*/y;
const commentMark = /\/\*|\*\//g;
const stringPrefix = /(?:[eExXbBnN]|[uU]&)(?=')/y;
// A string goes on after white space and line comments, where they have a line break.
const continued = new RegExp(`[${spaceClass}]*(?:--[^\\n\\r]*[\\n\\r][${spaceClass}]*)*(?=')`, "y");
const dollarTag = new RegExp(`\\$(?:${notSpace}[A-Za-z_${high}](?:${notSpace}[A-Za-z0-9_${high}])*)?\\$`, "y");
const dollarParameter = new RegExp(`\\$(?:[0-9]+|${notSpace}[A-Za-z_${high}](?:${notSpace}[A-Za-z0-9_${high}])*)`, "y");
const singleMarks = "(),.;[]{}#";
const operator = /[~!@^&|`+\-*/%<>=]+/y;

/** Tried in order. */
const lexemes: readonly { readonly type: SqlTokenType; readonly pattern: RegExp }[] = [
  {
    type: "word",
    pattern: new RegExp(`${notSpace}[A-Za-z_${high}](?:${notSpace}[A-Za-z0-9_${high}]|\\$(?!\\\\?\\{))*`, "y"),
  },
  {
    type: "number",
    pattern: /(?:\d+(?:_\d+)*(?:\.(?!\.)(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?/y,
  },
  { type: "parameter", pattern: /\?\d*/y },
  { type: "mark", pattern: /::|:=|:|\\\$\{/y },
];

function lexeme(type: SqlTokenType, source: string, start: number, end: number): SqlLexeme {
  const text = source.slice(start, end);
  return { token: { type, value: type === "word" ? lowerAscii(text) : text, text, start, end }, end, problem: null };
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** An operator stops at a comment, and gives back its last `+` or `-` unless it has a character that makes it a custom one. */
function operatorEnd(text: string, start: number, limit: number): number {
  const run = text.slice(start, limit);
  const comment = run.search(/--|\/\*/);
  let end = comment === -1 ? limit : start + comment;
  if (!/[~!@^&|`%]/.test(text.slice(start, end))) while (end > start + 1 && /[+-]/.test(text[end - 1] ?? "")) end--;
  return end;
}

function readBlockComment(text: string, start: number): SqlLexeme {
  commentMark.lastIndex = start + 2;
  for (let depth = 1; depth > 0;) {
    const mark = commentMark.exec(text);
    if (mark === null) {
      const message = "the comment is never closed; end it with */";
      return { token: null, end: text.length, problem: { message, span: { start, end: start + 2 } } };
    }
    depth += mark[0] === "/*" ? 1 : -1;
  }
  return { token: null, end: commentMark.lastIndex, problem: null };
}

function readString(source: string, start: number, quote: number, escapes: boolean): SqlLexeme {
  const parts: string[] = [];
  let at = quote;
  for (;;) {
    const close = closingQuote(source, at + 1, "'", escapes);
    if (close === -1) {
      const problem = { message: "the string is never closed; end it with '", span: { start, end: quote + 1 } };
      return { ...lexeme("string", source, start, source.length), problem };
    }
    parts.push(source.slice(at + 1, close));
    const again = match(continued, source, close + 1);
    if (!/[\n\r]/.test(source.slice(close + 1, again))) {
      const content = parts.join("");
      const text = `${source.slice(start, quote)}'${content}'`;
      const value = escapes ? unescape(content) : content.replaceAll("''", "'");
      return { token: { type: "string", value, text, start, end: close + 1 }, end: close + 1, problem: null };
    }
    at = again;
  }
}

function readQuotedName(source: string, start: number): SqlLexeme {
  const close = closingQuote(source, start + 1, '"', false);
  if (close === -1) {
    const problem = { message: 'the quoted name is never closed; end it with "', span: { start, end: start + 1 } };
    return { ...lexeme("name", source, start, source.length), problem };
  }
  const text = source.slice(start, close + 1);
  const value = text.slice(1, -1).replaceAll('""', '"');
  return { token: { type: "name", value, text, start, end: close + 1 }, end: close + 1, problem: null };
}

function closingQuote(text: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < text.length; at++) {
    if (escapes && text[at] === "\\") at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at;
      at++;
    }
  }
  return -1;
}

function unescape(content: string): string {
  const named: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
  return content.replace(/''|\\([^])/g, (all, char: string | undefined) =>
    char === undefined ? "'" : (named[char] ?? all[1] ?? ""),
  );
}

function readDollar(source: string, start: number): SqlLexeme {
  const open = match(dollarTag, source, start);
  if (open !== start) {
    const tag = source.slice(start, open);
    const close = source.indexOf(tag, open);
    if (close === -1) {
      const problem = { message: `the string is never closed; end it with ${tag}`, span: { start, end: open } };
      return { ...lexeme("string", source, start, source.length), problem };
    }
    const end = close + tag.length;
    return {
      token: { type: "string", value: source.slice(open, close), text: source.slice(start, end), start, end },
      end,
      problem: null,
    };
  }
  const end = match(dollarParameter, source, start);
  if (end !== start) return lexeme("parameter", source, start, end);
  return lexeme("mark", source, start, source.startsWith("$\\{", start) ? start + 3 : start + 1);
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00;
}
