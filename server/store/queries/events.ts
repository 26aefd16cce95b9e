import type { Db } from "../schema.ts";
import type { LogEvent, StoredEvent } from "../store.ts";
import { chunks, parseJson, toJson } from "./rows.ts";

const rowsAStatement = 200;

/** An event as it is stored: made before the transaction, so that one that cannot be written fails its caller alone. */
export interface NewEvent {
  readonly at: number;
  readonly run: string | null;
  readonly body: string;
}

/** Prepares an event for the log. */
export function toNewEvent(event: LogEvent, at: number): NewEvent {
  return { at, run: "run" in event ? event.run : null, body: toJson(event) };
}

/** Appends to the log without a gap; returns the last sequence number. The one writer excludes others meanwhile. */
export async function insertEvents(db: Db, events: readonly NewEvent[]): Promise<number> {
  let seq = await lastSeq(db);
  for (const part of chunks(events, rowsAStatement)) {
    const rows = part.map((event) => ({ seq: ++seq, at: event.at, run: event.run, body: event.body }));
    await db.insertInto("events").values(rows).execute();
  }
  return seq;
}

export async function insertEvent(db: Db, event: LogEvent, at: number): Promise<number> {
  return insertEvents(db, [toNewEvent(event, at)]);
}

/** 0 where the log is empty. */
async function lastSeq(db: Db): Promise<number> {
  const row = await db
    .selectFrom("events")
    .select((e) => e.fn.max("seq").as("last"))
    .executeTakeFirst();
  return row?.last ?? 0;
}

export async function eventsAfter(db: Db, seq: number, limit: number, run?: string): Promise<readonly StoredEvent[]> {
  let query = db.selectFrom("events").select(["seq", "at", "body"]).where("seq", ">", seq).orderBy("seq").limit(limit);
  if (run !== undefined) query = query.where("run", "=", run);
  const rows = await query.execute();
  return rows.map((row) => ({ seq: row.seq, at: row.at, event: parseJson<LogEvent>(row.body) }));
}
