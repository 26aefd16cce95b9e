import { AppError } from "../../../cells/errors.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import type { Step, StepError } from "../../../cells/model/run.ts";
import { sql } from "../kysely.ts";
import type { Db, MaterializationRow } from "../schema.ts";
import type { Failure, HistoryQuery, MaterializationCommit, Reuse } from "../store.ts";
import { moveBranchPointer } from "./branches.ts";
import { insertResults } from "./checks.ts";
import { insertDetails } from "./details.ts";
import { insertEvent } from "./events.ts";
import { checkFence } from "./leases.ts";
import { chunks, parseJson, parseNullableJson, toJson } from "./rows.ts";
import { checkUnderWay } from "./runs.ts";
import { requireStep, timesOf, writeStep } from "./steps.ts";

const keysAStatement = 1000;

/** See `Store.commit`. */
export async function commit(db: Db, commit: MaterializationCommit): Promise<Materialization> {
  const { materialization, fence, attempt, reason, at, refusal = null } = commit;
  await checkFence(db, materialization.run, fence);
  const environment = await checkUnderWay(db, materialization.run);
  const step = withChecks(
    await requireStep(db, materialization, refusal === null ? "succeeded" : "failed"),
    commit.checks?.map(({ check }) => check),
  );
  const last = await db
    .selectFrom("materializations")
    .select((e) => e.fn.max("seq").as("seq"))
    .executeTakeFirst();
  const fact: Materialization = { ...materialization, seq: (last?.seq ?? 0) + 1 };
  await db
    .insertInto("materializations")
    .values(fromFact(fact, refusal !== null))
    .execute();
  if (commit.details !== undefined) await insertDetails(db, fact.seq, commit.details);
  const { run, asset, partition, dataVersion, rows, bytes, ms } = fact;
  if (refusal !== null) {
    const ended = { state: "failed", attempt, reason, rows, bytes, ms, dataVersion, error: refusal } as const;
    await writeStep(db, { ...step, ...timesOf(step, "failed", at), ...ended }, at, fact.seq);
    await insertResults(db, fact.seq, commit.checks ?? [], at);
    return fact;
  }
  const seq = await insertEvent(
    db,
    {
      ...{ type: "materialized", run, asset, partition, seqOfFact: fact.seq, dataVersion, rows },
      ...(environment === null ? {} : { environment }),
    },
    at,
  );
  await writeStep(
    db,
    {
      ...step,
      ...timesOf(step, "succeeded", at),
      ...{ state: "succeeded", attempt, reason, rows, bytes, ms, dataVersion, error: null },
    },
    at,
    fact.seq,
  );
  await movePointer(db, environment, { asset, partition, fact: fact.seq }, seq);
  // behind what they are about, for who reads the log in its order
  await insertResults(db, fact.seq, commit.checks ?? [], at);
  return fact;
}

/** See `Store.reuse`. */
export async function reuse(db: Db, reuse: Reuse): Promise<void> {
  const { fence, run, asset, partition, fact: seq, reason, at, refusal = null } = reuse;
  const state = refusal === null ? "reused" : "failed";
  await checkFence(db, run, fence);
  const environment = await checkUnderWay(db, run);
  const step = withChecks(await requireStep(db, { run, asset, partition }, state), reuse.standing);
  const fact = await db
    .selectFrom("materializations")
    .select(["rows", "bytes", "data_version"])
    .where("seq", "=", seq)
    .executeTakeFirst();
  if (fact === undefined) throw new AppError("not_found", `no materialization has number ${seq}; plan ${asset} again`);
  // found before it was retired: its file is there still, and readers see it from now on
  await db
    .updateTable("materializations")
    .set({ retired_at: null, ...(refusal === null ? { refused: 0 } : {}) })
    .where("seq", "=", seq)
    .where((e) => e.or([e("retired_at", "is not", null), e("refused", "=", 1)]))
    .execute();
  const moved = await writeStep(
    db,
    {
      ...step,
      ...timesOf(step, state, at),
      ...{ state, reason, rows: fact.rows, bytes: fact.bytes, dataVersion: fact.data_version, error: refusal },
    },
    at,
    seq,
  );
  if (refusal === null) await movePointer(db, environment, { asset, partition, fact: seq }, moved);
  await insertResults(db, seq, reuse.checks ?? [], at);
}

function withChecks(step: Step, names: readonly string[] = []): Step {
  return names.length === 0 ? step : { ...step, checks: names };
}

/** Moves what readers of an environment see. */
async function movePointer(
  db: Db,
  environment: string | null,
  pointer: { readonly asset: AssetKey; readonly partition: string; readonly fact: number },
  movedSeq: number,
): Promise<void> {
  if (environment !== null) return moveBranchPointer(db, environment, pointer, movedSeq);
  const { asset, partition, fact } = pointer;
  await db
    .insertInto("pointers")
    .values({ asset, partition, fact, moved_seq: movedSeq })
    .onConflict((c) => c.columns(["asset", "partition"]).doUpdateSet({ fact, moved_seq: movedSeq }))
    .execute();
}

