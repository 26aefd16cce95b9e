import { findTables } from "../compile/sql-references.ts";
import { readTokens, type SqlToken } from "../compile/sql-tokens.ts";
import { AppError } from "../errors.ts";

/** The tables that a SQL test gives. */
export interface TestSql {
  /** the text up to the end of its last WITH; offsets in it are those of the whole */
  readonly head: string;
  /** names of its WITHs, in order */
  readonly names: readonly string[];
}

/** Reads the text of a SQL test: `WITH orders AS (…), … SELECT …`. Throws `query_failed` where it is not one such statement. */
export function readTestSql(text: string, cell: number): TestSql {
  const [statement, ...others] = findTables(text).statements;
  if (statement?.kind !== "select" || others.length > 0)
    throw new AppError(
      "query_failed",
      "a test is one statement: WITH tables in place of what is read, and a SELECT of the rows that must come out",
      { data: { cell } },
    );
  const { tokens } = readTokens(text);
  const names: string[] = [];
  let at = tokens[0]?.value === "with" ? 1 : tokens.length;
  if (tokens[at]?.value === "recursive") at++;
  let end = 0;
  while (at < tokens.length) {
    names.push(tokens[at]?.value ?? "");
    // columns, USING KEY and MATERIALIZED stand before the query
    for (at++; at < tokens.length && tokens[at]?.value !== "as";) at = behind(tokens, at);
    for (at++; at < tokens.length && tokens[at]?.value !== "(";) at++;
    at = behind(tokens, at);
    end = tokens[at - 1]?.end ?? end;
    if (tokens[at]?.value !== ",") break;
    at++;
  }
  return { head: text.slice(0, end), names };
}

/** The statement that gives the rows of one of a test's tables, computed over the ones before it. */
export function givenSql({ head }: TestSql, name: string): string {
  return `${head} SELECT * FROM "${name.replaceAll('"', '""')}"`;
}

/** The token behind one, or behind the parenthesis that it opens. */
function behind(tokens: readonly SqlToken[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const { type, value } = tokens[at] ?? { type: "mark", value: "" };
    if (type === "mark" && value === "(") depth++;
    if (type === "mark" && value === ")") depth--;
    if (depth <= 0) return at + 1;
  }
  return tokens.length;
}
