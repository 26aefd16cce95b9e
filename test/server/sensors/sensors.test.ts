import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal, runEnded } from "../../support/local.ts";
import { notebook, startServer } from "../../support/workspace.ts";

const start = Date.UTC(2026, 0, 31, 9, 0, 0);
const minute = 60_000;
const one = ["sql", 'output="one"', "SELECT 1 AS x"] as const;

const sensing = (attributes: string, source: string) => notebook([one, ["js", attributes, source]]);

/** Looks and waits until every tick and every run that came of it has ended. */
async function pass({ open }: LocalWorkspace): Promise<void> {
  await open.sensors.look();
  await open.sensors.settled();
  for (const { id } of await open.store.runs({ limit: 100 })) await runEnded(open, id);
}

const sensed = async ({ open }: LocalWorkspace) =>
  (await open.store.runs({ limit: 100 })).filter(({ trigger }) => trigger.type === "sensor").toReversed();

afterEach(() => {
  delete process.env["CELLAR_SECRET_HOOK"];
});

test("a sensor of code asks for runs, one for each key ever, and its cursor goes with them", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    {
      "a.html": sensing(
        'sensor="counter" every="1m"',
        "const n = Number(sensor.cursor ?? 0) + 1;\nsensor.run({key: `k${Math.ceil(n / 2)}`, tags: {n: String(n)}});\nsensor.setCursor(String(n));",
      ),
    },
    { clock },
  );
  await workspace.call("publish", { path: "a.html" });
  for (let i = 0; i < 3; i++) {
    await pass(workspace);
    clock.set(clock.now() + minute);
  }
  const { sensor, ticks } = await workspace.call("sensor", { key: "counter" });
  expect(sensor).toMatchObject({ key: "a/counter", kind: "code", cursor: "3", failures: 0 });
  expect(ticks.map(({ state, reason, runs, cursor }) => [state, reason, runs.length, cursor])).toEqual([
    ["run", "asked for a run", 1, "3"],
    ["skipped", "every run key that it gave has had its run", 0, "2"],
    ["run", "asked for a run", 1, "1"],
  ]);
  const runs = await sensed(workspace);
  expect(runs.map(({ trigger, selection, state, tags }) => ({ trigger, selection, state, tags }))).toEqual(
    ["k1", "k2"].map((key, i) => ({
      trigger: { type: "sensor", sensor: "a.html#counter", key },
      selection: "notebook:a",
      state: "succeeded",
      tags: { n: i === 0 ? "1" : "3" },
    })),
  );
});

test("an expression is the answer; it reads assets, and what is wrong is told with its place and backs off", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    {
      "a.html": notebook([
        one,
        ["js", 'sensor="reads" every="10s"', "({skip: `one has ${one.length} row`})"],
        ["js", 'sensor="wrong" every="10s"', "({run: {selct: 'one'}})"],
        ["js", 'sensor="throws" every="10s"', "(() => {\n  throw new Error('no inbox');\n})()"],
      ]),
    },
    { clock },
  );
  await workspace.run({ select: "a/one" });
  await workspace.call("publish", { path: "a.html" });
  await pass(workspace);
  const { sensors } = await workspace.call("sensors", {});
  expect(sensors.map(({ key, last, failures, nextAt }) => [key, last?.state, last?.reason, failures, nextAt])).toEqual([
    ["a/reads", "skipped", "one has 1 row", 0, start + 10_000],
    [
      "a/wrong",
      "failed",
      'the answer.run has no member "selct"; write select, partition, key, tags, params',
      1,
      start + 20_000,
    ],
    ["a/throws", "failed", "no inbox (a/throws, line 2, column 9)", 1, start + 20_000],
  ]);
  expect(await workspace.call("testSensor", { key: "reads" })).toMatchObject({ runs: [], skip: "one has 1 row" });
  expect((await workspace.call("sensor", { key: "reads" })).ticks).toHaveLength(1);
});

test("files that come are seen once for each of their contents, those of before the start too", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    {
      "a.html": notebook([one, ["js", 'sensor="inbox: file inbox/*.csv"', ""]]),
      "inbox/a.csv": "x\n1\n",
      "inbox/a.txt": "no",
    },
    { clock },
  );
  await workspace.call("publish", { path: "a.html" });
  await workspace.open.sensors.start();
  await pass(workspace);
  expect(await sensed(workspace)).toHaveLength(1);
  const [sensor] = await workspace.open.sensors.list();
  const wake = async () => {
    clock.set(clock.now() + minute);
    if (sensor !== undefined) await workspace.open.sensors.wake(sensor);
    await pass(workspace);
  };
  await wake();
  expect(await sensed(workspace)).toHaveLength(1);
  await writeFile(join(workspace.path, "inbox/b.csv"), "x\n2\n");
  await writeFile(join(workspace.path, "inbox/a.csv"), "x\n3\n4\n");
  await wake();
  await wake();
  expect(await sensed(workspace)).toHaveLength(2);
});

