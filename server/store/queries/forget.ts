import type { Db } from "../schema.ts";

/** See `Store.forget`. */
export async function forget(db: Db, before: number): Promise<number> {
  const { last } = await db
    .selectFrom("events")
    .select((e) => e.fn.max("seq").as("last"))
    .executeTakeFirstOrThrow();
  const { young } = await db
    .selectFrom("events")
    .select((e) => e.fn.min("seq").as("young"))
    .where("at", ">=", before)
    .executeTakeFirstOrThrow();
  const { running } = await db
    .selectFrom("events as e")
    .innerJoin("runs as r", "r.id", "e.run")
    .select((e) => e.fn.min("e.seq").as("running"))
    .where("r.state", "in", ["queued", "starting", "running", "cancelling"])
    .executeTakeFirstOrThrow();
  // the last stays: numbers go on from it
  const end = Math.min((last ?? 0) - 1, (young ?? Infinity) - 1, (running ?? Infinity) - 1);
  const forgotten = await db.deleteFrom("events").where("seq", "<=", end).executeTakeFirst();
  await db
    .deleteFrom("ticks")
    .where("decided_at", "<", before)
    .where((e) =>
      e(
        "tick",
        "<",
        e
          .selectFrom("ticks as newest")
          .select((t) => t.fn.max("newest.tick").as("tick"))
          .whereRef("newest.schedule", "=", "ticks.schedule"),
      ),
    )
    .execute();
  return Number(forgotten.numDeletedRows);
}
