import type { Database } from "../engine/duckdb.ts";
import { Session, shifted } from "../engine/session.ts";
import { literal } from "../engine/sql.ts";
import type { SqlText } from "../engine/sql-text.ts";
import { prepareRows, storableRows } from "../engine/user-sql.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";

/** Runs a user's SQL in a locked-down DuckDB and writes its rows as Parquet, in the types that an asset is stored in. */
export async function rowsOfSql(
  database: Database,
  sql: { readonly text: SqlText; readonly params: readonly SqlValue[]; readonly target: string },
  options: { readonly createsNothing: boolean; readonly paths: ReadonlyMap<string, string> },
): Promise<void> {
  const session = await Session.open(database, [], options);
  try {
    const params = new Map(sql.params.map((value, i) => [i + 1, value]));
    const rows = await prepareRows(session, { text: sql.text, cell: null, params });
    const { select } = storableRows(rows);
    const prefix = "COPY (";
    const traced = shifted(rows.traced, prefix + select.slice(0, select.indexOf(rows.from)));
    await session.run(`${prefix}${select}) TO ${literal(sql.target)} (FORMAT parquet)`, rows.params, traced);
  } finally {
    await session.close();
  }
}
