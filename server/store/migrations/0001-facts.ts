import { sql, SqliteAdapter, type Kysely, type Migration } from "../kysely.ts";

/** The first schema: notebooks, runs, facts, schedules, the log, shares and settings. */
export const facts: Migration = {
  async up(db: Kysely<unknown>) {
    await notebooks(db);
    await runs(db);
    await materializations(db);
    await schedules(db);
    await others(db);
  },
};

async function notebooks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("revisions")
    .addColumn("hash", "text", (c) => c.primaryKey())
    .addColumn("text", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("notebooks")
    .addColumn("path", "text", (c) => c.primaryKey())
    .addColumn("id", "text", (c) => c.notNull())
    .addColumn("revision", "text", (c) => c.notNull().references("revisions.hash"))
    .addColumn("published_at", "bigint", (c) => c.notNull())
    .execute();
}

async function runs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("runs")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("position", "bigint", (c) => c.notNull().unique())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("trigger", "text", (c) => c.notNull())
    .addColumn("selection", "text", (c) => c.notNull())
    .addColumn("partition", "text")
    .addColumn("params", "text", (c) => c.notNull())
    .addColumn("force", "integer", (c) => c.notNull())
    .addColumn("revisions", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("started_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("error", "text")
    .addColumn("priority", "double precision", (c) => c.notNull())
    .addColumn("tags", "text", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("runs_created").on("runs").columns(["created_at", "position"]).execute();
  await db.schema.createIndex("runs_state").on("runs").columns(["state", "created_at", "position"]).execute();
  await db.schema
    .createTable("run_keys")
    .addColumn("key", "text", (c) => c.primaryKey())
    .addColumn("run", "text", (c) => c.notNull().references("runs.id"))
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("run_keys_created").on("run_keys").column("created_at").execute();
  await db.schema
    .createTable("steps")
    .addColumn("run", "text", (c) => c.notNull().references("runs.id"))
    .addColumn("asset", "text", (c) => c.notNull())
    .addColumn("partition", "text", (c) => c.notNull())
    .addColumn("position", "bigint", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("attempt", "integer", (c) => c.notNull())
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("rows", "bigint")
    .addColumn("bytes", "bigint")
    .addColumn("ms", "double precision")
    .addColumn("data_version", "text")
    .addColumn("error", "text")
    .addColumn("started_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("fact", "bigint")
    .addColumn("changed_seq", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("steps_key", ["run", "asset", "partition"])
    .execute();
  await db.schema
    .createIndex("steps_failed")
    .on("steps")
    .columns(["asset", "partition", "changed_seq"])
    .where(sql.ref("state"), "=", "failed")
    .execute();
  await db.schema
    .createTable("leases")
    .addColumn("run", "text", (c) => c.primaryKey().references("runs.id"))
    .addColumn("fence", "bigint", (c) => c.notNull())
    .addColumn("holder", "text")
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("leases_expires").on("leases").column("expires_at").execute();
}

async function materializations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("materializations")
    .addColumn("seq", sequence(db), (c) => c.primaryKey())
    .addColumn("asset", "text", (c) => c.notNull())
    .addColumn("partition", "text", (c) => c.notNull())
    .addColumn("run", "text", (c) => c.notNull().references("runs.id"))
    .addColumn("code_version", "text", (c) => c.notNull())
    .addColumn("data_version", "text", (c) => c.notNull())
    .addColumn("inputs", "text", (c) => c.notNull())
    .addColumn("bound", "text", (c) => c.notNull())
    .addColumn("memo_key", "text", (c) => c.notNull())
    .addColumn("format", "text", (c) => c.notNull())
    .addColumn("sha256", "text", (c) => c.notNull())
    .addColumn("bytes", "bigint", (c) => c.notNull())
    .addColumn("rows", "bigint")
    .addColumn("schema", "text", (c) => c.notNull())
    .addColumn("ms", "double precision", (c) => c.notNull())
    .addColumn("engine", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint")
    .addUniqueConstraint("materializations_once", ["run", "asset", "partition"])
    .execute();
  await db.schema
    .createIndex("materializations_partition")
    .on("materializations")
    .columns(["asset", "partition", "seq"])
    .execute();
  await db.schema.createIndex("materializations_asset").on("materializations").columns(["asset", "seq"]).execute();
  await db.schema.createIndex("materializations_memo").on("materializations").columns(["memo_key", "seq"]).execute();
  await db.schema
    .createTable("pointers")
    .addColumn("asset", "text", (c) => c.notNull())
    .addColumn("partition", "text", (c) => c.notNull())
    .addColumn("fact", "bigint", (c) => c.notNull().references("materializations.seq"))
    .addColumn("moved_seq", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("pointers_key", ["asset", "partition"])
    .execute();
}

async function schedules(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("schedules")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("definition", "text", (c) => c.notNull())
    .addColumn("begun_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("ticks")
    .addColumn("schedule", "text", (c) => c.notNull())
    .addColumn("tick", "bigint", (c) => c.notNull())
    .addColumn("decision", "text", (c) => c.notNull())
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("run", "text", (c) => c.references("runs.id"))
    .addColumn("decided_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("ticks_key", ["schedule", "tick"])
    .execute();
}

async function others(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("events")
    .addColumn("seq", sequence(db), (c) => c.primaryKey())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("run", "text")
    .addColumn("body", "text", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("events_run").on("events").columns(["run", "seq"]).where("run", "is not", null).execute();
  await db.schema
    .createTable("shares")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("token_hash", "text", (c) => c.notNull().unique())
    .addColumn("selection", "text", (c) => c.notNull())
    .addColumn("run", "text")
    .addColumn("snapshot", "text")
    .addColumn("with_data", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("revoked_at", "bigint")
    .execute();
  await db.schema
    .createTable("settings")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("file_versions")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("size", "bigint", (c) => c.notNull())
    .addColumn("mtime_ms", "double precision", (c) => c.notNull())
    .addColumn("version", "text", (c) => c.notNull())
    .execute();
}

/** SQLite keeps rows in the order of an `integer` key; in PostgreSQL that type ends at two thousand million. */
export function sequence(db: Kysely<unknown>): "integer" | "bigint" {
  return db.getExecutor().adapter instanceof SqliteAdapter ? "integer" : "bigint";
}
