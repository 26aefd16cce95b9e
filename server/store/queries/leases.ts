import { AppError } from "../../../cells/errors.ts";
import type { Db } from "../schema.ts";
import type { Lease } from "../store.ts";

/** See `Store.lease`. */
export async function takeLease(db: Db, run: string, holder: string, ms: number, now: number): Promise<Lease | null> {
  const held = await db.selectFrom("leases").selectAll().where("run", "=", run).executeTakeFirst();
  if (held !== undefined && held.holder !== null && held.expires_at > now) return null;
  if (held === undefined) {
    const exists = await db.selectFrom("runs").select("id").where("id", "=", run).executeTakeFirst();
    if (exists === undefined) throw new AppError("not_found", `no run has this id: ${run}; create it first`);
  }
  const row = { run, fence: (held?.fence ?? 0) + 1, holder, expires_at: now + ms };
  await db
    .insertInto("leases")
    .values(row)
    .onConflict((c) => c.column("run").doUpdateSet(row))
    .execute();
  return { run, fence: row.fence, holder, expiresAt: row.expires_at };
}

/** Null where another took the run meanwhile, or it was given back. A lease that ran out unnoticed is renewed. */
export async function renewLease(db: Db, lease: Lease, ms: number, now: number): Promise<Lease | null> {
  const result = await db
    .updateTable("leases")
    .set({ expires_at: now + ms })
    .where("run", "=", lease.run)
    .where("fence", "=", lease.fence)
    .where("holder", "=", lease.holder)
    .executeTakeFirst();
  return result.numUpdatedRows === 0n ? null : { ...lease, expiresAt: now + ms };
}

/** The fence stays, so that the next holder's is larger. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await db
    .updateTable("leases")
    .set({ holder: null, expires_at: 0 })
    .where("run", "=", lease.run)
    .where("fence", "=", lease.fence)
    .execute();
}

export async function liveLeases(db: Db, now: number): Promise<readonly Lease[]> {
  const rows = await db
    .selectFrom("leases")
    .select(["run", "fence", "holder", "expires_at"])
    .where("expires_at", ">", now)
    .orderBy("run")
    .execute();
  return rows.flatMap(({ run, fence, holder, expires_at }) =>
    holder === null ? [] : [{ run, fence, holder, expiresAt: expires_at }],
  );
}

/**
 * Throws `fence_lost` unless `fence` is the run's present one and its lease was not given back. A run that nobody ever took
 * has fence 0. A lease that ran out still counts until somebody else takes the run: only then could two commit.
 */
export async function checkFence(db: Db, run: string, fence: number): Promise<void> {
  const row = await db.selectFrom("leases").select(["fence", "holder"]).where("run", "=", run).executeTakeFirst();
  const present = row?.fence ?? 0;
  if (present === fence && (row === undefined || row.holder !== null)) return;
  const why = present === fence ? "was given back" : `is older than ${present}`;
  throw new AppError("fence_lost", `fence ${fence} of run ${run} ${why}; stop working on it: nothing was written`, {
    data: { run, fence, present },
  });
}
