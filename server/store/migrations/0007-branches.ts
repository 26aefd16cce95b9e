import type { Kysely, Migration } from "../kysely.ts";

/**
 * Environments: which revisions a branch has, what its pointers are in place of the published ones, and what was promoted. Runs have the
 * environment that they work in, null for what is published. Column lineage that was read once is kept by what it depends on.
 */
export const branches: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("runs").addColumn("environment", "text").execute();
    await db.schema
      .createIndex("runs_environment")
      .on("runs")
      .columns(["environment", "id"])
      .where("environment", "is not", null)
      .execute();
    await db.schema
      .createTable("branches")
      .addColumn("name", "text", (c) => c.primaryKey())
      .addColumn("created_at", "bigint", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("branch_revisions")
      .addColumn("branch", "text", (c) => c.notNull().references("branches.name"))
      .addColumn("path", "text", (c) => c.notNull())
      .addColumn("notebook", "text", (c) => c.notNull())
      .addColumn("revision", "text", (c) => c.notNull().references("revisions.hash"))
      .addColumn("base", "text", (c) => c.references("revisions.hash"))
      .addPrimaryKeyConstraint("branch_revisions_key", ["branch", "path"])
      .execute();
    await db.schema
      .createTable("branch_pointers")
      .addColumn("branch", "text", (c) => c.notNull().references("branches.name"))
      .addColumn("asset", "text", (c) => c.notNull())
      .addColumn("partition", "text", (c) => c.notNull())
      .addColumn("fact", "bigint", (c) => c.notNull().references("materializations.seq"))
      .addColumn("moved_seq", "bigint", (c) => c.notNull())
      .addColumn("base", "bigint", (c) => c.references("materializations.seq"))
      .addPrimaryKeyConstraint("branch_pointers_key", ["branch", "asset", "partition"])
      .execute();
    await db.schema.createIndex("branch_pointers_fact").on("branch_pointers").column("fact").execute();
    await db.schema
      .createTable("promotions")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("branch", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addColumn("rolled_back_at", "bigint")
      .execute();
    await db.schema
      .createTable("promotion_moves")
      .addColumn("promotion", "text", (c) => c.notNull().references("promotions.id"))
      .addColumn("asset", "text", (c) => c.notNull())
      .addColumn("partition", "text", (c) => c.notNull())
      .addColumn("from_fact", "bigint", (c) => c.references("materializations.seq"))
      .addColumn("to_fact", "bigint", (c) => c.notNull().references("materializations.seq"))
      .addPrimaryKeyConstraint("promotion_moves_key", ["promotion", "asset", "partition"])
      .execute();
    await db.schema.createIndex("promotion_moves_to").on("promotion_moves").column("to_fact").execute();
    await db.schema
      .createTable("promotion_revisions")
      .addColumn("promotion", "text", (c) => c.notNull().references("promotions.id"))
      .addColumn("path", "text", (c) => c.notNull())
      .addColumn("notebook", "text", (c) => c.notNull())
      .addColumn("from_revision", "text", (c) => c.references("revisions.hash"))
      .addColumn("to_revision", "text", (c) => c.notNull().references("revisions.hash"))
      .addPrimaryKeyConstraint("promotion_revisions_key", ["promotion", "path"])
      .execute();
    await db.schema
      .createTable("column_lineage")
      .addColumn("key", "text", (c) => c.primaryKey())
      .addColumn("value", "text", (c) => c.notNull())
      .execute();
  },
};
