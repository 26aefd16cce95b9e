import type { Kysely, Migration } from "../kysely.ts";

/**
 * What the partitions of an asset came to at an event, so that only those are looked at again which changed since: derived from the
 * facts, and made anew from them where it is gone. Pointers and wipes are found by when they moved.
 */
export const standings: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("standings")
      .addColumn("asset", "text", (c) => c.primaryKey())
      .addColumn("value", "text", (c) => c.notNull())
      .execute();
    await db.schema.createIndex("pointers_moved").on("pointers").columns(["asset", "moved_seq"]).execute();
    await db.schema.createIndex("wipes_seq").on("wipes").columns(["asset", "seq"]).execute();
  },
};
