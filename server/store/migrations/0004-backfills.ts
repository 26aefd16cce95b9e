import type { Kysely, Migration } from "../kysely.ts";

/** Keys of dynamic partitions, and backfills with the runs that carry them out. */
export const backfills: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("partition_keys")
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("position", "bigint", (c) => c.notNull())
      .addColumn("added_at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("partition_keys_pk", ["name", "key"])
      .execute();
    await db.schema.createIndex("partition_keys_order").on("partition_keys").columns(["name", "position"]).execute();
    await db.schema
      .createTable("backfills")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("position", "bigint", (c) => c.notNull().unique())
      .addColumn("state", "text", (c) => c.notNull())
      .addColumn("request", "text", (c) => c.notNull())
      .addColumn("targets", "text", (c) => c.notNull())
      .addColumn("total", "bigint", (c) => c.notNull())
      .addColumn("created_at", "bigint", (c) => c.notNull())
      .addColumn("started_at", "bigint")
      .addColumn("ended_at", "bigint")
      .addColumn("error", "text")
      .execute();
    await db.schema.createIndex("backfills_state").on("backfills").columns(["state", "position"]).execute();
    await db.schema
      .createTable("backfill_runs")
      .addColumn("backfill", "text", (c) => c.notNull().references("backfills.id"))
      .addColumn("number", "integer", (c) => c.notNull())
      .addColumn("run", "text", (c) => c.notNull().unique().references("runs.id"))
      .addPrimaryKeyConstraint("backfill_runs_pk", ["backfill", "number"])
      .execute();
  },
};
