import { AppError } from "../../../cells/errors.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import { mayStep, type Step } from "../../../cells/model/run.ts";
import type { Db } from "../schema.ts";
import type { LogEvent, RangeCommit } from "../store.ts";
import { insertDetails } from "./details.ts";
import { insertEvents, toNewEvent } from "./events.ts";
import { fromFact } from "./facts.ts";
import { checkFence } from "./leases.ts";
import { chunks } from "./rows.ts";
import { checkUnderWay } from "./runs.ts";
import { stepsOfRun } from "./steps.ts";

const rowsAStatement = 50;

/** See `Store.commitRange`. */
export async function commitRange(db: Db, commits: RangeCommit): Promise<readonly Materialization[]> {
  const { run, fence, at, begunAt, attempt, reason } = commits;
  await checkFence(db, run, fence);
  if ((await checkUnderWay(db, run)) !== null)
    throw new AppError(
      "internal",
      `run ${run} works in a branch, and a range of steps is committed to what is published`,
    );
  const steps = new Map((await stepsOfRun(db, run)).map((step) => [nameOf(step), step]));
  const last = await db
    .selectFrom("materializations")
    .select((e) => e.fn.max("seq").as("seq"))
    .executeTakeFirst();
  const facts = commits.facts.map((fact, i): Materialization => ({ ...fact, seq: (last?.seq ?? 0) + i + 1 }));
  for (const part of chunks(facts, rowsAStatement))
    await db
      .insertInto("materializations")
      .values(part.map((fact) => fromFact(fact, false)))
      .execute();
  for (const [i, { seq }] of facts.entries())
    await insertDetails(db, seq, { statistics: commits.statistics?.[i] ?? [], metadata: {} });
  const events: LogEvent[] = [];
  for (const fact of facts) {
    const step = steps.get(nameOf(fact));
    if (step === undefined || !mayStep(step.state, "running"))
      throw new AppError("run_conflict", `step ${nameOf(fact).replace("\n", " ")} of run ${run} waits no more`, {
        data: { run, asset: fact.asset, partition: fact.partition },
      });
    const { asset, partition, dataVersion, rows, seq: seqOfFact } = fact;
    events.push(changed(step, "running", attempt, reason));
    events.push({ type: "materialized", run, asset, partition, seqOfFact, dataVersion, rows });
    events.push(changed(step, "succeeded", attempt, reason));
  }
  const end = await insertEvents(
    db,
    events.map((event) => toNewEvent(event, at)),
  );
  const begin = end - events.length + 1;
  for (const [i, { asset, partition, rows, bytes, ms, dataVersion, seq }] of facts.entries())
    await db
      .updateTable("steps")
      .set({
        ...{ state: "succeeded", attempt, reason, rows, bytes, ms, data_version: dataVersion, error: null },
        ...{ started_at: begunAt, ended_at: at, changed_seq: begin + 3 * i + 2, fact: seq },
      })
      .where("run", "=", run)
      .where("asset", "=", asset)
      .where("partition", "=", partition)
      .execute();
  const pointers = facts.map(({ asset, partition, seq }, i) => ({
    ...{ asset, partition, fact: seq, moved_seq: begin + 3 * i + 1 },
  }));
  for (const part of chunks(pointers, rowsAStatement))
    await db
      .insertInto("pointers")
      .values(part)
      .onConflict((c) =>
        c.columns(["asset", "partition"]).doUpdateSet((e) => ({
          fact: e.ref("excluded.fact"),
          moved_seq: e.ref("excluded.moved_seq"),
        })),
      )
      .execute();
  return facts;
}

function nameOf({ asset, partition }: { readonly asset: string; readonly partition: string }): string {
  return `${asset}\n${partition}`;
}

function changed(
  { run, asset, partition }: Step,
  state: "running" | "succeeded",
  attempt: number,
  reason: string,
): LogEvent {
  return { type: "step_changed", run, asset, partition, state, attempt, reason, error: null };
}
