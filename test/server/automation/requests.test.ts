import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settableClock } from "../../support/clock.ts";
import { openLocal, runEnded } from "../../support/local.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { chain, minute, serverAt, start } from "./server.ts";

test("O11 a job is requested by what its roots wait for, as one run of the whole job with its tags, and not by that run", async () => {
  const page = notebook([
    ["sql", 'output="raw"', "SELECT 1 AS x"],
    ["sql", 'output="orders"', "SELECT x FROM raw"],
    ["sql", 'output="report"', "SELECT sum(x) AS total FROM orders"],
  ]);
  const night = {
    select: "a/orders+",
    automation: "any_job_root_assets_match(any_deps_updated())",
    tags: { team: "sales" },
  };
  await using folder = await temporaryWorkspace({
    "a.html": page,
    "cellar.json": JSON.stringify({ jobs: { night, day: { select: "*" } } }),
  });
  await using server = await serverAt(folder.path, settableClock(start));
  await server.look();
  await server.run("a/raw");
  await server.look();
  await server.look();
  const made = (await server.open.store.runs({ limit: 9 })).filter(({ trigger }) => trigger.type === "automation");
  expect(made).toMatchObject([{ selection: "a/orders+", tags: { team: "sales", job: "night" }, state: "succeeded" }]);
  expect((await server.open.store.steps(made[0]?.id ?? "")).map(({ asset, state }) => [asset, state])).toEqual([
    ["a/orders", "succeeded"],
    ["a/report", "succeeded"],
  ]);
  const { assets } = await server.call("automation", { key: "job:night" });
  expect(assets).toMatchObject([{ key: "job:night", held: null }]);
  const { evaluations } = await server.call("evaluations", { key: "job:night" });
  expect(evaluations.some(({ run }) => run === made[0]?.id)).toBe(true);
  expect((await server.call("jobs", {})).jobs).toMatchObject([
    { name: "night", automation: "any_job_root_assets_match(any_deps_updated())" },
    { name: "day", automation: null },
  ]);

  // paused, it is left alone; gone from cellar.json, it is no more
  expect(await server.call("pauseAutomation", { name: "job:night", paused: true })).toEqual({ changed: true });
  const { run } = await server.call("startRun", { select: "a/raw", force: true });
  await runEnded(server.open, run);
  await server.look();
  expect((await server.call("automation", {})).assets).toMatchObject([{ key: "job:night", held: "paused" }]);
  await writeFile(join(folder.path, "cellar.json"), "{}");
  await server.open.live.reload();
  await server.open.automation.reconsider();
  expect((await server.call("automation", {})).assets).toEqual([]);
  expect(await server.decided()).toEqual(["a/orders+"]);
  expect(server.reported).toEqual([]);
});

test("a cron of a job is due by the clock, and a job that cannot be planned says why", async () => {
  const hourly = { select: "a/orders", automation: 'cron_tick_passed("0 * * * *")', params: { unknown: 1 } };
  await using folder = await temporaryWorkspace({
    "a.html": chain("manual"),
    "cellar.json": JSON.stringify({ jobs: { hourly } }),
  });
  const clock = settableClock(start + minute);
  await using server = await serverAt(folder.path, clock);
  await server.look();
  expect(clock.nextWake).toBe(start + 60 * minute);
  clock.set(start + 60 * minute);
  await server.look();
  const { evaluations } = await server.call("evaluations", { key: "job:hourly" });
  expect(evaluations[0]).toMatchObject({ requested: 1, run: null, problem: expect.stringContaining("unknown") });
});

test("what asks for more steps than a part of a backfill has becomes one, with what reads it; the rest stays a run", async () => {
  const hours = 'partitions="hourly from=2026-01-01 to=2026-03-31"';
  const pages = {
    "a.html": notebook(
      [
        ["sql", 'output="source"', "SELECT 1 AS x"],
        ["sql", `output="hour" ${hours} automation="missing and not backfill_in_progress"`, "SELECT x FROM source"],
        ["sql", 'output="sum" automation="missing and not backfill_in_progress"', "SELECT sum(x) AS x FROM hour"],
        ["sql", 'output="other" automation="missing and not run_in_progress"', "SELECT 1 AS x"],
      ],
      'timezone="UTC"',
    ),
  };
  const clock = settableClock(Date.UTC(2026, 3, 1));
  await using local = await openLocal(pages, { clock, concurrency: 0 });
  const { open, call } = local;
  await call("publish", { path: "a.html" });
  await open.automation.look();
  await open.backfiller.look();
  const { backfills } = await call("backfills", {});
  expect(backfills).toMatchObject([
    { select: "a/hour or a/sum", partition: "*", state: "running", evaluation: 1, counts: { total: 2138 } },
  ]);
  const [first] = backfills;
  const decided = async (key: string) =>
    (await call("evaluations", { key })).evaluations.map(({ run, backfill, problem }) => [
      run !== null,
      backfill,
      problem,
    ]);
  expect(await decided("a/hour")).toEqual([[false, first?.id, null]]);
  expect(await decided("a/sum")).toEqual([[false, first?.id, null]]);
  expect(await decided("a/other")).toEqual([[true, null, null]]);
  const runs = await open.store.runs({ limit: 10 });
  const steps = await Promise.all(
    runs.map(async ({ id, trigger }) => [trigger.type, (await open.store.steps(id)).length]),
  );
  expect(steps.toSorted()).toEqual([
    ["automation", 1],
    ["backfill", 2000],
  ]);
  // it is under way: nothing is asked for again
  await open.automation.look();
  expect((await call("backfills", {})).backfills).toHaveLength(1);
});
