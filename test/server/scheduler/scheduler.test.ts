import { copyFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type OpenWorkspace, openWorkspace } from "../../../server/open-workspace.ts";
import type { DecidedTick } from "../../../server/store/store.ts";
import { type SettableClock, settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal, ownerCall, runEnded } from "../../support/local.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 31, 8, 0, 30);
/** the minute that begins 30 s after the start */
const first = start + minute / 2;

const scheduled = (attributes: string, source = "SELECT 1 AS x") =>
  notebook([["sql", 'output="one"', source]], attributes);

interface Server extends AsyncDisposable {
  readonly open: OpenWorkspace;
  readonly reported: unknown[];
  readonly call: LocalWorkspace["call"];
  /** oldest first */
  ticks(schedule?: string): Promise<readonly DecidedTick[]>;
}

/** A server that decides ticks and carries no run out. */
async function serverAt(path: string, clock: SettableClock): Promise<Server> {
  const reported: unknown[] = [];
  const open = await openWorkspace(path, { clock, concurrency: 0, report: (error) => reported.push(error) });
  await open.scheduler.look();
  return {
    open,
    reported,
    call: ownerCall(open),
    ticks: async (schedule = "a.html") => (await open.store.ticks(schedule, 100_000)).toReversed(),
    [Symbol.asyncDispose]: () => open.close(),
  };
}

/** Lets time pass as a server that is up lives through it, one look at each time that it asked to be woken. */
async function pass(clock: SettableClock, server: Server, to: number): Promise<void> {
  for (let next = clock.nextWake; next !== null && next <= to; next = clock.nextWake) {
    clock.set(next);
    await server.open.scheduler.look();
  }
  clock.set(to);
  await server.open.scheduler.look();
}

/** minutes since the first tick, what was decided, whether there is a run */
const decisions = (ticks: readonly DecidedTick[]) =>
  ticks.map(({ tick, decision, run }) => [(tick - first) / minute, decision, run !== null]);
const ran = (...minutes: readonly number[]) => minutes.map((n) => [n, "run", true]);

test("a tick starts one run, at its time and not before", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    { "a.html": scheduled('schedule="* * * * *"', "SELECT 42 AS answer") },
    { clock },
  );
  await workspace.call("publish", { path: "a.html" });
  const { store, scheduler } = workspace.open;
  clock.set(first - 1);
  await scheduler.look();
  expect(await store.runs({ limit: 10 })).toEqual([]);
  clock.set(first);
  await scheduler.look();
  const runs = await store.runs({ limit: 10 });
  expect(runs).toMatchObject([{ trigger: { type: "schedule", schedule: "a.html", tick: first }, createdAt: first }]);
  const id = runs[0]?.id ?? "";
  await runEnded(workspace.open, id);
  expect(await store.steps(id)).toMatchObject([{ asset: "a/one", state: "succeeded" }]);
  expect(await store.ticks("a.html", 10)).toEqual([
    { tick: first, decision: "run", reason: "due", run: id, decidedAt: first },
  ]);
});

test("F7 P5 many looks at once decide each tick once", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="* * * * *"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  for (let at = first; at < first + 5 * minute; at += minute) {
    clock.set(at);
    await Promise.all(Array.from({ length: 5 }, () => server.open.scheduler.look()));
  }
  expect(decisions(await server.ticks())).toEqual(ran(0, 1, 2, 3, 4));
  expect(await server.open.store.runs({ limit: 100 })).toHaveLength(5);
});

