import { expect, test } from "vitest";
import { Histogram } from "../../../server/metrics/exposition.ts";
import { metricsText } from "../../../server/metrics/metrics-text.ts";
import { settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

/** Prometheus's text format 0.0.4, read as strictly as `promtool check metrics` does. */
function parse(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  let family = "";
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP ([a-z_]+) [^\n]+$/.exec(line);
    if (help) {
      family = help[1] ?? "";
      expect([family, helped.has(family)]).toEqual([family, false]);
      helped.add(family);
      continue;
    }
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      expect([type[1], types.has(family)]).toEqual([family, false]);
      expect([family, type[2] === "counter"]).toEqual([family, family.endsWith("_total")]);
      types.set(family, type[2] ?? "");
      continue;
    }
    const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)*\})? (\+Inf|-?[0-9.e+-]+)$/.exec(line);
    expect([line, sample !== null]).toEqual([line, true]);
    const [, name = "", labels = "", value = ""] = sample ?? [];
    // every family stands in one piece, behind its type
    const own = types.get(family) === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name;
    expect([line, own, types.has(own)]).toEqual([line, family, true]);
    expect([line, samples.has(name + labels)]).toEqual([line, false]);
    samples.set(name + labels, value === "+Inf" ? Infinity : Number(value));
  }
  for (const [name, type] of types) {
    if (type !== "histogram") continue;
    const buckets = [...samples].filter(([key]) => key.startsWith(`${name}_bucket{`)).map(([, value]) => value);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(samples.get(`${name}_bucket{le="+Inf"}`)).toBe(samples.get(`${name}_count`));
  }
  expect([...helped]).toEqual([...types.keys()]);
  return samples;
}

const read = async ({ open }: LocalWorkspace) => {
  while (open.counts.position < (await open.store.lastSeq())) await new Promise((resolve) => setImmediate(resolve));
  return parse(await metricsText(open));
};

test("metrics are valid text of Prometheus: runs by state, durations, queue, schedules, the log, the process", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([["sql", 'output="one" pool="w"', "SELECT 1 AS x"]]),
    "cellar.json": JSON.stringify({ pools: { w: 1 }, jobs: { j: { select: "*", schedule: "0 6 * * *" } } }),
  });
  await workspace.run();
  const samples = parse(await metricsText(workspace.open));
  expect(samples.get('cellar_recent_runs{state="succeeded"}')).toBe(1);
  expect(samples.get("cellar_recent_run_duration_seconds_count")).toBe(1);
  expect(samples.get('cellar_recent_run_duration_seconds_bucket{le="+Inf"}')).toBe(1);
  expect(samples.get('cellar_pool_limit{pool="w"}')).toBe(1);
  expect(samples.get('cellar_schedule_lag_seconds{schedule="job:j"}')).toBe(0);
  expect(samples.get("cellar_events_total")).toBe(await workspace.open.store.lastSeq());
  expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(0);
});

test("steps, checks, freshness, conditions and outboxes are counted from the start on, by labels of few values", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const cells = (bad: string) =>
    notebook([
      ["sql", 'output="one" fresh="within 1h"', "SELECT 1 AS x UNION ALL SELECT 2"],
      ["sql", 'output="two" automation="eager"', "SELECT count(*) AS n FROM one"],
      ["sql", 'output="wrong"', bad],
      ["sql", 'output="small" check="one" severity="warn"', "SELECT * FROM one WHERE x > 1"],
    ]);
  await using workspace = await openLocal(
    {
      "a.html": cells("SELECT nothing AS x"),
      "cellar.json": JSON.stringify({
        alerts: { ops: { on: ["run_failed"], webhook: { url: "http://127.0.0.1:9/" } } },
      }),
    },
    { clock },
  );
  const { open } = workspace;
  await workspace.call("publish", { path: "a.html" });
  await open.counts.start();
  await open.freshness.start();
  await open.automation.look();
  await open.eventsOut.look();
  await workspace.run();
  await open.automation.look();
  const problem = async () => (await open.eventsOut.state()).find(({ name }) => name === "alert ops")?.problem ?? null;
  while ((await problem()) === null) await new Promise((resolve) => setImmediate(resolve));
  const samples = await read(workspace);
  const of = (name: string) => Object.fromEntries([...samples].filter(([key]) => key.startsWith(`${name}{`)));
  expect(of("cellar_steps_ended_total")).toEqual({
    'cellar_steps_ended_total{state="succeeded"}': 2,
    'cellar_steps_ended_total{state="reused"}': 0,
    'cellar_steps_ended_total{state="skipped"}': 0,
    'cellar_steps_ended_total{state="failed"}': 1,
    'cellar_steps_ended_total{state="blocked"}': 0,
    'cellar_steps_ended_total{state="cancelled"}': 0,
  });
  expect(samples.get("cellar_step_duration_seconds_count")).toBe(3);
  expect(samples.get('cellar_runs_ended_total{state="failed"}')).toBe(1);
  expect([samples.get("cellar_run_duration_seconds_count"), samples.get("cellar_run_wait_seconds_count")]).toEqual([
    1, 1,
  ]);
  expect(samples.get("cellar_rows_materialized_total")).toBe(3);
  expect(samples.get('cellar_checks_total{severity="warn",status="failed"}')).toBe(1);
  expect(samples.get('cellar_freshness_assets{state="pass"}')).toBe(1);
  expect(samples.get("cellar_automation_evaluations_total")).toBeGreaterThan(0);
  expect(samples.get('cellar_sensor_ticks_total{state="run"}')).toBe(0);
  clock.set(clock.now() + 500);
  const later = await read(workspace);
  expect(later.get('cellar_outbox_lag_seconds{outbox="alert ops"}')).toBe(0.5);
  expect(later.get('cellar_outbox_failing{outbox="alert ops"}')).toBe(1);
  const labels = new Set([...later.keys()].flatMap((key) => [...key.matchAll(/(\w+)="/g)].map(([, name]) => name)));
  expect([...labels].sort()).toEqual(
    ["decision", "le", "outbox", "pool", "schedule", "severity", "state", "status", "to"].filter((label) =>
      labels.has(label),
    ),
  );
});

test("a histogram counts each value in its bucket and in those above", () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 9]) histogram.add(value);
  expect(histogram.text("h", "of values")).toBe(
    '# HELP h of values\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 4\nh_sum 12\nh_count 4\n',
  );
});
