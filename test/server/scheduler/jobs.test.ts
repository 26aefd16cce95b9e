import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settableClock, type SettableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal, runEnded } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const daily = (zone = "UTC") =>
  notebook(
    [
      ["sql", 'output="days" partitions="daily from=2026-01-01"', "SELECT ${partition.key} AS day"],
      [
        "sql",
        'output="both" partitions="date: daily from=2026-01-01; region: static eu us"',
        "SELECT ${partition.key} AS k",
      ],
      ["sql", 'output="one"', "SELECT 1 AS x"],
    ],
    `timezone="${zone}"`,
  );
const config = (jobs: object) => JSON.stringify({ jobs });

/** Lets time pass as a server that is up lives through it, one look at each time that it asked to be woken. */
async function pass(clock: SettableClock, { open }: LocalWorkspace, to: number): Promise<void> {
  for (let next = clock.nextWake; next !== null && next <= to; next = clock.nextWake) {
    clock.set(next);
    await open.scheduler.look();
  }
  clock.set(to);
  await open.scheduler.look();
}

async function stepsOf({ open }: LocalWorkspace, id: string): Promise<readonly string[]> {
  return (await open.store.steps(id)).map(({ asset, partition }) =>
    partition === "" ? asset : `${asset} ${partition}`,
  );
}

test("C11 a job's tick runs the partitions that have just ended, of every dimension of time", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 10, 5));
  await using workspace = await openLocal(
    {
      "a.html": daily(),
      "cellar.json": config({
        nightly: { select: "a/*", schedule: "0 6 * * *", tags: { team: "x" }, priority: 7 },
        late: { select: "a/days", schedule: "0 6 * * *", partition: "ended -2" },
        some: { select: "a/days", schedule: "0 6 * * *", partition: "last 3" },
        named: { select: "a/days", schedule: "0 6 * * *", partition: "2026-01-02..2026-01-03" },
        never: { select: "a/days", schedule: "0 6 * * *", partition: "2027-01-01" },
      }),
    },
    { clock, concurrency: 0 },
  );
  const { store, scheduler } = workspace.open;
  await scheduler.look();
  await pass(clock, workspace, Date.UTC(2026, 0, 10, 6));
  const runOf = async (job: string) => (await store.ticks(`job:${job}`, 9))[0]?.run ?? "";
  expect(await stepsOf(workspace, await runOf("nightly"))).toEqual(
    expect.arrayContaining(["a/days 2026-01-09", "a/both 2026-01-09|eu", "a/both 2026-01-09|us", "a/one"]),
  );
  expect(await stepsOf(workspace, await runOf("nightly"))).toHaveLength(4);
  expect(await stepsOf(workspace, await runOf("late"))).toEqual(["a/days 2026-01-07"]);
  expect(await stepsOf(workspace, await runOf("some"))).toEqual([
    "a/days 2026-01-07",
    "a/days 2026-01-08",
    "a/days 2026-01-09",
  ]);
  expect(await stepsOf(workspace, await runOf("named"))).toEqual(["a/days 2026-01-02", "a/days 2026-01-03"]);
  expect(await store.ticks("job:never", 9)).toMatchObject([
    { decision: "failed", run: null, reason: expect.stringContaining("2027-01-01") },
  ]);
  expect(await store.run(await runOf("nightly"))).toMatchObject({
    trigger: { type: "schedule", schedule: "job:nightly", tick: Date.UTC(2026, 0, 10, 6) },
    tags: { team: "x", job: "nightly" },
    priority: 7,
  });
});

test("C11 a notebook's tick is about the partition that ended, also where it was missed", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 10, 5));
  await using workspace = await openLocal(
    { "a.html": daily().replace("<notebook ", '<notebook schedule="0 6 * * *" catchup="all" ') },
    { clock, concurrency: 0 },
  );
  await workspace.call("publish", { path: "a.html" });
  clock.set(Date.UTC(2026, 0, 12, 7));
  await workspace.open.scheduler.look();
  const runs = (await workspace.open.store.ticks("a.html", 9)).toReversed().map(({ run }) => run ?? "");
  expect(
    await Promise.all(runs.map(async (id) => (await stepsOf(workspace, id)).filter((step) => step.includes("days")))),
  ).toEqual([["a/days 2026-01-09"], ["a/days 2026-01-10"], ["a/days 2026-01-11"]]);
});

test("C11 a job follows its partitions: cadence and zone are theirs, over a change to summer time", async () => {
  const clock = settableClock(Date.UTC(2026, 2, 27, 12));
  await using workspace = await openLocal(
    {
      "a.html": daily("Europe/Berlin"),
      "cellar.json": config({ follow: { select: "a/days", schedule: "partitions" } }),
    },
    { clock, concurrency: 0 },
  );
  const { store, scheduler } = workspace.open;
  await scheduler.look();
  await pass(clock, workspace, Date.UTC(2026, 2, 30, 12));
  const ticks = (await store.ticks("job:follow", 9)).toReversed();
  expect(
    await Promise.all(
      ticks.map(async ({ tick, run }) => [new Date(tick).toISOString(), await stepsOf(workspace, run ?? "")]),
    ),
  ).toEqual([
    ["2026-03-27T23:00:00.000Z", ["a/days 2026-03-27"]],
    ["2026-03-28T23:00:00.000Z", ["a/days 2026-03-28"]],
    ["2026-03-29T22:00:00.000Z", ["a/days 2026-03-29"]],
  ]);
});

