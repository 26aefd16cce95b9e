import type { PooledConnection } from "./connection-pool.ts";
import { sqlName } from "./sql-value.ts";

/** A name that a statement may use for a table of the host's schema. */
export interface View {
  readonly schema: string | null;
  readonly name: string;
  readonly table: string;
}

/**
 * Makes the names that a statement reads stand for their relations. Bare names are temporary views of this connection, so
 * that two cells may mean different rows by one name; `sales.orders` is a view in a schema that all connections share.
 * `schema` is where the tables are.
 */
export async function bindViews(
  { connection, views }: PooledConnection,
  schema: string,
  wanted: readonly View[],
): Promise<void> {
  const names = new Set(wanted.map((view) => viewName(view)));
  for (const [name] of views) {
    // a view of an earlier query must not hide a table that this one means
    if (names.has(name)) continue;
    await connection.run(`drop view if exists ${name}`);
    views.delete(name);
  }
  for (const view of wanted) {
    const name = viewName(view);
    // views in a schema are shared, so another connection may have changed them
    if (view.schema === null && views.get(name) === view.table) continue;
    if (view.schema !== null) await connection.run(`create schema if not exists memory.${sqlName(view.schema)}`);
    const table = `memory.${sqlName(schema)}.${sqlName(view.table)}`;
    await connection.run(`create or replace ${view.schema === null ? "temp " : ""}view ${name} as from ${table}`);
    if (view.schema === null) views.set(name, view.table);
  }
}

function viewName({ schema, name }: View): string {
  return schema === null ? `temp.main.${sqlName(name)}` : `memory.${sqlName(schema)}.${sqlName(name)}`;
}
