import { sql, type Kysely, type Migration } from "../kysely.ts";

/** Finds the results that are not good, which are few, among those of a million partitions. */
export const failingChecks: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex("check_results_failing")
      .on("check_results")
      .columns(["asset", "fact"])
      .where(sql.ref("status"), "<>", "passed")
      .execute();
  },
};
