import { AppError } from "../errors.ts";
import { operatorWords, wordPattern } from "./grammar.ts";

/** The words that need no Unicode: many times faster than `wordPattern`, which reads the same. */
const asciiWord = /[A-Za-z_$*][\w$*/.-]*(?![\w$*/.\u0080-\uffff-])/y;

/** Reads the text of a selection from left to right. Every method skips the space before what it reads. */
export class Scanner {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Offset of the next thing, from 0. */
  get offset(): number {
    const unit = this.text.charCodeAt(this.at);
    // the usual case costs no regular expression
    if (unit > 32 && unit < 128) return this.at;
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
    return this.at;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.text.length;
  }

  /** Whether `mark` comes next. */
  sees(mark: string): boolean {
    return this.text.startsWith(mark, this.offset);
  }

  /** Takes `mark` if it comes next. */
  take(mark: string): boolean {
    if (!this.sees(mark)) return false;
    this.at += mark.length;
    return true;
  }

  /** Takes a whole word, or null. `-` at its end is left: it is the operator. */
  word(): string | null {
    const word = this.match(asciiWord) ?? this.match(wordPattern);
    if (word === null) return null;
    let end = word.length;
    while (word.charAt(end - 1) === "-") end--;
    this.at -= word.length - end;
    return word.slice(0, end);
  }

  /** Whether a word comes next; `2024/orders` is one, `2` is not. */
  get seesWord(): boolean {
    const start = this.offset;
    const word = this.word();
    this.at = start;
    return word !== null;
  }

  /** The character at an offset. */
  textAt(offset: number): string {
    return this.text.charAt(offset);
  }

  /** Takes one of these operators if it is the next word. */
  operator(...words: readonly string[]): boolean {
    const start = this.offset;
    if (!"aAoOnN".includes(this.text.charAt(start))) return false;
    const word = this.word();
    if (word !== null && words.includes(word)) return true;
    this.at = start;
    return false;
  }

  digits(): string | null {
    return this.match(/\d+/y);
  }

  /** Takes `"…"`, with `\"` and `\\` inside, or gives null. */
  string(): string | null {
    const start = this.offset;
    if (!this.take('"')) return null;
    let value = "";
    for (; this.at < this.text.length; this.at++) {
      const character = this.text.charAt(this.at);
      if (character === '"') {
        this.at++;
        return value;
      }
      if (character === "\\") this.at++;
      value += this.text.charAt(this.at);
    }
    return this.fail('this quote is not closed; write " at its end', start);
  }

  /** Takes `/…/`, with `\/` inside as written, or gives null. */
  regex(): string | null {
    const start = this.offset;
    if (!this.take("/")) return null;
    const from = this.at;
    for (; this.at < this.text.length; this.at++) {
      const character = this.text.charAt(this.at);
      if (character === "/") return this.text.slice(from, this.at++);
      if (character === "\\") this.at++;
    }
    return this.fail("this regular expression is not closed; write / at its end", start);
  }

  /** Takes the value of an attribute: a word, a string, digits; `null` for `<null>`. `what` names it in the error. */
  value(what: string): string | null {
    const start = this.offset;
    if (this.take("<null>")) return null;
    const word = this.string() ?? this.word();
    if (word === null) {
      const digits = this.digits();
      return digits ?? this.fail(`${what} needs a value, not ${this.next()}; write a word, or "text in quotes"`, start);
    }
    if (this.text.charAt(start) !== '"' && operatorWords.has(word))
      this.fail(`${what} needs a value, not the operator ${word}; write "${word}" if it is meant`, start);
    return word;
  }

  /** What comes next, for an error. */
  next(): string {
    if (this.isAtEnd) return "the end";
    const start = this.at;
    const word = this.word();
    this.at = start;
    return JSON.stringify(word === null || word === "" ? this.text.slice(start, start + 1) : word.slice(0, 40));
  }

  /** Throws `selection_invalid` with the column, from 1. */
  fail(message: string, offset: number = this.offset): never {
    const column = offset + 1;
    throw new AppError("selection_invalid", `${message} (column ${column})`, { data: { column } });
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at += found[0].length;
    return found[0];
  }
}
