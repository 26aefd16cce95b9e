import { sql, type Kysely, type Migration } from "../kysely.ts";

/** Results of checks, facts that a check refused, what is told of a fact beside its bytes, and freshness as it was last said. */
export const checks: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable("materializations")
      .addColumn("refused", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable("runs")
      .addColumn("checks_only", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable("steps").addColumn("checks", "text").execute();
    await db.schema
      .createTable("check_results")
      .addColumn("seq", "bigint", (c) => c.primaryKey())
      .addColumn("fact", "bigint", (c) => c.notNull().references("materializations.seq"))
      .addColumn("asset", "text", (c) => c.notNull())
      .addColumn("partition", "text", (c) => c.notNull())
      .addColumn("run", "text", (c) => c.notNull().references("runs.id"))
      .addColumn("check_name", "text", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("severity", "text", (c) => c.notNull())
      .addColumn("blocking", "integer", (c) => c.notNull())
      .addColumn("failing", "bigint")
      .addColumn("rows_sha256", "text")
      .addColumn("rows_bytes", "bigint")
      .addColumn("rows_count", "bigint")
      .addColumn("message", "text", (c) => c.notNull())
      .addColumn("metadata", "text", (c) => c.notNull())
      .addColumn("code_version", "text", (c) => c.notNull())
      .addColumn("memo_key", "text", (c) => c.notNull())
      .addColumn("ms", "double precision", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .execute();
    await db.schema.createIndex("check_results_fact").on("check_results").columns(["fact", "seq"]).execute();
    await db.schema.createIndex("check_results_asset").on("check_results").columns(["asset", "seq"]).execute();
    await db.schema.createIndex("check_results_memo").on("check_results").columns(["memo_key", "seq"]).execute();
    await db.schema
      .createIndex("check_results_rows")
      .on("check_results")
      .column("rows_sha256")
      .where(sql.ref("rows_sha256"), "is not", null)
      .execute();
    await db.schema
      .createTable("fact_details")
      .addColumn("fact", "bigint", (c) => c.primaryKey().references("materializations.seq"))
      .addColumn("statistics", "text", (c) => c.notNull())
      .addColumn("metadata", "text", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("freshness")
      .addColumn("asset", "text", (c) => c.primaryKey())
      .addColumn("state", "text", (c) => c.notNull())
      .addColumn("changed_at", "bigint", (c) => c.notNull())
      .execute();
  },
};
