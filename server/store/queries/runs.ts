import { AppError, type WireError } from "../../../cells/errors.ts";
import { defaultRunRules, isTerminal, mayRun, type Run, type RunState, type Step } from "../../../cells/model/run.ts";
import type { QueuedRun } from "../../queue/queue.ts";
import type { Insertable } from "../kysely.ts";
import type { Db, RunRow } from "../schema.ts";
import type { NewRun, RunQuery } from "../store.ts";
import { insertEvent } from "./events.ts";
import { checkFence } from "./leases.ts";
import { parseJson, parseNullableJson, toJson } from "./rows.ts";
import { insertSteps } from "./steps.ts";

const keyLifeMs = 24 * 60 * 60 * 1000;

/** Creates the run, unless `key` made one less than a day ago; returns the id of the run that stands. */
export async function createRun(db: Db, run: NewRun, key: string | undefined, now: number): Promise<string> {
  if (key === undefined) return insertRun(db, run);
  await db
    .deleteFrom("run_keys")
    .where("created_at", "<=", now - keyLifeMs)
    .execute();
  const before = await db.selectFrom("run_keys").select("run").where("key", "=", key).executeTakeFirst();
  if (before !== undefined) return before.run;
  await insertRun(db, run);
  await db.insertInto("run_keys").values({ key, run: run.run.id, created_at: now }).execute();
  return run.run.id;
}

/** Writes a run, its steps and their events. Throws `run_conflict` where the id is taken. */
export async function insertRun(db: Db, { run, steps }: NewRun): Promise<string> {
  const taken = await db.selectFrom("runs").select("id").where("id", "=", run.id).executeTakeFirst();
  if (taken !== undefined)
    throw new AppError("run_conflict", `a run with this id exists: ${run.id}; choose another id`);
  const last = await db
    .selectFrom("runs")
    .select((e) => e.fn.max("position").as("position"))
    .executeTakeFirst();
  await db
    .insertInto("runs")
    .values(fromRun(run, (last?.position ?? 0) + 1))
    .execute();
  await writeTags(db, run.id, run.tags);
  await insertEvent(db, { type: "run_changed", run: run.id, state: run.state, error: run.error }, run.createdAt);
  await insertSteps(db, steps, run.createdAt);
  return run.id;
}

export async function findRun(db: Db, id: string): Promise<Run | null> {
  const row = await db.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toRun(row);
}

/** See `Store.addSteps`. */
export async function addSteps(db: Db, steps: readonly Step[], now: number): Promise<void> {
  for (const id of new Set(steps.map((step) => step.run))) await checkUnderWay(db, id);
  await insertSteps(db, steps, now);
}

/** Newest first. */
export async function listRuns(
  db: Db,
  { limit, before, beforeId, states, tags, asset }: RunQuery,
): Promise<readonly Run[]> {
  if (states?.length === 0) return [];
  let query = db.selectFrom("runs").selectAll().orderBy("created_at", "desc").orderBy("position", "desc").limit(limit);
  if (states !== undefined) query = query.where("state", "in", states);
  for (const [tag, value] of tags ?? [])
    query = query.where("id", "in", (e) => {
      const tagged = e.selectFrom("run_tags").select("run").where("tag", "=", tag);
      return value === null ? tagged : tagged.where("value", "=", value);
    });
  if (asset !== undefined)
    // by the key of each run's steps, newest first: an index by asset would cost every step that is written
    query = query.where((e) =>
      e.exists(
        e
          .selectFrom("steps")
          .select("steps.run")
          .whereRef("steps.run", "=", "runs.id")
          .where("steps.asset", "=", asset),
      ),
    );
  if (beforeId !== undefined) {
    const mark = await db.selectFrom("runs").selectAll().where("id", "=", beforeId).executeTakeFirst();
    if (mark === undefined) throw new AppError("not_found", `no run has the id ${beforeId}; list from the start`);
    query = query.where((e) =>
      e.or([
        e("created_at", "<", mark.created_at),
        e.and([e("created_at", "=", mark.created_at), e("position", "<", mark.position)]),
      ]),
    );
  }
  if (before !== undefined) query = query.where("created_at", "<", before);
  return (await query.execute()).map(toRun);
}

