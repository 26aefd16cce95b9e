import { AppError } from "../errors.ts";
import { quote } from "../model/quote.ts";
import type { Condition } from "./condition.ts";

/** What looks at an edit as soon as it is read, and throws where it cannot be done. */
export type Check = (edit: Condition) => unknown;

/** A piece of the text of a condition: a name, a text in quotes, a number with its unit, or a mark. */
export interface Token {
  readonly type: "name" | "text" | "number" | "mark" | "end";
  /** as written; of a text in quotes, what it says */
  readonly text: string;
  /** offset from 0 */
  readonly at: number;
}

const pattern = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*|[&|!~().,=]/suy;

/** Reads the text of a condition from left to right. */
export class Scanner {
  private readonly text: string;
  private at = 0;
  private seen: Token | null = null;
  readonly check: Check;

  constructor(text: string, check: Check) {
    this.text = text;
    this.check = check;
  }

  /** What comes next, left where it is. */
  peek(): Token {
    this.seen ??= this.read();
    return this.seen;
  }

  next(): Token {
    const token = this.peek();
    this.seen = null;
    return token;
  }

  /** Takes one of these marks or names if it comes next. */
  take(...words: readonly string[]): boolean {
    const { type, text } = this.peek();
    if ((type !== "mark" && type !== "name") || !words.includes(text)) return false;
    this.next();
    return true;
  }

  /** Takes this mark or fails. */
  expect(mark: string): void {
    if (!this.take(mark)) this.fail(JSON.stringify(mark));
  }

  /** Takes the text up to the parenthesis that closes, which is left; quotes, parentheses and `key:/…/` count as whole. */
  upToClose(): { readonly text: string; readonly at: number } {
    const start = this.seen?.at ?? this.at;
    this.seen = null;
    let depth = 0;
    let at = start;
    for (; at < this.text.length; at++) {
      const character = this.text.charAt(at);
      if (character === '"' || (character === "/" && this.text.charAt(at - 1) === ":"))
        at = this.closing(at, character);
      else if (character === "(") depth++;
      else if (character === ")" && depth-- === 0) break;
    }
    this.at = at;
    return { text: this.text.slice(start, at), at: start };
  }

  /** Throws `attribute_invalid` with the column, from 1, in message and `data.column`. */
  fail(wanted: string, token: Token = this.peek()): never {
    const found = token.type === "end" ? "the end" : quote(token.text);
    return this.failAt(token.at, `${found} at column ${token.at + 1}; write ${wanted} there`);
  }

  /** Throws `attribute_invalid` with a message that names the column by itself. */
  failAt(at: number, message: string): never {
    throw new AppError("attribute_invalid", message, { data: { column: at + 1 } });
  }

  private closing(from: number, mark: string): number {
    let at = from + 1;
    while (at < this.text.length && this.text.charAt(at) !== mark) at += this.text.charAt(at) === "\\" ? 2 : 1;
    return at;
  }

  private read(): Token {
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
    const { at } = this;
    if (at >= this.text.length) return { type: "end", text: "", at };
    pattern.lastIndex = at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) {
      const character = String.fromCodePoint(this.text.codePointAt(at) ?? 0);
      const wanted =
        character === '"' || character === "'" ? "its closing quote" : "a condition, and, or, not, . or parentheses";
      return this.fail(wanted, { type: "mark", text: character, at });
    }
    this.at = at + found.length;
    const first = found.charAt(0);
    if (first === '"' || first === "'") return { type: "text", text: found.slice(1, -1).replace(/\\(.)/gs, "$1"), at };
    if (/\d/.test(first)) return { type: "number", text: found, at };
    return { type: /[&|!~().,=]/.test(first) ? "mark" : "name", text: found, at };
  }
}