test.each([
  // missed ticks, catchup, how many of the latest run
  [1, "latest", 1],
  [1, "none", 0],
  [10, "latest", 1],
  [10, "all", 10],
  [10, "none", 0],
  [10, "3", 3],
  [10, "99", 10],
  [1000, "latest", 1],
  [1000, "all", 1000],
  [1000, "none", 0],
  [1000, "7", 7],
] as const)(
  "F8 P5 after %i missed ticks with catchup=%s each has a row, and the latest %i run",
  { timeout: 120_000 },
  async (missed, catchup, running) => {
    await using folder = await temporaryWorkspace({ "a.html": scheduled(`schedule="0 * * * *" catchup="${catchup}"`) });
    const clock = settableClock(start);
    {
      await using server = await serverAt(folder.path, clock);
      await server.call("publish", { path: "a.html" });
    }
    const firstHour = Date.UTC(2026, 0, 31, 9);
    clock.set(firstHour + (missed - 1) * hour + 30 * minute);
    const began = performance.now();
    await using server = await serverAt(folder.path, clock);
    const took = performance.now() - began;
    const ticks = await server.ticks();
    expect(ticks.map(({ tick, decision, run }) => [(tick - firstHour) / hour, decision, run !== null])).toEqual(
      Array.from({ length: missed }, (_, n) => (n >= missed - running ? [n, "run", true] : [n, "skipped", false])),
    );
    expect(new Set((await server.open.store.runs({ limit: 2000 })).map(({ id }) => id))).toEqual(
      new Set(ticks.flatMap(({ run }) => run ?? [])),
    );
    await server.open.scheduler.look();
    expect(await server.ticks()).toEqual(ticks);
    expect(server.reported).toEqual([]);
    if (missed === 1000) console.log(`1000 ticks with catchup=${catchup} decided in ${Math.round(took)} ms`);
  },
);

test("F8 catchup=none leaves out a tick that was missed by more than a minute, and no other", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="0 * * * *" catchup="none"') });
  const clock = settableClock(start);
  {
    await using server = await serverAt(folder.path, clock);
    await server.call("publish", { path: "a.html" });
  }
  clock.set(Date.UTC(2026, 0, 31, 10, 2));
  await using server = await serverAt(folder.path, clock);
  await pass(clock, server, Date.UTC(2026, 0, 31, 11));
  expect((await server.ticks()).map(({ decision }) => decision)).toEqual(["skipped", "skipped", "run"]);
});

test("F9 a cron or time zone that was edited begins anew: nothing that would have been due before runs", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="0 0 1 1 *" catchup="all"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  const zones = ["UTC", "Europe/Berlin", "Asia/Kathmandu"];
  for (let edit = 1; edit <= 50; edit++) {
    await pass(clock, server, clock.now() + 61 * minute + 1);
    const cron = edit % 2 === 0 ? `${edit} * * * *` : `*/${edit} 0-23 * * *`;
    const attributes = `schedule="${cron}" timezone="${zones[edit % 3] ?? "UTC"}" catchup="all"`;
    await writeFile(join(folder.path, "a.html"), scheduled(attributes));
    const before = await server.ticks();
    await server.call("publish", { path: "a.html" });
    expect(await server.ticks()).toEqual(before);
  }
});

test("F8 publishing another text with the same schedule loses no tick", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="* * * * *" catchup="all"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  clock.set(first + 2 * minute);
  await writeFile(join(folder.path, "a.html"), scheduled('schedule="* * * * *" catchup="all"', "SELECT 2 AS x"));
  await server.call("publish", { path: "a.html" });
  expect(decisions(await server.ticks())).toEqual(ran(0, 1, 2));
});

test("F9 a schedule that paused goes on from then: unpublished, or without its attribute for a while", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="* * * * *" catchup="all"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await pass(clock, server, first);
  await server.call("unpublish", { path: "a.html" });
  await pass(clock, server, first + 10 * minute);
  await server.call("publish", { path: "a.html" });
  expect(decisions(await server.ticks())).toEqual(ran(0));
  await pass(clock, server, first + 11 * minute);
  await writeFile(join(folder.path, "a.html"), scheduled(""));
  await server.call("publish", { path: "a.html" });
  await pass(clock, server, first + 20 * minute);
  await writeFile(join(folder.path, "a.html"), scheduled('schedule="* * * * *" catchup="all"'));
  await server.call("publish", { path: "a.html" });
  await pass(clock, server, first + 21 * minute);
  expect(decisions(await server.ticks())).toEqual(ran(0, 11, 21));
});