/** See `Store.changeRun`. */
export async function changeRun(
  db: Db,
  id: string,
  to: RunState,
  change: { readonly at: number; readonly fence?: number; readonly error?: WireError },
): Promise<Run> {
  const run = await findRun(db, id);
  if (run === null) throw new AppError("not_found", `no run has this id: ${id}; list the runs to see which there are`);
  if (change.fence !== undefined) await checkFence(db, id, change.fence);
  if (!mayRun(run.state, to))
    throw new AppError("run_conflict", `run ${id} is ${run.state} and cannot become ${to}; look at it again`, {
      data: { run: id, state: run.state, to },
    });
  const next: Run = {
    ...run,
    state: to,
    startedAt: run.startedAt ?? (to === "starting" ? change.at : null),
    endedAt: isTerminal(to) ? change.at : null,
    error: change.error ?? (to === "queued" ? null : run.error),
  };
  await db
    .updateTable("runs")
    .set({
      state: next.state,
      started_at: next.startedAt,
      ended_at: next.endedAt,
      error: next.error === null ? null : toJson(next.error),
    })
    .where("id", "=", id)
    .execute();
  await insertEvent(db, { type: "run_changed", run: id, state: to, error: change.error ?? null }, change.at);
  return next;
}

/**
 * The environment that a run works in, null for what is published. Throws `run_conflict` where the run's work is over: what comes later
 * may not change what was said about it.
 */
export async function checkUnderWay(db: Db, id: string): Promise<string | null> {
  const row = await db.selectFrom("runs").select(["state", "environment"]).where("id", "=", id).executeTakeFirst();
  if (row === undefined)
    throw new AppError("not_found", `no run has this id: ${id}; list the runs to see which there are`);
  if (isTerminal(row.state))
    throw new AppError("run_conflict", `run ${id} is ${row.state} already; nothing was written`, {
      data: { run: id, state: row.state },
    });
  return row.environment;
}

/** See `Store.enqueue`. */
export async function enqueue(db: Db, { run, priority, tags }: QueuedRun): Promise<void> {
  const row = await db.selectFrom("runs").select("state").where("id", "=", run).executeTakeFirst();
  if (row === undefined) throw new AppError("not_found", `no run has this id: ${run}; create it first`);
  if (row.state !== "queued")
    throw new AppError("run_conflict", `run ${run} is ${row.state}; only a queued run can be sent to the queue`, {
      data: { run, state: row.state },
    });
  await db
    .updateTable("runs")
    .set({ priority, tags: toJson(tags) })
    .where("id", "=", run)
    .execute();
  await writeTags(db, run, tags);
}

/** Larger priority first, then first come, first served. */
export async function queuedRuns(db: Db): Promise<readonly QueuedRun[]> {
  const rows = await db
    .selectFrom("runs")
    .select(["id", "priority", "tags"])
    .where("state", "=", "queued")
    .orderBy("priority", "desc")
    .orderBy("position")
    .execute();
  return rows.map((row) => ({ run: row.id, priority: row.priority, tags: parseJson<QueuedRun["tags"]>(row.tags) }));
}

/** Puts these tags in place of those that the run had. */
async function writeTags(db: Db, run: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await db.deleteFrom("run_tags").where("run", "=", run).execute();
  const rows = Object.entries(tags).map(([tag, value]) => ({ run, tag, value }));
  if (rows.length > 0) await db.insertInto("run_tags").values(rows).execute();
}

function fromRun(run: Run, position: number): Insertable<RunRow> {
  return {
    id: run.id,
    position,
    state: run.state,
    trigger: toJson(run.trigger),
    selection: run.selection,
    partition: run.partition,
    params: toJson(run.params),
    force: run.force ? 1 : 0,
    revisions: toJson(run.revisions),
    created_at: run.createdAt,
    started_at: run.startedAt,
    ended_at: run.endedAt,
    error: run.error === null ? null : toJson(run.error),
    priority: run.priority,
    tags: toJson(run.tags),
    rules: toJson(run.rules),
    environment: run.environment ?? null,
    checks_only: run.checksOnly === true ? 1 : 0,
  };
}

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    state: row.state,
    trigger: parseJson<Run["trigger"]>(row.trigger),
    selection: row.selection,
    partition: row.partition,
    params: parseJson<Run["params"]>(row.params),
    force: row.force === 1,
    ...(row.checks_only === 1 ? { checksOnly: true } : {}),
    revisions: parseJson<Run["revisions"]>(row.revisions),
    tags: parseJson<Run["tags"]>(row.tags),
    priority: row.priority,
    rules: parseNullableJson<Run["rules"]>(row.rules) ?? defaultRunRules,
    ...(row.environment === null ? {} : { environment: row.environment }),
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: parseNullableJson<WireError>(row.error),
  };
}
