import { AppError } from "../../cells/errors.ts";
import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import type { PooledConnection } from "./connection-pool.ts";
import type { TableName } from "./engine.ts";
import { placeError } from "./engine-error.ts";
import { isDescription, isQuery, type SqlStatement } from "./sql-script.ts";
import { sqlName } from "./sql-value.ts";

/** Where the statements stand, for the places of their errors. */
export interface ScriptSource {
  readonly sql: SqlTemplate | null;
  readonly source: string;
}

/** Runs statements in order; the rows of the last become the table `target`. Rejects with `query_failed` and its place. */
export async function runScript(
  { connection }: PooledConnection,
  script: readonly SqlStatement[],
  target: TableName,
  { sql, source }: ScriptSource,
  signal: AbortSignal,
): Promise<void> {
  if (script.length === 0) throw new AppError("query_failed", "the cell has no statement; write a query");
  const run = async (statement: SqlStatement, before: string, after: string): Promise<void> => {
    try {
      await connection.run(`${before}${statement.text}${after}`, signal);
    } catch (error) {
      throw placeError(error, { statement, prefix: before.length, sql, source });
    }
  };
  const create = `create table memory.${sqlName(target.schema)}.${sqlName(target.name)} as `;
  for (const [index, statement] of script.entries()) {
    if (index < script.length - 1) await run(statement, "", "");
    else if (isQuery(statement)) await run(statement, `${create}\n`, "");
    else if (isDescription(statement)) await run(statement, `${create}from (\n`, "\n)");
    else await connection.insertArrow(target, await connection.arrow(statement.text, signal));
  }
}