test("a job that follows partitions and has none, or several cadences, says so and has no ticks", async () => {
  await using workspace = await openLocal(
    {
      "a.html": notebook([
        ["sql", 'output="one"', "SELECT 1 AS x"],
        ["sql", 'output="days" partitions="daily from=2026-01-01"', "SELECT 1 AS x"],
        ["sql", 'output="hours" partitions="hourly from=2026-01-01"', "SELECT 1 AS x"],
      ]),
      "cellar.json": config({
        none: { select: "a/one", schedule: "partitions" },
        both: { select: "a/days or a/hours", schedule: "partitions" },
      }),
    },
    { concurrency: 0 },
  );
  const { jobs } = await workspace.call("jobs", {});
  expect(jobs.map(({ name, problem, nextTick }) => [name, nextTick, problem])).toEqual([
    ["none", null, expect.stringContaining("none of its assets has any of time")],
    ["both", null, expect.stringContaining("several cadences (0 0 * * * UTC; 0 * * * * UTC)")],
  ]);
});

test("C3 C4 several crons of a job tick each instant once, in its zone, where clocks go forward", async () => {
  const clock = settableClock(Date.UTC(2026, 2, 28, 12));
  await using workspace = await openLocal(
    {
      "a.html": daily(),
      "cellar.json": config({
        a: { select: "a/one", schedule: ["30 2 * * *", "0 3 * * *"], timezone: "Europe/Berlin" },
      }),
    },
    { clock, concurrency: 0 },
  );
  await workspace.open.scheduler.look();
  await pass(clock, workspace, Date.UTC(2026, 2, 30, 12));
  const history = await workspace.call("scheduleTicks", { name: "job:a" });
  expect(history.ticks.toReversed().map(({ tick }) => new Date(tick).toISOString())).toEqual([
    "2026-03-29T01:00:00.000Z",
    "2026-03-30T00:30:00.000Z",
    "2026-03-30T01:00:00.000Z",
  ]);
  const preview = await workspace.call("schedulePreview", { name: "a", from: "2026-03-29", to: "2026-03-30" });
  expect(preview.ticks).toEqual(["2026-03-29T01:00:00.000Z"]);
});

test("a paused schedule keeps its ticks as skipped, and goes on from its resumption; a restart changes nothing", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 10, 5, 30));
  await using workspace = await openLocal(
    { "a.html": daily(), "cellar.json": config({ a: { select: "a/one", schedule: "0 * * * *", catchup: "all" } }) },
    { clock, concurrency: 0 },
  );
  const { open } = workspace;
  await open.scheduler.look();
  await pass(clock, workspace, Date.UTC(2026, 0, 10, 6));
  expect(await workspace.call("pauseSchedule", { name: "job:a" })).toMatchObject({
    name: "job:a",
    paused: clock.now(),
  });
  clock.set(Date.UTC(2026, 0, 10, 8, 30));
  await workspace.call("resumeSchedule", { name: "a" });
  await pass(clock, workspace, Date.UTC(2026, 0, 10, 9));
  expect((await open.store.ticks("job:a", 9)).map(({ decision, reason }) => [decision, reason])).toEqual([
    ["run", "due"],
    ["skipped", "the schedule is paused"],
    ["skipped", "the schedule is paused"],
    ["run", "due"],
  ]);
  const told = (await open.store.eventsAfter(0, 1000)).flatMap(({ event }) =>
    event.type === "schedule_paused" ? [event.paused] : [],
  );
  expect(told).toEqual([true, false]);
});

test("a job that leaves cellar.json for a while has missed nothing; what is edited holds at once", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 10, 5, 30));
  const a = { select: "a/one", schedule: "0 * * * *", catchup: "all" };
  await using workspace = await openLocal(
    { "a.html": daily(), "cellar.json": config({ a }) },
    { clock, concurrency: 0 },
  );
  const { open } = workspace;
  const write = async (jobs: object) => {
    await writeFile(join(workspace.path, "cellar.json"), config(jobs));
    await open.live.reload();
    await open.scheduler.look();
  };
  await open.scheduler.look();
  await pass(clock, workspace, Date.UTC(2026, 0, 10, 6));
  await write({});
  await pass(clock, workspace, Date.UTC(2026, 0, 10, 9));
  await write({ a });
  await pass(clock, workspace, Date.UTC(2026, 0, 10, 10));
  expect((await open.store.ticks("job:a", 9)).map(({ tick }) => new Date(tick).getUTCHours())).toEqual([10, 6]);
});

test("a job runs by name with its params, tags and partition, or others", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([["sql", 'output="one"', "SELECT ${params.year} AS y"]], `params='{"year": 1}'`),
    "cellar.json": config({ a: { select: "a/one", params: { year: 2 }, tags: { team: "x" } } }),
  });
  const started = await workspace.call("runJob", { name: "a", params: {}, tags: { by: "me" } });
  await runEnded(workspace.open, started.run);
  expect(await workspace.open.store.run(started.run)).toMatchObject({
    state: "succeeded",
    trigger: { type: "job", job: "a" },
    params: { year: 2 },
    tags: { team: "x", job: "a", by: "me" },
  });
  await expect(workspace.call("runJob", { name: "b" })).rejects.toMatchObject({
    code: "not_found",
    message: 'no job of cellar.json is named "b"; there are a',
  });
});

test(`ticks of a job that is ${day / hour} hours late are decided by its catchup`, async () => {
  const clock = settableClock(Date.UTC(2026, 0, 10, 5, 30));
  await using workspace = await openLocal(
    { "a.html": daily(), "cellar.json": config({ a: { select: "a/days", schedule: "0 * * * *", catchup: "2" } }) },
    { clock, concurrency: 0 },
  );
  const { open } = workspace;
  await open.scheduler.look();
  clock.set(clock.now() + day);
  await open.scheduler.look();
  const decisions = (await open.store.ticks("job:a", 99)).map(({ decision }) => decision);
  expect([decisions.length, decisions.filter((decision) => decision === "run").length]).toEqual([24, 2]);
});
