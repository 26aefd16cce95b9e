import { join } from "node:path";
import { readTokens, type SqlToken } from "../../cells/compile/sql-tokens.ts";
import { AppError } from "../../cells/errors.ts";
import type { Database } from "./duckdb.ts";
import type { Fixtures, FixturesRequest, StoredInput } from "./messages.ts";
import type { ReadingPlace } from "./page.ts";
import { Session } from "./session.ts";
import { ident, readerOf } from "./sql.ts";
import { SqlText } from "./sql-text.ts";
import { storeTable } from "./store-table.ts";
import { prepareRows } from "./user-sql.ts";

/**
 * Writes the tables of a SQL test: `WITH orders AS (…), … SELECT …` gives a table for each WITH, and the rows of its SELECT. Each is
 * computed for itself, over the ones before it. Rejects with `query_failed`.
 */
export async function writeFixtures(
  database: Database,
  { sql, cell, folder }: FixturesRequest,
  place: ReadingPlace,
  signal: AbortSignal,
): Promise<Fixtures> {
  const session = await Session.open(database, [], {
    signal,
    paths: new Map(place.folders.map((path) => [path, ""])),
  });
  try {
    const text = SqlText.of(sql);
    const [statement, ...others] = text.statements();
    if (statement?.kind !== "select" || others.length > 0)
      throw new AppError(
        "query_failed",
        "a test is one statement: WITH tables in place of what is read, and a SELECT of the rows that must come out",
        { data: { cell } },
      );
    // says what is wrong with it, and where
    const expected = await store(session, { text, cell, params: new Map() }, join(folder, "expected.parquet"));
    const { head, names } = withOf(text.text.slice(statement.start, statement.end));
    const given: Fixtures["given"][number][] = [];
    for (const [i, name] of names.entries()) {
      const own = SqlText.of({ strings: [`${head} SELECT * FROM ${ident(name)}`], offsets: [0] });
      const input = await store(session, { text: own, cell, params: new Map() }, join(folder, `given-${i}.parquet`));
      const { rows } = await session.read(`SELECT to_json(t)::VARCHAR FROM ${readerOf(input)} AS t LIMIT 1`);
      given.push({ name, input, first: JSON.parse(rows[0]?.[0] ?? "null") as unknown });
    }
    return { given, expected };
  } finally {
    await session.close();
  }
}

async function store(session: Session, sql: Parameters<typeof prepareRows>[1], target: string): Promise<StoredInput> {
  await storeTable(session, await prepareRows(session, sql), target, {});
  return { format: "parquet", paths: [target] };
}

/** The WITH of a statement up to its last table, and the names of its tables; none where it begins otherwise. */
function withOf(text: string): { readonly head: string; readonly names: readonly string[] } {
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
