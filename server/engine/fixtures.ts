import { join } from "node:path";
import { givenSql, readTestSql } from "../../cells/tests/test-sql.ts";
import type { Database } from "./duckdb.ts";
import type { Fixtures, FixturesRequest, StoredInput } from "./messages.ts";
import type { ReadingPlace } from "./page.ts";
import { Session } from "./session.ts";
import { readerOf } from "./sql.ts";
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
    const test = readTestSql(text.text, cell);
    // says what is wrong with it, and where
    const expected = await store(session, { text, cell, params: new Map() }, join(folder, "expected.parquet"));
    const given: Fixtures["given"][number][] = [];
    for (const [i, name] of test.names.entries()) {
      const own = SqlText.of({ strings: [givenSql(test, name)], offsets: sql.offsets });
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
