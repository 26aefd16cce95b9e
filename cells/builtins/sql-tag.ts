import { decodeArrow } from "../data/arrow.ts";
import { AppError } from "../errors.ts";
import { toSqlValue } from "./sql-value.ts";
import type { KernelHost, TableBinding } from "../protocol/host.ts";
import type { CellScope } from "./scoped.ts";

/** Runs a SQL text with bound parameters and gives its rows. */
export type SqlTag = (strings: TemplateStringsArray, ...params: readonly unknown[]) => Promise<unknown>;

/** The tag of `sql` in JavaScript cells: `${}` are bound parameters, the result is an `ArrowTable`. */
export function sqlTag(host: KernelHost, scope: CellScope, tables: readonly TableBinding[] = []): SqlTag {
  return async (strings, ...params) => {
    try {
      return await queryRows(host, scope, [...strings.raw], params, tables);
    } catch (error) {
      const name = error instanceof AppError ? missingTable.exec(error.message)?.[1] : undefined;
      if (!(error instanceof AppError) || name === undefined) throw error;
      throw new AppError(
        error.code,
        `the tag sql knows no table ${name}: it sees no cells; ask in a SQL cell, or as (await DuckDBClient.of({${name}})).sql`,
        { data: error.data, cause: error },
      );
    }
  };
}

/** As the engine says it. */
const missingTable = /^table with name (\w+) does not exist/i;

/** Runs a query that no cell exposes and fetches its rows. */
export async function queryRows(
  host: KernelHost,
  scope: CellScope,
  strings: readonly string[],
  params: readonly unknown[],
  tables: readonly TableBinding[],
  files: readonly string[] = [],
  database: string | null = null,
): Promise<unknown> {
  const { cell, signal } = scope;
  const own = { cell, output: null, strings, params: params.map(toSqlValue), tables, files };
  const request = database === null ? own : { ...own, database };
  const { id } = await host.query(request, signal);
  return decodeArrow(await host.rows({ relation: id }, signal));
}
