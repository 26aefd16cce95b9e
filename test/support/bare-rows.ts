import { DuckDBInstance } from "@duckdb/node-api";

/** The rows of a query on a bare DuckDB, with column names and types, as JSON values: what another program would read. */
export async function bareRows(
  sql: string,
): Promise<{ readonly types: readonly string[]; readonly rows: readonly unknown[] }> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(sql);
  const types = reader.columnNames().map((name, at) => `${name} ${String(reader.columnType(at))}`);
  const rows = reader.getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return { types, rows };
}
