import { statementText } from "../../cells/compile/sql-template.ts";
import { readTokens, type SqlToken } from "../../cells/compile/sql-tokens.ts";
import { sqlText } from "./sql-value.ts";

/** A stretch of a statement that stands as it is in the whole text, or one that was put in place of something there. */
interface Piece {
  readonly text: string;
  /** offset in the whole text */
  readonly start: number;
  readonly isOwn: boolean;
}

/** One statement of a cell, as the engine gets it. */
export interface SqlStatement {
  readonly text: string;
  /** its first word, lower-case: what it does */
  readonly verb: string;
  readonly pieces: readonly Piece[];
}

/** The variable of the connection that holds parameter `index`. */
export function paramName(index: number): string {
  return `cellar_${index}`;
}

const fileFunctions = new Set(["read_csv", "read_csv_auto", "sniff_csv", "read_text", "read_blob"]);

/**
 * Cuts a template into statements. A parameter becomes `getvariable('…')`, so that a value is never text of the query. A
 * file name that is given to `read_csv` and its like is replaced by where the engine has the file (`files`).
 */
export function readScript(strings: readonly string[], files: ReadonlyMap<string, string>): readonly SqlStatement[] {
  const whole = statementText(strings);
  const statements: SqlStatement[] = [];
  let tokens: SqlToken[] = [];
  let begin = 0;
  const finish = (end: number): void => {
    if (tokens.length > 0)
      statements.push(toStatement(whole, { start: begin, end }, tokens, strings.length - 1, files));
    tokens = [];
    begin = end + 1;
  };
  for (const token of readTokens(whole).tokens) {
    if (token.type === "mark" && token.value === ";") finish(token.start);
    else tokens.push(token);
  }
  finish(whole.length);
  return statements;
}

/** Where an offset of a statement's text is in the whole text of the template. */
export function toTemplateOffset({ pieces }: SqlStatement, offset: number): number {
  let left = offset;
  for (const { text, start, isOwn } of pieces) {
    if (left < text.length) return start + (isOwn ? left : 0);
    left -= text.length;
  }
  const last = pieces.at(-1);
  return last === undefined ? 0 : last.start + (last.isOwn ? last.text.length : 0);
}

function toStatement(
  whole: string,
  { start, end }: { readonly start: number; readonly end: number },
  tokens: readonly SqlToken[],
  params: number,
  files: ReadonlyMap<string, string>,
): SqlStatement {
  const pieces: Piece[] = [];
  let at = start;
  const put = (token: SqlToken, text: string): void => {
    pieces.push(
      { text: whole.slice(at, token.start), start: at, isOwn: true },
      { text, start: token.start, isOwn: false },
    );
    at = token.end;
  };
  tokens.forEach((token, index) => {
    const param = token.type === "parameter" ? Number(/^\$(\d+)$/.exec(token.text)?.[1] ?? 0) : 0;
    if (param > 0 && param <= params) return put(token, `getvariable('${paramName(param - 1)}')`);
    const path = token.type === "string" ? files.get(token.value) : undefined;
    if (path !== undefined && tokens[index - 1]?.text === "(" && fileFunctions.has(tokens[index - 2]?.value ?? ""))
      put(token, sqlText(path));
  });
  pieces.push({ text: whole.slice(at, end), start: at, isOwn: true });
  const verb = tokens.find(({ text }) => text !== "(")?.value ?? "";
  return { text: pieces.map(({ text }) => text).join(""), verb, pieces };
}

/** Statements that give rows and may stand behind `create table … as`. */
export function isQuery({ verb }: SqlStatement): boolean {
  return ["select", "with", "from", "values", "table", "pivot", "unpivot", "pivot_wider", "pivot_longer"].includes(
    verb,
  );
}

/** Statements that give rows and may stand in parentheses behind `from`. */
export function isDescription({ verb }: SqlStatement): boolean {
  return ["summarize", "describe", "desc", "show"].includes(verb);
}
