import type { Db } from "../schema.ts";

/** See `Store.keptColumns`. */
export async function keptColumns(db: Db, key: string): Promise<string | null> {
  const row = await db.selectFrom("column_lineage").select("value").where("key", "=", key).executeTakeFirst();
  return row?.value ?? null;
}

/** See `Store.keepColumns`. */
export async function keepColumns(
  db: Db,
  entries: readonly { readonly key: string; readonly value: string }[],
): Promise<void> {
  for (const entry of entries)
    await db
      .insertInto("column_lineage")
      .values(entry)
      .onConflict((c) => c.column("key").doNothing())
      .execute();
}