test("a published notebook runs on while its file is broken or gone", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="* * * * *"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await writeFile(join(folder.path, "a.html"), "\0\0\0");
  await server.open.catalog.refresh("a.html");
  await pass(clock, server, first);
  await rename(join(folder.path, "a.html"), join(folder.path, "b.txt"));
  await server.open.catalog.refresh("a.html");
  await pass(clock, server, first + minute);
  expect(decisions(await server.ticks())).toEqual(ran(0, 1));
  const runs = await server.open.store.runs({ limit: 10 });
  expect(runs.map(({ revisions }) => Object.keys(revisions))).toEqual([["a.html"], ["a.html"]]);
});

test("a tick of a notebook with nothing to run failed, with the reason; other notebooks run", async () => {
  await using folder = await temporaryWorkspace({
    "a.html": notebook([["md", "", "only words"]], 'schedule="* * * * *"'),
    "b.html": scheduled('schedule="* * * * *"'),
  });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await server.call("publish", { path: "b.html" });
  await pass(clock, server, first);
  expect(await server.ticks()).toMatchObject([
    { tick: first, decision: "failed", run: null, reason: expect.stringContaining("nothing is selected") },
  ]);
  expect(decisions(await server.ticks("b.html"))).toEqual(ran(0));
});

test("a copy of a published notebook, with its id, is refused; one that was moved takes the schedule along", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('id="n1" schedule="* * * * *" catchup="all"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await pass(clock, server, first);
  await copyFile(join(folder.path, "a.html"), join(folder.path, "b.html"));
  await server.open.catalog.refresh("b.html");
  await expect(server.call("publish", { path: "b.html" })).rejects.toMatchObject({
    code: "notebook_problems",
    message: 'b.html has the id of a.html, which is published: "n1"; give one of them another id, or unpublish a.html',
  });
  await rename(join(folder.path, "a.html"), join(folder.path, "c.html"));
  for (const path of ["a.html", "c.html"]) await server.open.catalog.refresh(path);
  clock.set(first + 2 * minute);
  await server.call("publish", { path: "c.html" });
  expect((await server.open.store.published()).map(({ path, id }) => [path, id])).toEqual([["c.html", "n1"]]);
  expect(decisions(await server.ticks("n1"))).toEqual(ran(0, 1, 2));
});

test("F12 a store that refuses for a while stops no schedule for good, and loses no tick", async () => {
  await using folder = await temporaryWorkspace({ "a.html": scheduled('schedule="* * * * *" catchup="all"') });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  const { store } = server.open;
  const { decideTicks } = store;
  store.decideTicks = () => Promise.reject(new Error("disk full"));
  await pass(clock, server, first + minute);
  expect(await server.ticks()).toEqual([]);
  expect(server.reported.length).toBeGreaterThan(0);
  store.decideTicks = decideTicks;
  await pass(clock, server, clock.nextWake ?? 0);
  expect(decisions(await server.ticks())).toEqual(ran(0, 1));
});

test("several crons, and a clock that goes back an hour, decide each instant once", async () => {
  await using folder = await temporaryWorkspace({
    "a.html": scheduled('schedule="*/2 * * * *; */3 * * * *" catchup="all"'),
  });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  const minutes = async () => (await server.ticks()).map(({ tick }) => new Date(tick).getUTCMinutes());
  await pass(clock, server, start + 6 * minute);
  expect(await minutes()).toEqual([2, 3, 4, 6]);
  clock.set(start - hour);
  await server.open.scheduler.look();
  await pass(clock, server, start + 6 * minute);
  expect(await minutes()).toEqual([2, 3, 4, 6]);
  await pass(clock, server, start + 8 * minute);
  expect(await minutes()).toEqual([2, 3, 4, 6, 8]);
});