/** See `Store.pointers`. */
export async function pointers(
  db: Db,
  assets?: readonly AssetKey[],
  environment?: string,
): Promise<readonly Materialization[]> {
  const published = await publishedPointers(db, assets);
  if (environment === undefined) return published;
  const rows = await db
    .selectFrom("branch_pointers as p")
    .innerJoin("materializations as m", "m.seq", "p.fact")
    .selectAll("m")
    .select(["p.asset", "p.partition"])
    .where("p.branch", "=", environment)
    .execute();
  const wanted = assets === undefined ? null : new Set<string>(assets);
  const facts = new Map(published.map((fact) => [`${fact.asset}\n${fact.partition}`, fact]));
  for (const row of rows)
    if (wanted === null || wanted.has(row.asset)) facts.set(`${row.asset}\n${row.partition}`, toFact(row));
  return Array.from(facts.entries())
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, fact]) => fact);
}

/** The facts that readers see, under the asset and partition that point at them: rows for `toFacts`. */
export function seen(db: Db) {
  return db
    .selectFrom("pointers as p")
    .innerJoin("materializations as m", "m.seq", "p.fact")
    .selectAll("m")
    .select(["p.asset", "p.partition"]);
}

async function publishedPointers(db: Db, assets?: readonly AssetKey[]): Promise<readonly Materialization[]> {
  const query = seen(db).orderBy("p.asset").orderBy("p.partition");
  if (assets === undefined) return toFacts(await query.execute());
  const facts: (readonly Materialization[])[] = [];
  for (const part of chunks([...new Set(assets)].sort(), keysAStatement))
    facts.push(toFacts(await query.where("p.asset", "in", part).execute()));
  return facts.flat();
}

/** Newest first. */
export async function materializations(db: Db, query: HistoryQuery): Promise<readonly Materialization[]> {
  let select = db
    .selectFrom("materializations")
    .selectAll()
    .where("asset", "=", query.asset)
    .orderBy("seq", "desc")
    .limit(query.limit);
  if (query.partition !== undefined) select = select.where("partition", "=", query.partition);
  if (query.before !== undefined) select = select.where("seq", "<", query.before);
  const { environment } = query;
  // what a branch made is no part of what was published, unless it was promoted
  // by the row, since runs and promotions may be many
  select = select.where((e) =>
    e.or([
      e.exists(
        e
          .selectFrom("runs as r")
          .select("r.id")
          .whereRef("r.id", "=", "materializations.run")
          .where((r) =>
            environment === undefined
              ? r("r.environment", "is", null)
              : r.or([r("r.environment", "is", null), r("r.environment", "=", environment)]),
          ),
      ),
      e.exists(
        e
          .selectFrom("promotion_moves as p")
          .select("p.to_fact")
          .whereRef("p.to_fact", "=", "materializations.seq")
          .where("p.asset", "=", query.asset),
      ),
    ]),
  );
  return (await select.execute()).map((row) => toFact(row));
}

/** In the order of the run's steps. */
export async function materializationsOfRun(db: Db, run: string): Promise<readonly Materialization[]> {
  const rows = await db
    .selectFrom("steps as s")
    .innerJoin("materializations as m", "m.seq", "s.fact")
    .selectAll("m")
    .select(["s.asset", "s.partition"])
    .where("s.run", "=", run)
    .where("s.state", "!=", "failed")
    .orderBy("s.position")
    .execute();
  return rows.map((row) => toFact(row));
}

/** The newest fact of each key that has one, in the order of the keys. */
export async function byMemoKeys(
  db: Db,
  keys: readonly string[],
  { refused = false }: { readonly refused?: boolean } = {},
): Promise<readonly Materialization[]> {
  const newest = new Map<string, Materialization>();
  for (const part of chunks([...new Set(keys)], keysAStatement)) {
    const rows = await db
      .selectFrom("materializations")
      .selectAll()
      .where("seq", "in", (e) =>
        e
          .selectFrom("materializations")
          .select((f) => f.fn.max("seq").as("seq"))
          .where("memo_key", "in", part)
          .where("retired_at", "is", null)
          .$if(!refused, (f) => f.where("refused", "=", 0))
          .groupBy("memo_key"),
      )
      .execute();
    for (const row of rows) newest.set(row.memo_key, toFact(row));
  }
  return [...new Set(keys)].flatMap((key) => newest.get(key) ?? []);
}

