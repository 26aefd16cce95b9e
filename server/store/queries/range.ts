import { AppError } from "../../../cells/errors.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import { mayStep, type Step } from "../../../cells/model/run.ts";
import { sql } from "../kysely.ts";
import type { Db } from "../schema.ts";
import type { LogEvent, RangeCommit } from "../store.ts";
import { insertResultsOf } from "./checks.ts";
import { insertEvents, toNewEvent } from "./events.ts";
import { fromFact } from "./facts.ts";
import { checkFence } from "./leases.ts";
import { chunks, toJson } from "./rows.ts";
import { checkUnderWay } from "./runs.ts";

const rowsAStatement = 50;
const keysAStatement = 1000;
/** of each fact: its step is running, its rows are there, its step has succeeded */
const eventsOfFact = 3;

/** See `Store.commitRange`. Steps and pointers follow the facts by what they have in common, by one statement each. */
export async function commitRange(db: Db, commits: RangeCommit): Promise<readonly Materialization[]> {
  const { run, fence, at, begunAt, attempt, reason } = commits;
  await checkFence(db, run, fence);
  if ((await checkUnderWay(db, run)) !== null)
    throw new AppError(
      "internal",
      `run ${run} works in a branch, and a range of steps is committed to what is published`,
    );
  if (commits.facts.length === 0) return [];
  await requireWaiting(db, commits);
  const last = await db
    .selectFrom("materializations")
    .select((e) => e.fn.max("seq").as("seq"))
    .executeTakeFirst();
  const first = (last?.seq ?? 0) + 1;
  const facts = commits.facts.map((fact, i): Materialization => ({ ...fact, seq: first + i }));
  for (const part of chunks(facts, rowsAStatement))
    await db
      .insertInto("materializations")
      .values(part.map((fact) => fromFact(fact, false)))
      .execute();
  const details = facts.flatMap(({ seq }, i) => {
    const statistics = commits.statistics?.[i] ?? [];
    return statistics.length === 0 ? [] : [{ fact: seq, statistics: toJson(statistics), metadata: "{}" }];
  });
  for (const part of chunks(details, rowsAStatement)) await db.insertInto("fact_details").values(part).execute();
  const events = facts.flatMap((fact): LogEvent[] => {
    const { asset, partition, dataVersion, rows, seq: seqOfFact } = fact;
    return [
      changed(fact, "running", attempt, reason),
      { type: "materialized", run, asset, partition, seqOfFact, dataVersion, rows },
      changed(fact, "succeeded", attempt, reason),
    ];
  });
  const end = await insertEvents(
    db,
    events.map((event) => toNewEvent(event, at)),
  );
  const begin = end - events.length + 1;
  const eventOf = (which: number) => sql<number>`${begin + which} + ${eventsOfFact} * (m.seq - ${first})`;
  const checks = commits.checks?.[0]?.map(({ check }) => check) ?? [];
  await db
    .updateTable("steps")
    .from("materializations as m")
    .set((e) => ({
      ...{ state: "succeeded" as const, attempt, reason, error: null, started_at: begunAt, ended_at: at },
      ...{ rows: e.ref("m.rows"), bytes: e.ref("m.bytes"), ms: e.ref("m.ms"), data_version: e.ref("m.data_version") },
      ...{ fact: e.ref("m.seq"), changed_seq: eventOf(2) },
      ...(checks.length === 0 ? {} : { checks: toJson(checks) }),
    }))
    .where("m.seq", ">=", first)
    .where("steps.run", "=", run)
    .whereRef("steps.asset", "=", "m.asset")
    .whereRef("steps.partition", "=", "m.partition")
    .execute();
  await db
    .insertInto("pointers")
    .columns(["asset", "partition", "fact", "moved_seq"])
    .expression((e) =>
      e
        .selectFrom("materializations as m")
        .select(["m.asset", "m.partition", "m.seq as fact", eventOf(1).as("moved_seq")])
        .where("m.seq", ">=", first),
    )
    .onConflict((c) =>
      c.columns(["asset", "partition"]).doUpdateSet((e) => ({
        fact: e.ref("excluded.fact"),
        moved_seq: e.ref("excluded.moved_seq"),
      })),
    )
    .execute();
  // behind what they are about, for who reads the log in its order
  await insertResultsOf(
    db,
    facts.flatMap(({ seq }, i) => (commits.checks?.[i] ?? []).map((result) => ({ fact: seq, result }))),
    at,
  );
  return facts;
}

/** Throws `run_conflict` where a step of the commits is not there, or has gone on. */
async function requireWaiting(db: Db, { run, facts }: RangeCommit): Promise<void> {
  const states = new Map<string, Step["state"]>();
  const partitions = [...new Set(facts.map(({ partition }) => partition))];
  for (const part of chunks(partitions, keysAStatement))
    for (const row of await db
      .selectFrom("steps")
      .select(["asset", "partition", "state"])
      .where("run", "=", run)
      .where("partition", "in", part)
      .execute())
      states.set(`${row.asset}\n${row.partition}`, row.state);
  for (const { asset, partition } of facts) {
    const state = states.get(`${asset}\n${partition}`);
    if (state === undefined || !mayStep(state, "running"))
      throw new AppError("run_conflict", `step ${asset} ${partition} of run ${run} waits no more`, {
        data: { run, asset, partition },
      });
  }
}

function changed(
  { run, asset, partition }: Materialization,
  state: "running" | "succeeded",
  attempt: number,
  reason: string,
): LogEvent {
  return { type: "step_changed", run, asset, partition, state, attempt, reason, error: null };
}
