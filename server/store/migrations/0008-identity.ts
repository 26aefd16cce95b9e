import type { Kysely, Migration } from "../kysely.ts";

/** Whose key is whose, so that a renamed asset keeps its history; and what was wiped, so that older failures are over. */
export const identity: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("identities")
      .addColumn("asset", "text", (c) => c.primaryKey())
      .addColumn("notebook", "text", (c) => c.notNull())
      .addColumn("cell", "bigint", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("wipes")
      .addColumn("asset", "text", (c) => c.notNull())
      .addColumn("partition", "text", (c) => c.notNull())
      .addColumn("seq", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("wipes_key", ["asset", "partition"])
      .execute();
    await db.schema.createIndex("steps_asset").on("steps").columns(["asset", "run"]).execute();
  },
};
