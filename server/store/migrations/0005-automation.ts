import { type Kysely, type Migration, sql } from "../kysely.ts";
import { sequence } from "./0001-facts.ts";

/** What automation and sensors have decided, and how far in the log they have come. */
export const automation: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("automation_state")
      .addColumn("section", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("value", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("automation_state_key", ["section", "key"])
      .execute();
    await db.schema
      .createTable("automation_evaluations")
      .addColumn("id", sequence(db), (c) => c.primaryKey())
      .addColumn("evaluation", "bigint", (c) => c.notNull())
      .addColumn("asset", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addColumn("last_at", "bigint", (c) => c.notNull())
      .addColumn("count", "bigint", (c) => c.notNull())
      .addColumn("requested", "bigint", (c) => c.notNull())
      .addColumn("sentence", "text", (c) => c.notNull())
      .addColumn("tree", "text", (c) => c.notNull())
      .addColumn("run", "text")
      .addColumn("problem", "text")
      .execute();
    await db.schema
      .createIndex("automation_evaluations_asset")
      .on("automation_evaluations")
      .columns(["asset", "id"])
      .execute();
    await db.schema
      .createTable("automation_pauses")
      .addColumn("name", "text", (c) => c.primaryKey())
      .addColumn("at", "bigint", (c) => c.notNull())
      .execute();
    // what an asset and partition was before an event
    await db.schema
      .createIndex("steps_updates")
      .on("steps")
      .columns(["asset", "partition", "changed_seq"])
      .where(sql.ref("fact"), "is not", null)
      .execute();
    await db.schema
      .createTable("sensors")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("cursor", "text")
      .addColumn("position", "bigint", (c) => c.notNull())
      .addColumn("failures", "integer", (c) => c.notNull())
      .addColumn("begun_at", "bigint", (c) => c.notNull())
      .addColumn("last_at", "bigint")
      .execute();
    await db.schema
      .createTable("sensor_ticks")
      .addColumn("id", sequence(db), (c) => c.primaryKey())
      .addColumn("sensor", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addColumn("ms", "double precision", (c) => c.notNull())
      .addColumn("state", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("runs", "text", (c) => c.notNull())
      .addColumn("cursor", "text")
      .execute();
    await db.schema.createIndex("sensor_ticks_sensor").on("sensor_ticks").columns(["sensor", "id"]).execute();
    await db.schema
      .createTable("sensor_keys")
      .addColumn("sensor", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("run", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("sensor_keys_key", ["sensor", "key"])
      .execute();
    await db.schema
      .createTable("sensor_payloads")
      .addColumn("id", sequence(db), (c) => c.primaryKey())
      .addColumn("sensor", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addColumn("body", "text", (c) => c.notNull())
      .execute();
    await db.schema.createIndex("sensor_payloads_sensor").on("sensor_payloads").columns(["sensor", "id"]).execute();
  },
};
