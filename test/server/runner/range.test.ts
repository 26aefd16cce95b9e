import { expect, test } from "vitest";
import type { Materialization } from "../../../cells/model/materialization.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { openLocal, type LocalWorkspace } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const daily = 'partitions="daily from=2026-01-01 to=2026-01-21"';
const pipeline = notebook(
  [
    [
      "sql",
      'output="events"',
      "SELECT timestamptz '2026-01-01 00:00:00+00' + to_minutes(i * 31) AS ts, i AS n, i % 7 AS k FROM range(940) t(i)",
    ],
    [
      "sql",
      `output="day" ${daily} expect="not_null(n); unique(n); between(k, 0, 6); rows(1..)"`,
      "SELECT * FROM events WHERE ts >= ${partition.start} AND ts < ${partition.end}",
    ],
    ["sql", `check="day" output="early"`, "SELECT * FROM day WHERE ts < ${partition.start}"],
    ["sql", `output="totals" ${daily}`, "SELECT k, count(*) AS c, max(n) AS n FROM day GROUP BY k"],
    [
      "sql",
      `output="weekly" ${daily} upstream="totals: last 7"`,
      "SELECT k, sum(c)::BIGINT AS c FROM totals GROUP BY k",
    ],
  ],
  'timezone="UTC"',
);
const keys = ["day", "totals", "weekly"].map((name) => AssetKey.of("a", name));

/** What a fact says, without when and where it was made. */
async function factsOf({ open: { store } }: LocalWorkspace) {
  const facts = await store.pointers(keys);
  const details = await store.factDetails(facts.map(({ seq }) => seq));
  const results = await store.checkResults({ by: "facts", facts: facts.map(({ seq }) => seq) });
  return facts.map(({ seq, run: _run, sha256: _sha256, bytes: _bytes, ms: _ms, createdAt: _at, ...fact }) => ({
    ...(fact satisfies Partial<Materialization>),
    ...details.get(seq),
    checks: results
      .filter((result) => result.fact === seq)
      .map(({ check, status, failing, message, memoKey }) => [check, status, failing, message, memoKey])
      .sort(),
  }));
}

const reasons = async ({ open: { store } }: LocalWorkspace, run: string) =>
  new Map((await store.steps(run)).map(({ asset, partition, reason }) => [`${asset} ${partition}`, reason]));

test(
  "a pipeline of partitions with checks, computed by few statements, is what it is one by one",
  { timeout: 180_000 },
  async () => {
    await using together = await openLocal({ "a.html": pipeline });
    const run = await together.run({ partition: "*" });
    expect(run.state).toBe("succeeded");
    const said = await reasons(together, run.id);
    for (const key of keys) expect(said.get(`${key} 2026-01-20`)).toBe("computed with 19 more by one statement");
    await using alone = await openLocal({ "a.html": pipeline });
    for (const range of ["2026-01-01..2026-01-07", "2026-01-08..2026-01-14", "2026-01-15..2026-01-20"])
      await alone.run({ partition: range });
    const own = await factsOf(together);
    expect(own).toHaveLength(60);
    expect(own).toEqual(await factsOf(alone));
    expect(own.find(({ asset, partition }) => asset === keys[0] && partition === "2026-01-05")?.checks).toHaveLength(5);
    expect((await together.open.store.steps(run.id)).filter(({ checks }) => checks?.length === 5)).toHaveLength(20);
    // found again, by the same memo keys
    const again = await together.run({ partition: "*" });
    expect(new Set((await together.open.store.steps(again.id)).map(({ state }) => state))).toEqual(new Set(["reused"]));
  },
);

test(
  "what a check finds wrong is told by the one partition that has it, and what reads it waits",
  { timeout: 120_000 },
  async () => {
    const wrong = pipeline
      .replace('expect="', 'blocking expect="')
      .replace(
        "SELECT * FROM events WHERE",
        "SELECT ts, CASE WHEN n = 200 THEN NULL ELSE n END AS n, k FROM events WHERE",
      );
    await using workspace = await openLocal({ "a.html": wrong });
    const run = await workspace.run({ partition: "*" });
    expect(run.state).toBe("failed");
    const steps = await workspace.open.store.steps(run.id);
    const notDone = steps.filter(({ state }) => state !== "succeeded" && state !== "reused");
    expect(notDone.map(({ asset, partition, state }) => [asset, partition, state])).toEqual([
      ["a/day", "2026-01-05", "failed"],
      ["a/totals", "2026-01-05", "blocked"],
      ...Array.from({ length: 7 }, (_, i) => ["a/weekly", `2026-01-${String(5 + i).padStart(2, "0")}`, "blocked"]),
    ]);
    expect(notDone[0]?.error?.message).toContain("not_null(n)");
  },
);
