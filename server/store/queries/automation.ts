import { AppError } from "../../../cells/errors.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type {
  AutomationDecision,
  AutomationParts,
  NewEvaluation,
  RunTargets,
  StepUpdate,
  StoredEvaluation,
} from "../automation-store.ts";
import type { Db, Schema } from "../schema.ts";
import type { StepName } from "../store.ts";
import { createBackfill } from "./backfills.ts";
import { insertEvent } from "./events.ts";
import { chunks, parseJson } from "./rows.ts";
import { insertRun } from "./runs.ts";

const keptEvaluations = 1000;
/** assets that one event names */
const toldAssets = 100;
const rowsAStatement = 200;
const runsAStatement = 500;

export async function automationParts(db: Db): Promise<AutomationParts> {
  const parts = new Map<string, Map<string, string>>();
  for (const { section, key, value } of await db.selectFrom("automation_state").selectAll().execute()) {
    const known = parts.get(section) ?? new Map<string, string>();
    parts.set(section, known.set(key, value));
  }
  return parts;
}

/** See `AutomationStore.decideAutomation`. */
export async function decideAutomation(
  db: Db,
  { after, parts, evaluations, runs, backfills = [], at }: AutomationDecision,
): Promise<void> {
  const last = await lastEvaluation(db);
  if (last !== after)
    throw new AppError("run_conflict", `automation was evaluated by another: ${last} is not ${after}; read it again`);
  const number = after + 1;
  await db
    .insertInto("automation_state")
    .values({ section: "", key: "evaluation", value: String(number) })
    .onConflict((c) => c.columns(["section", "key"]).doUpdateSet({ value: String(number) }))
    .execute();
  for (const { section, key, value } of parts)
    if (value === null)
      await db.deleteFrom("automation_state").where("section", "=", section).where("key", "=", key).execute();
  const rows = parts.flatMap(({ value, ...part }) => (value === null ? [] : [{ ...part, value }]));
  for (const some of chunks(rows, rowsAStatement))
    await db
      .insertInto("automation_state")
      .values(some)
      .onConflict((c) => c.columns(["section", "key"]).doUpdateSet((e) => ({ value: e.ref("excluded.value") })))
      .execute();
  for (const run of runs) await insertRun(db, run);
  for (const backfill of backfills) await createBackfill(db, backfill);
  for (const evaluation of evaluations) await putEvaluation(db, number, evaluation);
  const requested = evaluations.filter((one) => one.requested > 0);
  if (requested.length > 0)
    await insertEvent(
      db,
      {
        type: "automation_decided",
        evaluation: number,
        count: requested.length,
        requested: requested.slice(0, toldAssets).map(({ asset, run, backfill, problem }) => ({
          ...{ asset, run, problem },
          ...(backfill === null ? {} : { backfill }),
        })),
      },
      at,
    );
}

async function lastEvaluation(db: Db): Promise<number> {
  const row = await db
    .selectFrom("automation_state")
    .select("value")
    .where("section", "=", "")
    .where("key", "=", "evaluation")
    .executeTakeFirst();
  return Number(row?.value ?? 0);
}

async function putEvaluation(db: Db, evaluation: number, { isSame, lastAt, ...one }: NewEvaluation): Promise<void> {
  if (isSame) {
    await db
      .updateTable("automation_evaluations")
      .set((e) => ({ last_at: lastAt, count: e("count", "+", one.count), sentence: one.sentence }))
      .where("id", "=", (e) =>
        e
          .selectFrom("automation_evaluations")
          .select((f) => f.fn.max("id").as("id"))
          .where("asset", "=", one.asset),
      )
      .execute();
    return;
  }
  const newest = await db
    .selectFrom("automation_evaluations")
    .select((e) => e.fn.max("id").as("id"))
    .executeTakeFirst();
  await db
    .insertInto("automation_evaluations")
    .values({ ...one, id: (newest?.id ?? 0) + 1, evaluation, last_at: lastAt })
    .execute();
  const oldest = await db
    .selectFrom("automation_evaluations")
    .select("id")
    .where("asset", "=", one.asset)
    .orderBy("id", "desc")
    .offset(keptEvaluations)
    .limit(1)
    .executeTakeFirst();
  if (oldest !== undefined)
    await db.deleteFrom("automation_evaluations").where("asset", "=", one.asset).where("id", "<=", oldest.id).execute();
}

