import type { SqlToken } from "./sql-tokens.ts";

/** What stands between two brackets: known before it is read, since RECURSIVE depends on it. */
interface Group {
  /** index of the closing bracket, or of the end of the text */
  close: number;
  /** the set operation that is carried out last, UNION BY NAME being no better than EXCEPT here */
  set: "union" | "except" | "";
  /** index of the bracket around all of it, or -1 */
  inner: number;
  /** whether it begins with common table expressions */
  readonly hasWith: boolean;
}

/** The tokens of a SQL text with their brackets matched. A quoted name is never a word. */
export class SqlTokenList {
  readonly all: readonly SqlToken[];
  readonly #groups = new Map<number, Group>();

  constructor(all: readonly SqlToken[]) {
    this.all = all;
    const open: Group[] = [];
    for (let at = 0; at < all.length; at++) {
      const mark = this.mark(at);
      const word = this.word(at);
      const group = open.at(-1);
      if (mark === "(" || mark === "[" || mark === "{") {
        // the query that brackets hold may have brackets of its own, behind its WITH too
        const isInner = this.#groups.get(at - 1) === group || (group?.hasWith && this.mark(at - 1) === ")");
        if (group && mark === "(" && isInner) group.inner = at;
        const inner: Group = { close: all.length, set: "", inner: -1, hasWith: this.word(at + 1) === "with" };
        this.#groups.set(at, inner);
        open.push(inner);
      } else if (group && (mark === ")" || mark === "]" || mark === "}")) {
        group.close = at;
        open.pop();
      } else if (group && (word === "union" || word === "except")) group.set = this.#isByName(at) ? "except" : word;
    }
  }

  #isByName(at: number): boolean {
    return this.word(at + 1) === "by" || (this.word(at + 1) === "all" && this.word(at + 2) === "by");
  }

  /** The word at an index, in lower case; "" where there is something else. */
  word(at: number): string {
    const token = this.all[at];
    return token?.type === "word" ? token.value : "";
  }

  /** The mark at an index; "" where there is something else. */
  mark(at: number): string {
    const token = this.all[at];
    return token?.type === "mark" ? token.value : "";
  }

  /** The index after the group of brackets that opens at an index; the index itself where none does. */
  after(at: number): number {
    const group = this.#groups.get(at);
    return group === undefined ? at : Math.min(group.close + 1, this.all.length);
  }

  /** Whether the query between two brackets is a UNION, seen through brackets of its own. */
  isUnion(at: number): boolean {
    let group = this.#groups.get(at);
    while (group !== undefined && group.set === "" && group.inner !== -1) group = this.#groups.get(group.inner);
    return group?.set === "union";
  }

  /** The dotted name at an index: its parts as written, and the index after it. */
  name(from: number): { readonly parts: readonly string[]; readonly end: number } {
    const parts: string[] = [];
    for (let at = from; ; at += 2) {
      const token = this.all[at];
      if (token?.type !== "word" && token?.type !== "name") return { parts, end: Math.max(from, at - 1) };
      parts.push(token.type === "word" ? token.text : token.value);
      if (this.mark(at + 1) !== ".") return { parts, end: at + 1 };
    }
  }
}
