import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkspace } from "../../../server/open-workspace.ts";
import { settableClock } from "../../support/clock.ts";
import { openLocal, runEnded } from "../../support/local.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { chain, minute, serverAt, start } from "./server.ts";

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
