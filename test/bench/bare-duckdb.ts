import { DuckDBInstance } from "@duckdb/node-api";

/** Runs statements on a bare DuckDB with as many threads as an engine process has; gives the milliseconds of each. */
export async function bareDuckDb(statements: readonly string[], threads = 2): Promise<readonly number[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
  const connection = await instance.connect();
  const times: number[] = [];
  for (const statement of statements) {
    const start = performance.now();
    await connection.run(statement);
    times.push(performance.now() - start);
  }
  connection.closeSync();
  instance.closeSync();
  return times;
}