test("a webhook takes calls that know its secret, keeps them, and hands them to its cell", async () => {
  process.env["CELLAR_SECRET_HOOK"] = "a long enough secret";
  await using server = await startServer({
    "a.html": notebook([
      one,
      [
        "js",
        'sensor="hook: webhook secret=HOOK"',
        "sensor.run({key: String(sensor.payload.order), tags: {n: String(sensor.payloads.length)}})",
      ],
      ["js", 'sensor="signed: webhook secret=HOOK signature=x-hub-signature-256"', ""],
    ]),
  });
  const post = (name: string, body: string, headers: Record<string, string>) =>
    fetch(`${server.origin}/api/sensors/${name}/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
  const owner = { authorization: `Bearer ${server.token}` };
  await fetch(`${server.origin}/api/notebooks/a.html/publish`, {
    method: "POST",
    headers: { "content-type": "application/json", ...owner },
    body: "{}",
  });
  const secret = { authorization: "Bearer a long enough secret" };
  expect((await post("hook", '{"order": 7}', { authorization: "Bearer wrong" })).status).toBe(403);
  expect((await post("nohook", "{}", secret)).status).toBe(403);
  expect((await post("hook", "x".repeat(300_000), secret)).status).toBe(413);
  expect((await post("hook", '{"order": 7}', secret)).status).toBe(200);
  const signature = createHmac("sha256", "a long enough secret").update('{"b":1}').digest("hex");
  expect((await post("signed", '{"b":2}', { "x-hub-signature-256": `sha256=${signature}` })).status).toBe(403);
  expect((await post("signed", '{"b":1}', { "x-hub-signature-256": `sha256=${signature}` })).status).toBe(200);
  const { store, sensors } = server.workspace;
  await sensors.settled();
  const runs = (await store.runs({ limit: 10 })).flatMap(({ trigger }) => (trigger.type === "sensor" ? [trigger] : []));
  expect(runs).toEqual(
    expect.arrayContaining([
      { type: "sensor", sensor: "a.html#hook", key: "7" },
      { type: "sensor", sensor: "a.html#signed", key: null },
    ]),
  );
});

test("updates of an asset and ends of runs wake a sensor; what it asked for itself does not", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    {
      "a.html": notebook([one, ["sql", 'output="bad"', "SELECT no_such_column"]]),
      "b.html": notebook([
        ["sql", 'output="copy"', "SELECT 2 AS y"],
        ["js", 'sensor="onUpdate: asset a/one" select="b/copy"', ""],
        [
          "js",
          'sensor="onFailure: run failed of a/*"',
          "({skip: `${sensor.events.length} ended: ${sensor.events[0].state}`})",
        ],
      ]),
    },
    { clock },
  );
  await workspace.call("publish", { path: "b.html" });
  await workspace.open.sensors.start();
  await pass(workspace);
  await workspace.run({ select: "a/one" });
  await workspace.run({ select: "a/bad" });
  for (let i = 0; i < 3; i++) {
    clock.set(clock.now() + minute);
    await pass(workspace);
  }
  expect((await sensed(workspace)).map(({ selection, state }) => [selection, state])).toEqual([
    ["b/copy", "succeeded"],
  ]);
  const { ticks } = await workspace.call("sensor", { key: "onFailure" });
  expect(ticks.map(({ reason }) => reason)).toEqual(["1 ended: failed"]);
});

test("keys of dynamic partitions come with the runs that need them", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    {
      "a.html": notebook([
        ["sql", 'output="one" partitions="dynamic customers"', "SELECT ${partition.key} AS customer"],
        [
          "js",
          'sensor="customers"',
          '({partitions: {add: {customers: ["ada", "bob"]}}, run: {select: "a/one", partition: "ada..bob"}, cursor: "1"})',
        ],
        ["js", 'sensor="wrong"', '({partitions: {add: {custmers: ["ada"]}}})'],
      ]),
    },
    { clock },
  );
  await workspace.call("publish", { path: "a.html" });
  const { runs } = await workspace.call("testSensor", { key: "customers" });
  expect(runs).toMatchObject([{ select: "a/one", partition: "ada..bob" }]);
  expect(await workspace.open.store.partitionKeys("customers")).toEqual([]);
  await pass(workspace);
  expect(await workspace.open.store.partitionKeys("customers")).toEqual(["ada", "bob"]);
  const [run] = (await workspace.call("runs", {})).runs;
  const { steps } = await workspace.call("run", { id: run?.run ?? "" });
  expect(steps.map(({ key, partition, state }) => [key, partition, state])).toEqual([
    ["a/one", "ada", "succeeded"],
    ["a/one", "bob", "succeeded"],
  ]);
  const { ticks } = await workspace.call("sensor", { key: "wrong" });
  expect(ticks.map(({ state, reason }) => [state, reason])).toEqual([
    ["failed", 'no asset has dynamic partitions "custmers"; did you mean customers? there are customers'],
  ]);
});

test("a sensor that takes too long is ended, and holds up no other", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      one,
      ["js", 'sensor="slow" timeout="2s"', "(() => { for (;;); })()"],
      ["js", 'sensor="quick"', "({run: {}})"],
    ]),
  });
  await workspace.call("publish", { path: "a.html" });
  await pass(workspace);
  const { sensors } = await workspace.call("sensors", {});
  expect(sensors.map(({ last }) => [last?.state, last?.reason])).toEqual([
    [
      "failed",
      "sensor a/slow ran longer than 2 s and was ended; let it look at less at once, or give its cell a longer timeout",
    ],
    ["run", "asked for a run"],
  ]);
});

test("one that failed waits, but not once its cell is mended or somebody resumes it", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(
    { "a.html": notebook([one, ["js", 'sensor="poll" every="10s"', '(() => { throw new Error("broken"); })()']]) },
    { clock },
  );
  await workspace.call("publish", { path: "a.html" });
  await pass(workspace);
  const states = async () => (await workspace.call("sensor", { key: "poll" })).ticks.map(({ state }) => state);
  expect(await states()).toEqual(["failed"]);
  await workspace.call("changeSensor", { key: "poll", paused: false });
  await workspace.open.sensors.settled();
  expect(await states()).toEqual(["failed", "failed"]);
  await workspace.write("a.html", notebook([one, ["js", 'sensor="poll" every="10s"', '({skip: "fine"})']]));
  await workspace.call("publish", { path: "a.html" });
  await pass(workspace);
  expect(await states()).toEqual(["skipped", "failed", "failed"]);
});

test("a clock evaluates code when it is due, in the notebook's zone; what was missed is made up for once, and what failed again", async () => {
  const clock = settableClock(start);
  const cells = (code: string) =>
    notebook(
      [one, ["js", 'sensor="nightly: cron 0 6 * * *"', code], ["js", 'sensor="plain: cron 0 6 * * *"', ""]],
      'timezone="Europe/Berlin" id="n"',
    );
  const good = "sensor.tick.getUTCDay() === 0 ? {skip: 'no Sunday'} : {run: {key: sensor.tick.toISOString()}}";
  await using workspace = await openLocal({ "a.html": cells(good) }, { clock });
  await workspace.call("publish", { path: "a.html" });
  await pass(workspace);
  const ticksOf = async (key: string) =>
    (await workspace.call("sensor", { key })).ticks.map(({ state, reason }) => `${state}: ${reason}`);
  expect(await ticksOf("nightly")).toEqual([]);
  const { sensor } = await workspace.call("sensor", { key: "nightly" });
  const six = (day: number) => Date.UTC(2026, 1, day, 5);
  expect(sensor).toMatchObject({ kind: "cron", says: "the clock, 0 6 * * *", nextAt: six(1) });
  const tried = await workspace.call("testSensor", { key: "nightly" });
  expect(tried).toMatchObject({ runs: [], skip: "no Sunday" });

  clock.set(six(1));
  await pass(workspace);
  expect(await ticksOf("nightly")).toEqual(["skipped: no Sunday"]);
  expect(await ticksOf("plain")).toEqual(["run: asked for a run"]);

  // two nights without a look: the latest alone
  clock.set(six(3) + minute);
  await pass(workspace);
  await pass(workspace);
  expect(await ticksOf("nightly")).toEqual(["run: asked for a run", "skipped: no Sunday"]);
  const keys = (await sensed(workspace)).map(({ trigger }) => (trigger.type === "sensor" ? trigger.key : null));
  expect(keys.toSorted()).toEqual([six(1), six(3), six(3)].map((at) => new Date(at).toISOString()));

  await workspace.write("a.html", cells("({run: {selct: 1}})"));
  await workspace.call("publish", { path: "a.html" });
  clock.set(six(4));
  await pass(workspace);
  await workspace.write("a.html", cells(good));
  await workspace.call("publish", { path: "a.html" });
  clock.set(six(4) + minute);
  await pass(workspace);
  const [last, failed] = await ticksOf("nightly");
  expect(failed).toMatch(/^failed: /);
  expect(last).toBe("run: asked for a run");

  // what was due while it was paused is left out
  await workspace.call("changeSensor", { key: "plain", paused: true });
  clock.set(six(6) + minute);
  await pass(workspace);
  await workspace.call("changeSensor", { key: "plain", paused: false });
  await pass(workspace);
  expect((await ticksOf("plain"))[0]).toBe("skipped: it was paused when the clock was due; it goes on from now");
});