/** Newest first. */
export async function evaluations(
  db: Db,
  { asset, limit, before }: { readonly asset: string; readonly limit: number; readonly before?: number },
): Promise<readonly StoredEvaluation[]> {
  let query = db
    .selectFrom("automation_evaluations")
    .selectAll()
    .where("asset", "=", asset)
    .orderBy("id", "desc")
    .limit(limit);
  if (before !== undefined) query = query.where("id", "<", before);
  return (await query.execute()).map(toEvaluation);
}

export async function latestEvaluations(db: Db): Promise<ReadonlyMap<string, StoredEvaluation>> {
  const rows = await db
    .selectFrom("automation_evaluations")
    .selectAll()
    .where("id", "in", (e) =>
      e
        .selectFrom("automation_evaluations")
        .select((f) => f.fn.max("id").as("id"))
        .groupBy("asset"),
    )
    .execute();
  return new Map(rows.map((row) => [row.asset, toEvaluation(row)]));
}

function toEvaluation({ last_at, ...row }: Schema["automation_evaluations"]): StoredEvaluation {
  return { ...row, lastAt: last_at };
}

/** See `AutomationStore.runTargets`. */
export async function runTargets(db: Db, runs: readonly string[]): Promise<ReadonlyMap<string, RunTargets>> {
  const found = new Map<string, { targets: Record<string, string[]>; tags: RunTargets["tags"] }>();
  for (const some of chunks([...new Set(runs)], runsAStatement)) {
    const published = db.selectFrom("runs").select(["id", "tags"]).where("environment", "is", null);
    for (const { id, tags } of await published.where("id", "in", some).execute())
      found.set(id, { targets: {}, tags: parseJson<RunTargets["tags"]>(tags) });
    const steps = await db
      .selectFrom("steps")
      .select(["run", "asset", "partition"])
      .where("run", "in", some)
      .orderBy("run")
      .orderBy("position")
      .execute();
    for (const { run, asset, partition } of steps) {
      const of = found.get(run);
      if (of !== undefined) (of.targets[asset] ??= []).push(partition);
    }
  }
  return found;
}

/** See `AutomationStore.stepUpdates`. */
export async function stepUpdates(db: Db, steps: readonly StepName[]): Promise<readonly (StepUpdate | null)[]> {
  const updates: (StepUpdate | null)[] = [];
  for (const { run, asset, partition } of steps) {
    const row = await db
      .selectFrom("steps as s")
      .innerJoin("runs as r", "r.id", "s.run")
      .leftJoin("materializations as m", "m.seq", "s.fact")
      .select(["s.changed_seq", "s.data_version", "m.code_version"])
      .where("s.run", "=", run)
      .where("r.environment", "is", null)
      .where("s.asset", "=", asset)
      .where("s.partition", "=", partition)
      .where("s.fact", "is not", null)
      .executeTakeFirst();
    if (row === undefined) {
      updates.push(null);
      continue;
    }
    const before = await db
      .selectFrom("steps as s")
      .innerJoin("runs as r", "r.id", "s.run")
      .select("s.data_version")
      .where("s.asset", "=", asset)
      .where("s.partition", "=", partition)
      .where("s.changed_seq", "<", row.changed_seq)
      .where("s.fact", "is not", null)
      // a result that a check refused was nothing to readers
      .where("s.state", "in", ["succeeded", "reused"])
      .where("r.environment", "is", null)
      .orderBy("s.changed_seq", "desc")
      .limit(1)
      .executeTakeFirst();
    updates.push({
      asset: asset as AssetKey,
      partition,
      codeVersion: row.code_version,
      dataVersion: row.data_version,
      before: before?.data_version ?? null,
    });
  }
  return updates;
}

export async function pauses(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom("automation_pauses").selectAll().orderBy("name").execute();
  return new Map(rows.map(({ name, at }) => [name, at]));
}

/** See `AutomationStore.setPause`. */
export async function setPause(db: Db, name: string, paused: boolean, at: number): Promise<boolean> {
  const before = await db.selectFrom("automation_pauses").select("at").where("name", "=", name).executeTakeFirst();
  if ((before !== undefined) === paused) return false;
  if (paused) await db.insertInto("automation_pauses").values({ name, at }).execute();
  else await db.deleteFrom("automation_pauses").where("name", "=", name).execute();
  await insertEvent(db, { type: "automation_paused", name, paused }, at);
  return true;
}
