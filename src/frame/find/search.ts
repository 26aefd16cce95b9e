import { messageOf } from "../../../cells/errors.ts";

/** What is looked for, as the bar says it. */
export interface FindQuery {
  readonly text: string;
  readonly matchCase: boolean;
  readonly wholeWord: boolean;
  readonly regexp: boolean;
}

/** One place where the query matches: offsets into the source of a cell. */
export interface FindMatch {
  readonly cell: number;
  readonly start: number;
  readonly end: number;
}

/** More places than these are not counted. */
export const mostMatches = 10_000;

/** A query made ready; null for an empty one, `problem` where it is no regular expression. */
type Pattern =
  { readonly type: "ready"; readonly expression: RegExp } | { readonly type: "problem"; readonly message: string };

/** Makes a query ready. `^` and `$` are the ends of lines; a whole word ends where letters, digits, `_` and `$` end. */
export function toPattern({ text, matchCase, wholeWord, regexp }: FindQuery): Pattern | null {
  if (text === "") return null;
  const body = regexp ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const source = wholeWord ? String.raw`(?<![\p{L}\p{N}_$])(?:${body})(?![\p{L}\p{N}_$])` : body;
  try {
    return { type: "ready", expression: new RegExp(source, `gmu${matchCase ? "" : "i"}`) };
  } catch (error) {
    return { type: "problem", message: messageOf(error).replace(/^Invalid regular expression: \/.*\/\w*: /su, "") };
  }
}

/** Every place where a pattern matches, in the order of the cells. Matches of no length are none. */
export function findMatches(
  cells: readonly { readonly id: number; readonly source: string }[],
  expression: RegExp,
): readonly FindMatch[] {
  const matches: FindMatch[] = [];
  for (const { id, source } of cells)
    for (const { 0: text, index } of source.matchAll(expression)) {
      if (text === "") continue;
      matches.push({ cell: id, start: index, end: index + text.length });
      if (matches.length === mostMatches) return matches;
    }
  return matches;
}

/** A source with its matches from `from` (and, unless `all`, only the first of them) replaced. `$1` and `$&` mean something in a regular expression alone. */
export function replaceMatches(
  source: string,
  expression: RegExp,
  replacement: string,
  options: { readonly regexp: boolean; readonly at: number | null },
): string {
  const put = options.regexp
    ? replacement.replace(/\\([nt\\])/g, (_, letter: string) => escapes[letter] ?? letter)
    : replacement;
  return source.replace(expression, (...found: unknown[]) => {
    const [text] = found;
    if (typeof text !== "string") return "";
    const at = found.findIndex((part) => typeof part === "number");
    if (text === "" || (options.at !== null && found[at] !== options.at)) return text;
    return options.regexp ? expand(put, text, found.slice(1, at)) : put;
  });
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\" };

/** `$&`, `$1` … `$99` and `$$` as in JavaScript. */
function expand(replacement: string, match: string, groups: readonly unknown[]): string {
  return replacement.replace(/\$(?:([$&])|(\d\d?))/g, (whole, sign: string | undefined, digits: string | undefined) => {
    if (sign === "$") return "$";
    if (sign === "&") return match;
    const number = Number(digits);
    if (number >= 1 && number <= groups.length) return String(groups[number - 1] ?? "");
    return whole;
  });
}
