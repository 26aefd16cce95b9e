import type { Cell } from "../model/cell.ts";

/** Which engine a cell asks: the notebook's own where both are null. */
export function databaseOf({ database }: Pick<Cell, "database">): {
  readonly client: string | null;
  readonly connection: string | null;
} {
  if (database === null || database === "" || database === "var:db") return { client: null, connection: null };
  const client = /^var:(.*)$/s.exec(database)?.[1];
  return client === undefined ? { client: null, connection: database } : { client, connection: null };
}

/** The resource that a SQL cell asks; null where it asks the notebook's own engine, or a client of it. */
export function resourceOf(cell: Pick<Cell, "database" | "kind">): string | null {
  return cell.kind === "sql" ? databaseOf(cell).connection : null;
}
