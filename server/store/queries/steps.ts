import { AppError } from "../../../cells/errors.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import { mayStep, type Step, type StepError, type StepState } from "../../../cells/model/run.ts";
import type { Db, StepRow } from "../schema.ts";
import type { StepChange, StepName } from "../store.ts";
import { insertEvent, insertEvents, toNewEvent } from "./events.ts";
import { checkFence } from "./leases.ts";
import { chunks, parseJson, parseNullableJson, toJson } from "./rows.ts";

const rowsAStatement = 200;

/** Adds steps in their order; those that the run has already stay as they are. One born past `waiting` gets its event. */
export async function insertSteps(db: Db, steps: readonly Step[], at: number): Promise<void> {
  const byRun = Map.groupBy(steps, (step) => step.run);
  for (const [run, ofRun] of byRun) {
    const present = await stepsOfRun(db, run);
    const known = new Set(present.map(nameOf));
    const added = [...new Map(ofRun.map((step) => [nameOf(step), step])).values()].filter(
      (step) => !known.has(nameOf(step)),
    );
    const rows = added.map((step, i) => fromStep(step, present.length + i + 1));
    for (const part of chunks(rows, rowsAStatement)) await db.insertInto("steps").values(part).execute();
    const ahead = added.filter((step) => step.state !== "waiting");
    await insertEvents(
      db,
      ahead.map((step) => toNewEvent(stepChanged(step), at)),
    );
  }
}

/** Text that names a step within its run: neither part may hold a line break. */
function nameOf(step: Step): string {
  return `${step.asset}\n${step.partition}`;
}

/** In the order in which they were added. */
export async function stepsOfRun(db: Db, run: string): Promise<readonly Step[]> {
  const rows = await db.selectFrom("steps").selectAll().where("run", "=", run).orderBy("position").execute();
  return rows.map(toStep);
}

/** Throws `not_found` where the run has no such step, and `run_conflict` where it may not become `to`. */
export async function requireStep(db: Db, { run, asset, partition }: StepName, to: StepState): Promise<Step> {
  const row = await db
    .selectFrom("steps")
    .selectAll()
    .where("run", "=", run)
    .where("asset", "=", asset)
    .where("partition", "=", partition)
    .executeTakeFirst();
  const place = partition === "" ? asset : `${asset} (${partition})`;
  if (row === undefined) throw new AppError("not_found", `run ${run} has no step for ${place}; add it first`);
  if (!mayStep(row.state, to))
    throw new AppError("run_conflict", `step ${place} of run ${run} is ${row.state} and cannot become ${to}`, {
      data: { run, asset, partition, state: row.state, to },
    });
  return toStep(row);
}

/** Writes a step's new state and its event; returns the event's sequence number. */
export async function writeStep(db: Db, step: Step, at: number, fact: number | null = null): Promise<number> {
  const seq = await insertEvent(db, stepChanged(step), at);
  await db
    .updateTable("steps")
    .set({
      state: step.state,
      attempt: step.attempt,
      reason: step.reason,
      rows: step.rows,
      bytes: step.bytes,
      ms: step.ms,
      data_version: step.dataVersion,
      error: step.error === null ? null : toJson(step.error),
      started_at: step.startedAt,
      ended_at: step.endedAt,
      changed_seq: seq,
      ...(fact === null ? {} : { fact }),
      ...(step.checks === undefined ? {} : { checks: toJson(step.checks) }),
    })
    .where("run", "=", step.run)
    .where("asset", "=", step.asset)
    .where("partition", "=", step.partition)
    .execute();
  return seq;
}

/** See `Store.changeStep`. */
export async function changeStep(db: Db, name: StepName, to: StepState, change: StepChange): Promise<void> {
  await checkFence(db, name.run, change.fence);
  const step = await requireStep(db, name, to);
  await writeStep(
    db,
    {
      ...step,
      ...timesOf(step, to, change.at),
      state: to,
      attempt: change.attempt ?? step.attempt,
      reason: change.reason ?? step.reason,
      rows: change.rows === undefined ? step.rows : change.rows,
      bytes: change.bytes === undefined ? step.bytes : change.bytes,
      ms: change.ms ?? step.ms,
      dataVersion: change.dataVersion ?? step.dataVersion,
      error: change.error ?? null,
    },
    change.at,
  );
}

/** When the step's attempt began and ended, once it is `to`. */
export function timesOf(step: Step, to: StepState, at: number): Pick<Step, "startedAt" | "endedAt"> {
  if (to === "running") return { startedAt: at, endedAt: null };
  if (to === "waiting") return { startedAt: null, endedAt: null };
  return { startedAt: step.startedAt, endedAt: to === "committing" ? null : at };
}

function stepChanged(step: Step): Parameters<typeof insertEvent>[1] {
  const { run, asset, partition, state, attempt, reason, error } = step;
  return { type: "step_changed", run, asset, partition, state, attempt, reason, error };
}

function fromStep(step: Step, position: number): StepRow {
  return {
    run: step.run,
    asset: step.asset,
    partition: step.partition,
    position,
    state: step.state,
    attempt: step.attempt,
    reason: step.reason,
    rows: step.rows,
    bytes: step.bytes,
    ms: step.ms,
    data_version: step.dataVersion,
    error: step.error === null ? null : toJson(step.error),
    started_at: step.startedAt,
    ended_at: step.endedAt,
    fact: null,
    changed_seq: 0,
    checks: step.checks === undefined ? null : toJson(step.checks),
  };
}

/** A row as the step that it was. */
export function toStep(row: StepRow): Step {
  return {
    run: row.run,
    asset: row.asset as AssetKey,
    partition: row.partition,
    state: row.state,
    attempt: row.attempt,
    reason: row.reason,
    rows: row.rows,
    bytes: row.bytes,
    ms: row.ms,
    dataVersion: row.data_version,
    error: parseNullableJson<StepError>(row.error),
    startedAt: row.started_at,
    endedAt: row.ended_at,
    ...(row.checks === null ? {} : { checks: parseJson<readonly string[]>(row.checks) }),
  };
}
