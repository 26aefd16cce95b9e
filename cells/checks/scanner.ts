import { AppError } from "../errors.ts";
import { quote } from "../model/quote.ts";

/** A word of an `expect` attribute, with its offset from 0. */
export interface Token {
  readonly type: "name" | "quoted" | "number" | "mark" | "end";
  readonly text: string;
  readonly at: number;
}

const shapes: readonly (readonly [Token["type"], RegExp])[] = [
  ["number", /[+-]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ["name", /[\p{L}_$][\p{L}\p{N}_$]*/uy],
  ["mark", /->|→|\.\.|>=|<=|[(),;:.=<>*]/y],
];

/** Cuts an `expect` attribute into words. Throws `attribute_invalid` with the column, from 1. */
export function scan(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === "'" || character === '"') {
      const quoted = readQuoted(text, at);
      tokens.push({ type: "quoted", text: quoted.text, at });
      at = quoted.end;
      continue;
    }
    const token = shapes.map(([type, shape]) => match(type, shape, text, at)).find((found) => found !== null);
    if (!token) fail(at, `${quote(character)} may not stand here; quote names and values that are no words`);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { type: "end", text: "", at: text.length }];
}

/** Throws `attribute_invalid` with the place as a person counts it. */
export function fail(at: number, message: string): never {
  throw new AppError("attribute_invalid", `${message} (column ${at + 1})`, { data: { column: at + 1 } });
}

/** A word as a message names it. */
export function say({ type, text }: Token): string {
  return type === "end" ? "the end" : quote(text);
}

function match(type: Token["type"], shape: RegExp, text: string, at: number): Token | null {
  shape.lastIndex = at;
  const found = shape.exec(text)?.[0];
  return found === undefined ? null : { type, text: found, at };
}

/** A quote inside is written twice, as in SQL. */
function readQuoted(text: string, start: number): { readonly text: string; readonly end: number } {
  const quote = text.charAt(start);
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) !== quote) value += text.charAt(at);
    else if (text.charAt(at + 1) === quote) value += text.charAt(at++);
    else return { text: value, end: at + 1 };
  }
  return fail(start, `a ${quote} is never closed; write another ${quote}`);
}
