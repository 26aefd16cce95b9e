import { expect, test } from "vitest";
import { metricsText } from "../../../server/handlers/metrics.ts";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

/** Prometheus's text format 0.0.4, read strictly. */
function parse(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      expect(types.has(type[1] ?? "")).toBe(false);
      types.set(type[1] ?? "", type[2] ?? "");
      continue;
    }
    if (/^# HELP [a-z_]+ [^\n]+$/.test(line)) continue;
    const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)*\})? (\+Inf|-?[0-9.e+-]+)$/.exec(line);
    expect([line, sample !== null]).toEqual([line, true]);
    const [, name = "", labels = "", value = ""] = sample ?? [];
    expect([name, types.has(name.replace(/_(bucket|sum|count)$/, "")) || types.has(name)]).toEqual([name, true]);
    expect(samples.has(name + labels)).toBe(false);
    samples.set(name + labels, value === "+Inf" ? Infinity : Number(value));
  }
  return samples;
}

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
