import type { Db } from "../schema.ts";
import type { DecidedTick, TickToDecide } from "../store.ts";
import { insertEvent } from "./events.ts";
import { insertRun } from "./runs.ts";

/** See `Store.decideTick`. */
export async function decideTick(
  db: Db,
  { schedule, tick, decision, reason, at, run }: TickToDecide,
): Promise<boolean> {
  const before = await db
    .selectFrom("ticks")
    .select("tick")
    .where("schedule", "=", schedule)
    .where("tick", "=", tick)
    .executeTakeFirst();
  if (before !== undefined) return false;
  const id = run === null ? null : await insertRun(db, run);
  await db.insertInto("ticks").values({ schedule, tick, decision, reason, run: id, decided_at: at }).execute();
  await insertEvent(db, { type: "tick_decided", schedule, tick, decision, reason, run: id }, at);
  return true;
}

/** See `Store.decideTicks`. */
export async function decideTicks(db: Db, ticks: readonly TickToDecide[]): Promise<readonly boolean[]> {
  const fresh: boolean[] = [];
  for (const tick of ticks) fresh.push(await decideTick(db, tick));
  return fresh;
}

/** See `Store.lastTick`. */
export async function lastTick(db: Db, schedule: string): Promise<number | null> {
  const begun = await db.selectFrom("schedules").select("begun_at").where("name", "=", schedule).executeTakeFirst();
  if (begun === undefined) return null;
  const last = await db
    .selectFrom("ticks")
    .select((e) => e.fn.max("tick").as("tick"))
    .where("schedule", "=", schedule)
    .executeTakeFirst();
  return Math.max(begun.begun_at, last?.tick ?? begun.begun_at);
}

/** Does nothing where the schedule has this definition already. */
export async function beginSchedule(db: Db, name: string, definition: string, at: number): Promise<void> {
  await db
    .insertInto("schedules")
    .values({ name, definition, begun_at: at })
    .onConflict((c) =>
      c.column("name").doUpdateSet({ definition, begun_at: at }).where("schedules.definition", "!=", definition),
    )
    .execute();
}

/** Newest first. */
export async function ticks(db: Db, schedule: string, limit: number): Promise<readonly DecidedTick[]> {
  const rows = await db
    .selectFrom("ticks")
    .select(["tick", "decision", "reason", "run", "decided_at"])
    .where("schedule", "=", schedule)
    .orderBy("tick", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ decided_at, ...tick }) => ({ ...tick, decidedAt: decided_at }));
}
