import type { Kysely, Migration } from "../kysely.ts";

/** Facts whose files the lake no longer keeps: they stay in the history, and are found by memo key no more. */
export const retirement: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("materializations").addColumn("retired_at", "bigint").execute();
    await db.schema.createIndex("pointers_fact").on("pointers").column("fact").execute();
  },
};
