import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { InputOf, OutputOf, RouteName } from "../../../cells/api/routes.ts";
import { allHandlers } from "../../../server/handlers/all-handlers.ts";
import { Auth } from "../../../server/http/auth.ts";
import { type OpenWorkspace, openWorkspace } from "../../../server/open-workspace.ts";
import { type SettableClock, settableClock } from "../../support/clock.ts";
import { openLocal, runEnded } from "../../support/local.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";

const minute = 60_000;
const start = Date.UTC(2026, 0, 31, 9, 0, 0);

interface Server extends AsyncDisposable {
  readonly open: OpenWorkspace;
  readonly reported: unknown[];
  call<N extends RouteName>(name: N, input: InputOf<N>): Promise<OutputOf<N>>;
  /** Runs a selection by hand and waits for its end. */
  run(select: string): Promise<string>;
  /** Looks, and carries out what was decided. */
  look(): Promise<void>;
  /** selections of the runs that automation made, oldest first, without `key:` and quotes */
  decided(): Promise<readonly string[]>;
}

async function serverAt(path: string, clock: SettableClock): Promise<Server> {
  const reported: unknown[] = [];
  const open = await openWorkspace(path, { clock, report: (error) => reported.push(error) });
  const handlers = allHandlers(open, new Auth("t".repeat(43), open.store, clock), () => "http://127.0.0.1:4400");
  const context = {
    principal: { type: "owner" },
    signal: new AbortController().signal,
    lastEventId: null,
    upload: null,
  } as const;
  const call: Server["call"] = (name, input) =>
    (handlers[name] as (input: unknown, context: unknown) => Promise<never>)(input, context);
  const automated = async () =>
    (await open.store.runs({ limit: 1000 })).filter(({ trigger }) => trigger.type === "automation").toReversed();
  return {
    open,
    reported,
    call,
    async run(select) {
      const { run } = await call("startRun", { select });
      await runEnded(open, run);
      return run;
    },
    async look() {
      await open.automation.look();
      for (const { id } of await automated()) await runEnded(open, id);
    },
    decided: async () => (await automated()).map(({ selection }) => selection.replace(/key:|"/g, "")),
    [Symbol.asyncDispose]: () => open.close(),
  };
}

const chain = (automation: string) =>
  notebook([
    ["sql", 'output="orders"', "SELECT 1 AS x"],
    ["sql", `output="report" automation="${automation}"`, "SELECT sum(x) AS total FROM orders"],
  ]);

test("an update of an input makes what is eager, once; its own run sets nothing off", async () => {
  await using folder = await temporaryWorkspace({ "a.html": chain("eager") });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await server.look();
  expect(await server.decided()).toEqual([]);
  await server.run("a/orders");
  await server.look();
  await server.look();
  await server.look();
  expect(await server.decided()).toEqual(["a/report"]);
  const [run] = await server.open.store.runs({ limit: 1 });
  expect(run).toMatchObject({ state: "succeeded", trigger: { type: "automation" } });
  expect(await server.open.store.pointers()).toMatchObject([{ asset: "a/orders" }, { asset: "a/report" }]);
  const { evaluations } = await server.call("evaluations", { key: "a/report" });
  expect(evaluations.find(({ run: id }) => id === run?.id)).toMatchObject({
    asset: "a/report",
    requested: 1,
    sentence: expect.stringContaining("requested because orders was updated by run"),
  });
  expect(server.reported).toEqual([]);
});

test("publishing over a history launches nothing: what was before is no news", async () => {
  await using folder = await temporaryWorkspace({ "a.html": chain("eager") });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.run("a/orders");
  await server.call("publish", { path: "a.html" });
  await server.look();
  await server.look();
  expect(await server.decided()).toEqual([]);
  expect((await server.call("automation", {})).assets).toMatchObject([
    { key: "a/report", automation: "eager", held: null, sentence: "waiting for an update of orders, last 09:00" },
  ]);
  await server.run("a/orders");
  await server.look();
  expect(await server.decided()).toEqual(["a/report"]);
});

test("an update while the server was down is seen by the next, and decided once", async () => {
  await using folder = await temporaryWorkspace({ "a.html": chain("eager") });
  const clock = settableClock(start);
  {
    await using server = await serverAt(folder.path, clock);
    await server.call("publish", { path: "a.html" });
    await server.look();
  }
  {
    await using server = await serverAt(folder.path, clock);
    await server.run("a/orders");
  }
  clock.set(start + minute);
  await using server = await serverAt(folder.path, clock);
  await server.look();
  await server.look();
  expect(await server.decided()).toEqual(["a/report"]);
});

test("a cron is due by the clock alone, and waits for its inputs", async () => {
  await using folder = await temporaryWorkspace({ "a.html": chain("on_cron(&quot;0 * * * *&quot;)") });
  const clock = settableClock(start + minute);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await server.look();
  expect(clock.nextWake).toBe(start + 60 * minute);
  clock.set(start + 60 * minute);
  await server.look();
  expect(await server.decided()).toEqual([]);
  expect((await server.call("automation", { key: "a/report" })).assets[0]?.sentence).toContain(
    "waiting for an update of orders",
  );
  await server.run("a/orders");
  await server.look();
  expect(await server.decided()).toEqual(["a/report"]);
});

test("what is paused is left alone, and begins anew when it goes on", async () => {
  await using folder = await temporaryWorkspace({ "a.html": chain("eager") });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await server.look();
  expect(await server.call("pauseAutomation", { name: "a", paused: true })).toEqual({ changed: true });
  await server.run("a/orders");
  await server.look();
  expect((await server.call("automation", {})).assets).toMatchObject([
    { held: "paused", sentence: "paused since 09:00 with a" },
  ]);
  await server.call("pauseAutomation", { name: "a", paused: false });
  await server.look();
  expect(await server.decided()).toEqual([]);
  await server.run("a/orders");
  await server.look();
  expect(await server.decided()).toEqual(["a/report"]);
});

test("a condition that stays true asks at most five times within a minute, and is not forgotten", async () => {
  await using folder = await temporaryWorkspace({
    "a.html": notebook([["sql", 'output="bad" automation="missing"', "SELECT no_such_column"]]),
  });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  for (let i = 0; i < 12; i++) await server.look();
  expect(await server.decided()).toHaveLength(5);
  clock.set(clock.nextWake ?? 0);
  expect(clock.now()).toBe(start + minute);
  await server.look();
  expect(await server.decided()).toHaveLength(7);
});

test("P4 a run that was decided and never begun is begun by the next server, once", async () => {
  await using folder = await temporaryWorkspace({ "a.html": chain("eager") });
  const clock = settableClock(start);
  {
    await using server = await serverAt(folder.path, clock);
    await server.call("publish", { path: "a.html" });
    await server.look();
    await server.run("a/orders");
  }
  {
    // decides, and has nobody who works
    const idle = await openWorkspace(folder.path, { clock, concurrency: 0 });
    await idle.automation.look();
    expect(await idle.store.queued()).toHaveLength(1);
    await idle.close();
  }
  await using server = await serverAt(folder.path, clock);
  await server.look();
  await server.look();
  expect(await server.decided()).toEqual(["a/report"]);
  expect(await server.open.store.runs({ limit: 1 })).toMatchObject([{ state: "succeeded" }]);
});

test("many events are one evaluation, and an input that fails holds its reader back with a sentence", async () => {
  await using folder = await temporaryWorkspace({
    "a.html": notebook([
      ["sql", 'output="orders"', "SELECT 1 AS x"],
      ["sql", 'output="items"', "SELECT no_such_column"],
      ["sql", 'output="report" automation="eager"', "SELECT * FROM orders, items"],
    ]),
  });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await server.look();
  for (let i = 0; i < 3; i++) await server.run("a/orders");
  await server.run("a/items");
  await server.look();
  expect(await server.decided()).toEqual([]);
  expect((await server.call("automation", { key: "a/report" })).assets[0]?.sentence).toBe(
    "waiting for items, never materialized",
  );
  const { evaluations } = await server.call("evaluations", { key: "a/report" });
  expect(evaluations.map(({ requested }) => requested)).toEqual([0, 0]);
});

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

test("a branch that is promoted, and one that is rolled back, is an update of all that readers see otherwise, at once", async () => {
  const watch = { select: "a/orders", automation: "any_job_roots(newly_updated and not executed_with_root_target)" };
  await using folder = await temporaryWorkspace({
    "a.html": chain("eager"),
    "cellar.json": JSON.stringify({ jobs: { watch } }),
  });
  const clock = settableClock(start);
  await using server = await serverAt(folder.path, clock);
  await server.call("publish", { path: "a.html" });
  await server.run("a/report");
  await server.look();
  const before = await server.decided();
  await server.look();
  expect(await server.decided()).toEqual(before);
  await writeFile(join(folder.path, "a.html"), chain("eager").replace("SELECT 1 AS x", "SELECT 2 AS x"));
  await server.open.catalog.refresh("a.html");
  await server.call("createBranch", { name: "two" });
  const { run } = await server.call("runBranch", { name: "two" });
  await runEnded(server.open, run);
  await server.look();
  expect(await server.decided()).toEqual(before);
  clock.set(start + minute);
  await server.call("promoteBranch", { name: "two" });
  await server.look();
  // report came with it: it is handled, and not requested for what orders is
  expect(await server.decided()).toEqual([...before, "a/orders"]);
  clock.set(start + 2 * minute);
  await server.call("rollbackBranch", { name: "two", force: true });
  await server.look();
  expect(await server.decided()).toEqual([...before, "a/orders", "a/orders"]);
  expect(server.reported).toEqual([]);
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

test("O23 a condition asks what another program says: once, or until it is taken back, of one asset or of all", async () => {
  const asks = "automation='signal(&quot;delivered&quot;)'";
  const pages = {
    "a.html": notebook([
      ["sql", `output="one" ${asks}`, "SELECT 1 AS x"],
      ["sql", `output="two" automation="signal('on duty').newly_true"`.replaceAll("'", "&quot;"), "SELECT 2 AS x"],
      ["sql", `output="day" partitions="static mo tu we" ${asks}`, "SELECT 3 AS x"],
    ]),
  };
  const clock = settableClock(start);
  await using local = await openLocal(pages, { clock, concurrency: 0 });
  const { open, call } = local;
  await call("publish", { path: "a.html" });
  const targets = async () => {
    await open.automation.look();
    const runs = await open.store.runs({ limit: 100 });
    const steps = await Promise.all(runs.map(({ id }) => open.store.steps(id)));
    return steps
      .flat()
      .map(({ asset, partition }) => `${asset} ${partition}`.trim())
      .toSorted();
  };
  expect(await targets()).toEqual([]);
  await call("signal", { name: "delivered", key: "a/day", partition: "tu" });
  expect(await targets()).toEqual(["a/day tu"]);
  await call("signal", { name: "delivered" });
  const all = ["a/day mo", "a/day tu", "a/day tu", "a/day we", "a/one"];
  expect(await targets()).toEqual(all);
  await call("signal", { name: "on duty", value: true });
  expect(await targets()).toEqual([...all, "a/two"]);
  await call("signal", { name: "on duty", value: false });
  expect(await targets()).toEqual([...all, "a/two"]);
  await expect(call("signal", { name: "deliverd" })).rejects.toThrow(
    'no condition asks for signal "deliverd"; did you mean delivered? there are delivered, on duty; a published cell does by ',
  );
  await expect(call("signal", { name: "delivered", key: "a/one", partition: "mo" })).rejects.toThrow(
    "a/one has no partitions; leave --partition out",
  );
});