/** See `Store.failures`. */
export async function failures(db: Db, environment?: string, asset?: AssetKey): Promise<readonly Failure[]> {
  const rows = await db
    .with("latest", (e) =>
      e
        .selectFrom("steps")
        .select(["asset", "partition"])
        .select((f) => f.fn.max("changed_seq").as("seq"))
        .where("state", "=", "failed")
        .$if(asset !== undefined, (f) => f.where("asset", "=", asset ?? ""))
        .where((f) =>
          f(
            "run",
            environment === undefined ? "not in" : "in",
            f
              .selectFrom("runs")
              .select("id")
              .where("environment", environment === undefined ? "is not" : "=", environment ?? null),
          ),
        )
        .groupBy(["asset", "partition"]),
    )
    .selectFrom("latest")
    .innerJoin("steps as s", (join) =>
      join
        .onRef("s.asset", "=", "latest.asset")
        .onRef("s.partition", "=", "latest.partition")
        .onRef("s.changed_seq", "=", "latest.seq")
        .on("s.state", "=", "failed"),
    )
    .leftJoin(
      (e) =>
        (environment === undefined
          ? e.selectFrom("pointers").select(["asset", "partition", "moved_seq"])
          : e
              .selectFrom("branch_pointers")
              .select(["asset", "partition", "moved_seq"])
              .where("branch", "=", environment)
        ).as("p"),
      (join) => join.onRef("p.asset", "=", "s.asset").onRef("p.partition", "=", "s.partition"),
    )
    .leftJoin("wipes as w", (join) => join.onRef("w.asset", "=", "s.asset").onRef("w.partition", "=", "s.partition"))
    .where((e) => e.or([e("p.moved_seq", "is", null), e("p.moved_seq", "<", e.ref("s.changed_seq"))]))
    .where((e) => e.or([e("w.seq", "is", null), e("w.seq", "<", e.ref("s.changed_seq"))]))
    .select(["s.asset", "s.partition", "s.ended_at", "s.error", "s.run"])
    .orderBy("s.asset")
    .orderBy("s.partition")
    .execute();
  return rows.map((row) => ({
    asset: row.asset as AssetKey,
    partition: row.partition,
    at: row.ended_at ?? 0,
    error: parseNullableJson<StepError>(row.error),
    run: row.run,
  }));
}

/** Duration in milliseconds of the last ten computations of each asset, oldest first within an asset. */
export async function recentDurations(db: Db): Promise<readonly (readonly [AssetKey, number])[]> {
  // the subquery reads ten entries of an index for each asset, where a window function would read every fact
  const { rows } = await sql<{ readonly asset: string; readonly ms: number }>`
    select a.asset as asset, m.ms as ms
    from (select distinct asset from materializations) a
    join materializations m on m.seq in (
      select l.seq from materializations l where l.asset = a.asset order by l.seq desc limit 10
    )
    order by m.seq`.execute(db);
  return rows.map(({ asset, ms }) => [asset as AssetKey, ms]);
}

/** A fact as its row. */
export function fromFact(fact: Materialization, isRefused: boolean): MaterializationRow {
  return {
    seq: fact.seq,
    asset: fact.asset,
    partition: fact.partition,
    run: fact.run,
    code_version: fact.codeVersion,
    data_version: fact.dataVersion,
    inputs: toJson(fact.inputs),
    bound: fact.bound,
    memo_key: fact.memoKey,
    format: fact.format,
    sha256: fact.sha256,
    bytes: fact.bytes,
    rows: fact.rows,
    schema: toJson(fact.schema),
    ms: fact.ms,
    engine: fact.engine,
    created_at: fact.createdAt,
    expires_at: fact.expiresAt,
    retired_at: null,
    refused: isRefused ? 1 : 0,
  };
}

/** Rows as the facts that they were. Partitions of an asset mostly have one schema, which is then read and kept once. */
export function toFacts(rows: readonly MaterializationRow[]): readonly Materialization[] {
  const schemas = new Map<string, Materialization["schema"]>();
  return rows.map((row) => {
    const schema = schemas.get(row.schema) ?? parseJson<Materialization["schema"]>(row.schema);
    schemas.set(row.schema, schema);
    return toFact(row, schema);
  });
}

/** A row as the fact that it was. */
function toFact(
  row: MaterializationRow,
  schema = parseJson<Materialization["schema"]>(row.schema),
): Materialization {
  return {
    seq: row.seq,
    asset: row.asset as AssetKey,
    partition: row.partition,
    run: row.run,
    codeVersion: row.code_version,
    dataVersion: row.data_version,
    inputs: parseJson<Materialization["inputs"]>(row.inputs),
    bound: row.bound,
    memoKey: row.memo_key,
    format: row.format,
    sha256: row.sha256,
    bytes: row.bytes,
    rows: row.rows,
    schema,
    ms: row.ms,
    engine: row.engine,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
