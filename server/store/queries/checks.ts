import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { CheckResult, StoredCheckResult } from "../../../cells/model/check.ts";
import { sql } from "../kysely.ts";
import type { CheckResultRow, Db } from "../schema.ts";
import type { CheckQuery } from "../store.ts";
import { insertEvents, toNewEvent } from "./events.ts";
import { chunks, parseJson, toJson } from "./rows.ts";

const rowsAStatement = 100;
const keysAStatement = 1000;

/** Writes results of checks of a fact, each with its event. */
export async function insertResults(db: Db, fact: number, results: readonly CheckResult[], at: number): Promise<void> {
  await insertResultsOf(
    db,
    results.map((result) => ({ fact, result })),
    at,
  );
}

/** As `insertResults`, of several facts. */
export async function insertResultsOf(
  db: Db,
  results: readonly { readonly fact: number; readonly result: CheckResult }[],
  at: number,
): Promise<void> {
  if (results.length === 0) return;
  const last = await db
    .selectFrom("check_results")
    .select((e) => e.fn.max("seq").as("seq"))
    .executeTakeFirst();
  const rows = results.map(({ fact, result }, i) => fromResult(result, (last?.seq ?? 0) + 1 + i, fact));
  for (const part of chunks(rows, rowsAStatement)) await db.insertInto("check_results").values(part).execute();
  await insertEvents(
    db,
    results.map(({ result: { run, asset, partition, check, status, severity, blocking, failing } }) =>
      toNewEvent({ type: "checked", run, asset, partition, check, status, severity, blocking, failing }, at),
    ),
  );
}

/** See `Store.checkResults`. */
export async function checkResults(db: Db, query: CheckQuery): Promise<readonly StoredCheckResult[]> {
  const select = db.selectFrom("check_results").selectAll().orderBy("seq", "desc");
  switch (query.by) {
    case "asset":
      return (await select.where("asset", "=", query.asset).limit(query.limit).execute()).map(toResult);
    case "run": {
      const facts = await db
        .selectFrom("steps")
        .select((e) => e.ref("fact").$notNull().as("fact"))
        .where("run", "=", query.run)
        .where("fact", "is not", null)
        .execute();
      return ofFacts(
        db,
        facts.map(({ fact }) => fact),
      );
    }
    case "facts":
      return ofFacts(db, query.facts);
    case "memo": {
      const found: StoredCheckResult[] = [];
      for (const part of chunks([...new Set(query.keys)], keysAStatement))
        found.push(...(await select.where("memo_key", "in", part).execute()).map(toResult));
      return found;
    }
  }
}

/** See `Store.failingChecks`. */
export async function failingChecks(db: Db, assets: readonly AssetKey[]): Promise<readonly StoredCheckResult[]> {
  const found: StoredCheckResult[] = [];
  for (const part of chunks([...new Set(assets)], keysAStatement)) {
    const rows = await db
      .selectFrom("check_results as c")
      .innerJoin("pointers as p", (join) =>
        join.onRef("p.asset", "=", "c.asset").onRef("p.partition", "=", "c.partition").onRef("p.fact", "=", "c.fact"),
      )
      .selectAll("c")
      .where("c.asset", "in", part)
      // as text, so that the index of these alone is taken
      .where(sql<boolean>`c.status <> 'passed'`)
      .where((e) =>
        e.not(
          e.exists(
            e
              .selectFrom("check_results as l")
              .select("l.seq")
              .whereRef("l.fact", "=", "c.fact")
              .whereRef("l.asset", "=", "c.asset")
              .whereRef("l.partition", "=", "c.partition")
              .whereRef("l.check_name", "=", "c.check_name")
              .whereRef("l.seq", ">", "c.seq"),
          ),
        ),
      )
      .orderBy("c.seq", "desc")
      .execute();
    found.push(...rows.map(toResult));
  }
  return found;
}

async function ofFacts(db: Db, facts: readonly number[]): Promise<readonly StoredCheckResult[]> {
  const found: StoredCheckResult[] = [];
  for (const part of chunks([...new Set(facts)], keysAStatement)) {
    const rows = await db
      .selectFrom("check_results")
      .selectAll()
      .where("fact", "in", part)
      .orderBy("seq", "desc")
      .execute();
    found.push(...rows.map(toResult));
  }
  return found;
}

function fromResult(result: CheckResult, seq: number, fact: number): CheckResultRow {
  return {
    seq,
    fact,
    asset: result.asset,
    partition: result.partition,
    run: result.run,
    check_name: result.check,
    status: result.status,
    severity: result.severity,
    blocking: result.blocking ? 1 : 0,
    failing: result.failing,
    rows_sha256: result.rows?.sha256 ?? null,
    rows_bytes: result.rows?.bytes ?? null,
    rows_count: result.rows?.rows ?? null,
    message: result.message,
    metadata: toJson(result.metadata),
    code_version: result.codeVersion,
    memo_key: result.memoKey,
    ms: result.ms,
    at: result.at,
  };
}

function toResult(row: CheckResultRow): StoredCheckResult {
  return {
    seq: row.seq,
    fact: row.fact,
    asset: row.asset as AssetKey,
    partition: row.partition,
    run: row.run,
    check: row.check_name,
    status: row.status,
    severity: row.severity,
    blocking: row.blocking === 1,
    failing: row.failing,
    rows:
      row.rows_sha256 === null
        ? null
        : { sha256: row.rows_sha256, bytes: row.rows_bytes ?? 0, rows: row.rows_count ?? 0 },
    message: row.message,
    metadata: parseJson<StoredCheckResult["metadata"]>(row.metadata),
    codeVersion: row.code_version,
    memoKey: row.memo_key,
    ms: row.ms,
    at: row.at,
  };
}
