import type { Kysely, Migration } from "../kysely.ts";

/** An evaluation that asks for very many partitions makes a backfill in place of a run. */
export const automatedBackfills: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("automation_evaluations").addColumn("backfill", "text").execute();
  },
};
