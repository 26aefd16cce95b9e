import { AppError } from "../../../cells/errors.ts";
import type { Db, Schema } from "../schema.ts";
import type { Payload, SensorDecision, SensorState, SensorTick } from "../sensor-store.ts";
import { insertEvent } from "./events.ts";
import { addPartitionKeys, removePartitionKeys } from "./partitions.ts";
import { chunks, parseJson, toJson } from "./rows.ts";
import { insertRun } from "./runs.ts";

const keptTicks = 1000;
const mostPayloads = 1000;
const keysAStatement = 1000;
const rowsAStatement = 200;

export async function sensorState(db: Db, sensor: string): Promise<SensorState | null> {
  const row = await db.selectFrom("sensors").selectAll().where("id", "=", sensor).executeTakeFirst();
  if (row === undefined) return null;
  const { cursor, position, failures, begun_at, last_at } = row;
  return { cursor, position, failures, begunAt: begun_at, lastAt: last_at };
}

export async function beginSensor(db: Db, sensor: string, position: number, at: number): Promise<void> {
  await db
    .insertInto("sensors")
    .values({ id: sensor, cursor: null, position, failures: 0, begun_at: at, last_at: null })
    .onConflict((c) => c.column("id").doNothing())
    .execute();
}

/** Newest first. */
export async function sensorTicks(db: Db, sensor: string, limit: number): Promise<readonly SensorTick[]> {
  const rows = await db
    .selectFrom("sensor_ticks")
    .selectAll()
    .where("sensor", "=", sensor)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(toTick);
}

export async function handledKeys(db: Db, sensor: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const some of chunks([...new Set(keys)], keysAStatement))
    for (const { key } of await db
      .selectFrom("sensor_keys")
      .select("key")
      .where("sensor", "=", sensor)
      .where("key", "in", some)
      .execute())
      found.add(key);
  return found;
}

/** See `SensorStore.decideSensor`. */
export async function decideSensor(db: Db, decision: SensorDecision): Promise<SensorTick> {
  const { sensor, at, ms, failed, reason, cursor, position, failures, partitions, payloadsUpTo } = decision;
  const last = await db
    .selectFrom("sensor_ticks")
    .select((e) => e.fn.max("id").as("id"))
    .where("sensor", "=", sensor)
    .executeTakeFirst();
  if ((last?.id ?? 0) !== decision.after)
    throw new AppError("run_conflict", `sensor ${sensor} was evaluated by another meanwhile; read it again`);
  for (const [name, keys] of Object.entries(partitions.add)) await addPartitionKeys(db, name, keys, at);
  for (const [name, keys] of Object.entries(partitions.remove)) await removePartitionKeys(db, name, keys, at);
  const made: string[] = [];
  for (const { run, steps, keys } of decision.runs) {
    const known = await handledKeys(db, sensor, keys);
    const fresh = [...new Set(keys)].filter((key) => !known.has(key));
    if (keys.length > 0 && fresh.length === 0) continue;
    await insertRun(db, { run, steps });
    made.push(run.id);
    await putKeys(db, sensor, fresh, run.id, at);
  }
  const known = await handledKeys(db, sensor, decision.handled);
  const handled = [...new Set(decision.handled)].filter((key) => !known.has(key));
  await putKeys(db, sensor, handled, "", at);
  if (payloadsUpTo !== null)
    await db.deleteFrom("sensor_payloads").where("sensor", "=", sensor).where("id", "<=", payloadsUpTo).execute();
  const newest = await db
    .selectFrom("sensor_ticks")
    .select((e) => e.fn.max("id").as("id"))
    .executeTakeFirst();
  const state = failed ? "failed" : made.length > 0 ? "run" : "skipped";
  const tick: Schema["sensor_ticks"] = {
    id: (newest?.id ?? 0) + 1,
    ...{ sensor, at, ms, state, reason, runs: toJson(made), cursor },
  };
  await db.insertInto("sensor_ticks").values(tick).execute();
  const oldest = await db
    .selectFrom("sensor_ticks")
    .select("id")
    .where("sensor", "=", sensor)
    .orderBy("id", "desc")
    .offset(keptTicks)
    .limit(1)
    .executeTakeFirst();
  if (oldest !== undefined)
    await db.deleteFrom("sensor_ticks").where("sensor", "=", sensor).where("id", "<=", oldest.id).execute();
  await db.updateTable("sensors").set({ cursor, position, failures, last_at: at }).where("id", "=", sensor).execute();
  // one that found nothing to do, again and again, is no news
  if (state !== "skipped") await insertEvent(db, { type: "sensor_ticked", sensor, state, reason, runs: made }, at);
  return toTick(tick);
}

async function putKeys(db: Db, sensor: string, keys: readonly string[], run: string, at: number): Promise<void> {
  for (const some of chunks(keys, rowsAStatement))
    await db
      .insertInto("sensor_keys")
      .values(some.map((key) => ({ sensor, key, run, at })))
      .execute();
}

export async function setSensorCursor(db: Db, sensor: string, cursor: string | null): Promise<void> {
  await db.updateTable("sensors").set({ cursor, failures: 0 }).where("id", "=", sensor).execute();
}

/** See `SensorStore.addPayload`. */
export async function addPayload(db: Db, sensor: string, body: string, at: number): Promise<number> {
  const { count } = await db
    .selectFrom("sensor_payloads")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("sensor", "=", sensor)
    .executeTakeFirstOrThrow();
  if (count >= mostPayloads)
    throw new AppError(
      "payload_too_large",
      `${count} calls wait for this webhook already; see why its sensor does not take them, and call again`,
    );
  const newest = await db
    .selectFrom("sensor_payloads")
    .select((e) => e.fn.max("id").as("id"))
    .executeTakeFirst();
  const id = (newest?.id ?? 0) + 1;
  await db.insertInto("sensor_payloads").values({ id, sensor, at, body }).execute();
  return id;
}

/** Oldest first. */
export async function payloads(db: Db, sensor: string, limit: number): Promise<readonly Payload[]> {
  return db
    .selectFrom("sensor_payloads")
    .select(["id", "at", "body"])
    .where("sensor", "=", sensor)
    .orderBy("id")
    .limit(limit)
    .execute();
}

function toTick({ id, at, ms, state, reason, runs, cursor }: Schema["sensor_ticks"]): SensorTick {
  return { id, at, ms, state, reason, runs: parseJson<readonly string[]>(runs), cursor };
}
