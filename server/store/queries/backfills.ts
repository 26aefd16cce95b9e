import { AppError, type WireError } from "../../../cells/errors.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import { isBackfillEnded, mayBackfill, type Backfill, type BackfillState } from "../../../cells/model/backfill.ts";
import type { Step, StepState } from "../../../cells/model/run.ts";
import type { BackfillRow, Db } from "../schema.ts";
import type { BackfillQuery, BackfillRun, NewRun } from "../store.ts";
import { insertEvent } from "./events.ts";
import { parseJson, parseNullableJson, toJson } from "./rows.ts";
import { insertRun } from "./runs.ts";
import { toStep } from "./steps.ts";

/** See `Store.createBackfill`. */
export async function createBackfill(db: Db, backfill: Backfill): Promise<void> {
  const last = await db
    .selectFrom("backfills")
    .select((e) => e.fn.max("position").as("position"))
    .executeTakeFirst();
  const { id, state, request, targets, total, createdAt, startedAt, endedAt, error } = backfill;
  await db
    .insertInto("backfills")
    .values({
      ...{ id, position: (last?.position ?? 0) + 1, state, request: toJson(request), targets: toJson(targets), total },
      ...{ created_at: createdAt, started_at: startedAt, ended_at: endedAt },
      error: error === null ? null : toJson(error),
    })
    .execute();
  await insertEvent(db, { type: "backfill_changed", backfill: id, state, error }, createdAt);
}

export async function findBackfill(db: Db, id: string): Promise<Backfill | null> {
  const row = await db.selectFrom("backfills").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toBackfill(row);
}

/** Newest first. */
export async function listBackfills(db: Db, { limit, states }: BackfillQuery): Promise<readonly Backfill[]> {
  let query = db.selectFrom("backfills").selectAll().orderBy("position", "desc").limit(limit);
  if (states !== undefined) query = query.where("state", "in", states);
  return (await query.execute()).map(toBackfill);
}

/** See `Store.changeBackfill`. */
export async function changeBackfill(
  db: Db,
  id: string,
  to: BackfillState,
  { at, error }: { readonly at: number; readonly error?: WireError },
): Promise<Backfill> {
  const backfill = await findBackfill(db, id);
  if (backfill === null)
    throw new AppError("not_found", `no backfill has the id ${id}; cellar backfills shows those there are`, {
      data: { backfill: id },
    });
  if (!mayBackfill(backfill.state, to))
    throw new AppError("run_conflict", `backfill ${id} is ${backfill.state} and cannot become ${to}`, {
      data: { backfill: id, state: backfill.state, to },
    });
  const next: Backfill = {
    ...backfill,
    state: to,
    startedAt: backfill.startedAt ?? (to === "running" ? at : null),
    endedAt: isBackfillEnded(to) ? at : null,
    error: error ?? null,
  };
  await db
    .updateTable("backfills")
    .set({
      state: to,
      started_at: next.startedAt,
      ended_at: next.endedAt,
      error: next.error === null ? null : toJson(next.error),
    })
    .where("id", "=", id)
    .execute();
  await insertEvent(db, { type: "backfill_changed", backfill: id, state: to, error: next.error }, at);
  return next;
}

/** See `Store.addBackfillRun`. */
export async function addBackfillRun(db: Db, id: string, number: number, run: NewRun, at: number): Promise<boolean> {
  const backfill = await findBackfill(db, id);
  if (backfill === null || isBackfillEnded(backfill.state)) return false;
  const taken = await db
    .selectFrom("backfill_runs")
    .select("run")
    .where("backfill", "=", id)
    .where("number", "=", number)
    .executeTakeFirst();
  if (taken !== undefined) return false;
  if (backfill.state === "requested") await changeBackfill(db, id, "running", { at });
  await insertRun(db, run);
  await db.insertInto("backfill_runs").values({ backfill: id, number, run: run.run.id }).execute();
  return true;
}

/** See `Store.backfillRuns`. */
export async function backfillRuns(db: Db, id: string): Promise<readonly BackfillRun[]> {
  return db
    .selectFrom("backfill_runs as b")
    .innerJoin("runs as r", "r.id", "b.run")
    .select(["b.number", "b.run", "r.state"])
    .where("b.backfill", "=", id)
    .orderBy("b.number")
    .execute();
}

/** See `Store.backfillCounts`. */
export async function backfillCounts(
  db: Db,
  id: string,
): Promise<readonly { readonly asset: AssetKey; readonly state: StepState; readonly count: number }[]> {
  const rows = await db
    .selectFrom("backfill_runs as b")
    .innerJoin("steps as s", "s.run", "b.run")
    .select(["s.asset", "s.state"])
    .select((e) => e.fn.countAll<number | string>().as("count"))
    .where("b.backfill", "=", id)
    .groupBy(["s.asset", "s.state"])
    .orderBy("s.asset")
    .orderBy("s.state")
    .execute();
  return rows.map(({ asset, state, count }) => ({ asset: asset as AssetKey, state, count: Number(count) }));
}

/** See `Store.backfillSteps`. */
export async function backfillSteps(
  db: Db,
  id: string,
  {
    after = 0,
    states,
    limit,
  }: { readonly after?: number; readonly states?: readonly StepState[]; readonly limit?: number },
): Promise<readonly Step[]> {
  let query = db
    .selectFrom("backfill_runs as b")
    .innerJoin("steps as s", "s.run", "b.run")
    .selectAll("s")
    .where("b.backfill", "=", id)
    .where("b.number", ">", after)
    .orderBy("b.number")
    .orderBy("s.position");
  if (states !== undefined) query = query.where("s.state", "in", states);
  if (limit !== undefined) query = query.limit(limit);
  return (await query.execute()).map(toStep);
}

function toBackfill(row: BackfillRow): Backfill {
  return {
    id: row.id,
    state: row.state,
    request: parseJson<Backfill["request"]>(row.request),
    targets: parseJson<Backfill["targets"]>(row.targets),
    total: row.total,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: parseNullableJson<WireError>(row.error),
  };
}
