import { readTokens, type SqlToken } from "../../cells/compile/sql-tokens.ts";
import { sqlText } from "./sql-value.ts";

/** A piece of a statement's text and the offset in the template (strings joined without their parameters) that it came from. */
export interface SqlPiece {
  readonly text: string;
  /** null for text that is not the author's */
  readonly string: number | null;
  readonly offset: number;
}

/** One statement, ready to run. */
export interface SqlStatement {
  readonly text: string;
  readonly pieces: readonly SqlPiece[];
  /** its first word, lower-case: what it does */
  readonly verb: string;
  /** indexes of the parameters that it reads */
  readonly params: readonly number[];
}

/** The variable of the connection that holds parameter `index`. */
export function paramName(index: number): string {
  return `cellar_${index}`;
}

const fileFunctions = new Set(["read_csv", "read_csv_auto", "sniff_csv", "read_text", "read_blob"]);

/**
 * Cuts a template into statements. A parameter becomes `getvariable('…')`, so that a value never becomes text of the
 * query; one that stands inside quotes or a comment becomes `?`, as in Observable. A file name given to `read_csv` and
 * its like is replaced by where the engine has the file.
 */
export function readScript(
  strings: readonly string[],
  files: ReadonlyMap<string, string>,
): readonly SqlStatement[] {
  const joined = strings.join("?");
  const starts: number[] = [];
  let at = 0;
  for (const string of strings) {
    starts.push(at);
    at += string.length + 1;
  }
  const marks = new Map(starts.slice(1).map((start, index) => [start - 1, index]));
  const { tokens } = readTokens(joined);
  const statements: SqlStatement[] = [];
  let begin = 0;
  let inside: SqlToken[] = [];
  const finish = (end: number): void => {
    if (inside.length > 0) statements.push(toStatement(joined, begin, end, inside, starts, marks, files));
    inside = [];
    begin = end + 1;
  };
  for (const token of tokens) {
    if (token.type === "mark" && token.value === ";") finish(token.start);
    else inside.push(token);
  }
  finish(joined.length);
  return statements;
}

function toStatement(
  joined: string,
  begin: number,
  end: number,
  tokens: readonly SqlToken[],
  starts: readonly number[],
  marks: ReadonlyMap<number, number>,
  files: ReadonlyMap<string, string>,
): SqlStatement {
  const replacements: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  const params: number[] = [];
  tokens.forEach((token, index) => {
    const param = token.type === "parameter" && token.text === "?" ? marks.get(token.start) : undefined;
    if (param !== undefined) {
      params.push(param);
      replacements.push({ start: token.start, end: token.end, text: `getvariable('${paramName(param)}')` });
    }
    const path = token.type === "string" ? files.get(token.value) : undefined;
    if (path !== undefined && tokens[index - 1]?.text === "(" && fileFunctions.has(tokens[index - 2]?.value ?? ""))
      replacements.push({ start: token.start, end: token.end, text: sqlText(path) });
  });
  const pieces: SqlPiece[] = [];
  const author = (from: number, to: number): void => {
    for (let at = from; at < to;) {
      const string = starts.findLastIndex((start) => start <= at);
      const next = Math.min(to, starts[string + 1] ?? to);
      pieces.push({ text: joined.slice(at, next), string, offset: at - (starts[string] ?? 0) });
      at = next;
    }
  };
  let at = begin;
  for (const { start, end: stop, text } of replacements) {
    author(at, start);
    pieces.push({ text, string: null, offset: 0 });
    at = stop;
  }
  author(at, end);
  const first = tokens.find(({ text }) => text !== "(");
  return { text: pieces.map(({ text }) => text).join(""), pieces, verb: first?.value ?? "", params };
}

/** Statements that give rows and may stand behind `create table … as`. */
export function isQuery({ verb }: SqlStatement): boolean {
  return ["select", "with", "from", "values", "table", "pivot", "unpivot", "pivot_wider", "pivot_longer"].includes(verb);
}

/** Statements that give rows and may stand in parentheses behind `from`. */
export function isDescription({ verb }: SqlStatement): boolean {
  return ["summarize", "describe", "desc", "show"].includes(verb);
}
