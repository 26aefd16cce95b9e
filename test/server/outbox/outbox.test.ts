import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LogEvent } from "../../../server/store/store.ts";
import { storeFindings } from "../../../server/doctor/store-health.ts";
import { Outbox } from "../../../server/outbox/outbox.ts";
import { settableClock } from "../../support/clock.ts";
import { eventually } from "../../support/eventually.ts";
import { type LocalWorkspace, openLocal, runEnded } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const logged = (text: string): LogEvent => ({ type: "log", run: "r", asset: null, cell: null, level: "info", text });
const textOf = (event: LogEvent) => (event.type === "log" ? event.text : event.type);

/** What was told, with something to wait for. */
class Told {
  readonly list: string[] = [];
  #wake: () => void = () => undefined;
  add(text: string): void {
    this.list.push(text);
    this.#wake();
  }
  async until(count: number): Promise<readonly string[]> {
    while (this.list.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.list;
  }
}

/** A receiver that answers with what it is told to. */
async function receiver(status: () => number) {
  const told = new Told();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      response.writeHead(status()).end();
      told.add(JSON.stringify({ authorization: request.headers.authorization, body: JSON.parse(body) as unknown }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1`,
    told,
    bodies: () => told.list.map((text) => (JSON.parse(text) as { body: Record<string, unknown> }).body),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

const caughtUp = ({ open }: LocalWorkspace) =>
  eventually("everything to be told", async () => (await open.eventsOut.state()).every(({ behind }) => behind === 0));

test("an outbox begins with what happens from then on, and after a restart where it stood: in order, each once", async () => {
  await using workspace = await openLocal({}, { concurrency: 0 });
  const { store, clock } = workspace.open;
  await store.append([logged("before")], 1);
  const told = new Told();
  const open = () => {
    const consumer = {
      deliver: async ({ event }: { readonly event: LogEvent }, memory: unknown) => {
        told.add(`${textOf(event)} ${String(memory)}`);
        return { memory: Number(memory ?? 0) + 1 };
      },
    };
    return new Outbox("test", consumer, { store, clock });
  };
  const first = open();
  await first.start();
  await store.append([logged("a"), logged("b")], 1);
  await told.until(2);
  await first.stop();
  await store.append([logged("c")], 1);
  const second = open();
  await second.start();
  await store.append([logged("d")], 1);
  expect(await told.until(4)).toEqual(["a null", "b 1", "c 2", "d 3"]);
  expect(await second.state()).toMatchObject({ name: "test", problem: null });
  await second.stop();
});

test("what fails is tried again after longer and longer, nothing overtakes it, and nobody waits for it", async () => {
  const clock = settableClock(1000);
  await using workspace = await openLocal({}, { clock, concurrency: 0 });
  const { store } = workspace.open;
  const told = new Told();
  let fails = 3;
  const failed = new Told();
  const outbox = new Outbox(
    "test",
    {
      deliver: async ({ event }) => {
        if (fails-- > 0) {
          failed.add(String(clock.now()));
          throw new Error("away");
        }
        told.add(textOf(event));
        return { memory: null };
      },
    },
    { store, clock },
  );
  await outbox.start();
  await store.append([logged("a"), logged("b")], 1);
  await failed.until(1);
  for (const [ms, count] of [
    [1000, 2],
    [2000, 3],
  ] as const) {
    await eventually("the next try to be planned", () => clock.nextWake !== null);
    expect((await outbox.state()).problem).toBe("away");
    clock.set(clock.now() + ms);
    await failed.until(count);
  }
  await eventually("the next try to be planned", () => clock.nextWake !== null);
  clock.set(clock.now() + 4000);
  expect(await told.until(2)).toEqual(["a", "b"]);
  expect(failed.list).toEqual(["1000", "2000", "4000"]);
  await outbox.stop();
});

test("a webhook that refuses a message for good is told of and does not hold back the next; what can be mended is tried again", async () => {
  const answers = [422, 404, 503, 200];
  await using hook = await receiver(() => answers.shift() ?? 200);
  const clock = settableClock(1000);
  await using workspace = await openLocal(
    {
      "a.html": failing(),
      "cellar.json": `{"alerts": {"ops": {"on": ["asset_failed"], "repeat": "always", "webhook": {"url": "${hook.url}", "private": true}}}}`,
    },
    { clock },
  );
  const { eventsOut, store } = workspace.open;
  await eventsOut.look();
  await workspace.run();
  const receiverNow = async () => (await workspace.call("alerts", {})).alerts[0]?.receivers[0];
  await eventually("it to be given up", async () => (await receiverNow())?.givenUp !== null);
  await caughtUp(workspace);
  const reason = "alert ops was answered with status 422";
  expect(await receiverNow()).toMatchObject({ behind: 0, problem: null, givenUp: { count: 1, at: 1000, reason } });
  const events = (await store.eventsAfter(0, 1000)).map(({ event }) => event);
  expect(events.filter(({ type }) => type === "message_given_up")).toEqual([
    { type: "message_given_up", outbox: "alert ops", event: expect.any(Number), reason },
  ]);
  const findings = await storeFindings(join(workspace.path, ".cellar/store.db"), { now: 1000, isServed: true });
  expect(findings).toContainEqual(
    expect.objectContaining({ message: `one message was refused for good and given up (alert ops): ${reason}` }),
  );
  await workspace.run();
  for (const [status, ms, count] of [
    [404, 1000, 2],
    [503, 2000, 3],
  ] as const) {
    await hook.told.until(count);
    await eventually("the next try to be planned", async () =>
      String((await receiverNow())?.problem).endsWith(`${status}`),
    );
    await eventually("the next try to be planned", () => clock.nextWake !== null);
    clock.set(clock.now() + ms);
  }
  await hook.told.until(4);
  await eventually("it to be well", async () => (await receiverNow())?.givenUp === null);
  expect(
    hook
      .bodies()
      .slice(1)
      .map(({ asset }) => asset),
  ).toEqual(["a/one", "a/one", "a/one"]);
});

const failing = (text = "SELECT nothing AS x") => notebook([["sql", 'output="one"', text]]);

test("an alert tells a webhook once of what fails until it is well, with its secret nowhere else", async () => {
  await using hook = await receiver(() => 200);
  const secret = "a-very-secret-token";
  process.env["CELLAR_SECRET_HOOK"] = secret;
  const alert = {
    on: ["run_failed", "asset_failed"],
    recovery: true,
    webhook: { url: hook.url, private: true, headers: { Authorization: { secret: "HOOK", prefix: "Bearer " } } },
  };
  await using workspace = await openLocal({
    "a.html": failing(),
    "cellar.json": JSON.stringify({ alerts: { ops: alert } }),
  });
  await workspace.open.eventsOut.look();
  await workspace.run();
  await workspace.run();
  await workspace.write("a.html", failing("SELECT 1 AS x"));
  await workspace.run();
  await caughtUp(workspace);
  expect(hook.bodies().map(({ alert: name, event, recovered, asset }) => [name, event, recovered, asset])).toEqual([
    ["ops", "asset_failed", false, "a/one"],
    ["ops", "run_failed", false, null],
    ["ops", "asset_failed", true, "a/one"],
    ["ops", "run_failed", true, null],
  ]);
  expect(hook.bodies()[0]?.["text"]).toMatch(/^a\/one failed: .*nothing/);
  expect(hook.bodies()[1]?.["text"]).toMatch(/^run \S+ of everything failed: a\/one: .*nothing/);
  expect(hook.told.list[0]).toContain(`Bearer ${secret}`);
  delete process.env["CELLAR_SECRET_HOOK"];
  const log = JSON.stringify(await workspace.open.store.eventsAfter(0, 1000));
  expect(log.includes(secret)).toBe(false);
});

test("an alert that repeats tells each time; a selection leaves out the rest; an address that is not public is refused", async () => {
  await using hook = await receiver(() => 200);
  const webhook = { url: hook.url, private: true };
  const alerts = {
    each: { on: ["asset_failed"], repeat: "always", webhook },
    other: { on: ["asset_failed", "run_failed"], select: "b/one", webhook },
    refused: { on: ["asset_failed"], webhook: { url: hook.url } },
  };
  await using workspace = await openLocal({
    "a.html": failing(),
    "b.html": failing("SELECT 1 AS x"),
    "cellar.json": JSON.stringify({ alerts }),
  });
  await workspace.open.eventsOut.look();
  await workspace.run({ select: "a/one" });
  await workspace.run({ select: "a/one" });
  const problemOf = async (name: string) =>
    (await workspace.open.eventsOut.state()).find((state) => state.name === name)?.problem;
  await eventually("the address to be refused", async () => (await problemOf("alert refused")) !== null);
  await hook.told.until(2);
  expect(hook.bodies().map(({ alert }) => alert)).toEqual(["each", "each"]);
  expect(await problemOf("alert refused")).toMatch(/127\.0\.0\.1, an address that is not public/);
});

interface Event {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Record<string, Record<string, unknown>> };
  readonly job: {
    readonly namespace: string;
    readonly name: string;
    readonly facets: Record<string, Record<string, unknown>>;
  };
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string; readonly facets?: Record<string, Record<string, unknown>> }[];
}

test("OpenLineage 2-0-2: runs and steps with parents, SQL, inputs, schemas, and their ends, in a file", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="numbers"', "SELECT 1 AS n, 'x' AS t"],
      ["sql", 'output="sums"', "SELECT sum(n) AS s FROM numbers"],
      ["sql", 'output="wrong"', "SELECT nothing AS x"],
      ["sql", 'output="few" store="view"', "SELECT n, n + 1 AS more FROM numbers WHERE t <> ''"],
      ["sql", 'output="copy"', "SELECT n, max(more) AS most FROM few GROUP BY n"],
    ]),
    "cellar.json": JSON.stringify({ lineage: { openlineage: { file: "lineage.ndjson", namespace: "shop" } } }),
  });
  await workspace.open.eventsOut.look();
  const { id } = await workspace.run();
  await caughtUp(workspace);
  const text = await readFile(join(workspace.path, "lineage.ndjson"), "utf8");
  const events = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
  // the rules of the specification's JSON Schema, by hand
  for (const event of events) {
    expect(event).toMatchObject({
      eventType: expect.stringMatching(/^(START|COMPLETE|FAIL|ABORT)$/),
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      producer: expect.stringMatching(/^https:/),
      schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    });
    expect(event.run.runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const facets = [event.run.facets, event.job.facets, ...event.outputs.map((output) => output.facets ?? {})];
    for (const facet of facets.flatMap((each) => Object.values(each)))
      expect(facet).toMatchObject({
        _producer: expect.stringMatching(/^https:/),
        _schemaURL: expect.stringMatching(
          /^https:\/\/openlineage\.io\/spec\/facets\/\d-\d-\d\/\w+\.json#\/\$defs\/\w+$/,
        ),
      });
  }
  const of = (name: string) => events.filter(({ job }) => job.name === name);
  expect(of("run").map(({ eventType, run }) => [eventType, run.runId])).toEqual([
    ["START", id],
    ["FAIL", id],
  ]);
  expect(of("a/numbers").map(({ eventType }) => eventType)).toEqual(["START", "COMPLETE"]);
  expect(new Set(of("a/numbers").map(({ run }) => run.runId)).size).toBe(1);
  expect(of("a/wrong").map(({ eventType }) => eventType)).toEqual(["START", "FAIL"]);
  expect(of("a/wrong")[1]?.run.facets["errorMessage"]).toMatchObject({ message: expect.stringContaining("nothing") });
  const done = of("a/sums")[1];
  expect(done).toMatchObject({
    job: { namespace: "shop", facets: { sql: { query: "SELECT sum(n) AS s FROM numbers", dialect: "duckdb" } } },
    run: { facets: { parent: { run: { runId: id }, job: { namespace: "shop", name: "run" } } } },
    inputs: [{ namespace: "shop", name: "a/numbers" }],
    outputs: [
      {
        namespace: "shop",
        name: "a/sums",
        facets: {
          schema: { fields: [{ name: "s", type: "DECIMAL(38,0)" }] },
          columnLineage: {
            fields: {
              s: {
                inputFields: [
                  {
                    ...{ namespace: "shop", name: "a/numbers", field: "n" },
                    transformations: [{ type: "DIRECT", subtype: "AGGREGATION", description: "", masking: false }],
                  },
                ],
              },
            },
            dataset: [],
          },
        },
        outputFacets: { outputStatistics: { rowCount: 1, fileCount: 1 } },
      },
    ],
  });
  // a view is looked through, and what it leaves out is left out of what reads it
  const lineage = of("a/copy")[1]?.outputs[0]?.facets?.["columnLineage"] as
    | {
        fields: Record<
          string,
          { inputFields: { name: string; field: string; transformations: { subtype: string }[] }[] }
        >;
      }
    | undefined;
  const said = Object.entries(lineage?.fields ?? {}).map(([name, { inputFields }]) => [
    name,
    inputFields.map(({ name: from, field, transformations }) => [
      `${from}.${field}`,
      ...transformations.map(({ subtype }) => subtype),
    ]),
  ]);
  expect(said).toEqual([
    [
      "n",
      [
        ["a/numbers.n", "IDENTITY", "GROUP_BY"],
        ["a/numbers.t", "FILTER"],
      ],
    ],
    [
      "most",
      [
        ["a/numbers.n", "AGGREGATION", "GROUP_BY"],
        ["a/numbers.t", "FILTER"],
      ],
    ],
  ]);
});

test("OpenLineage to an address that was away gets every event once it is there, across a restart of the outboxes", async () => {
  let status = 503;
  await using hook = await receiver(() => status);
  const clock = settableClock(Date.UTC(2026, 0, 1));
  await using workspace = await openLocal(
    {
      "a.html": failing("SELECT 1 AS x"),
      "cellar.json": JSON.stringify({ lineage: { openlineage: { url: hook.url, private: true } } }),
    },
    { clock },
  );
  const { eventsOut } = workspace.open;
  await eventsOut.look();
  await workspace.run();
  await hook.told.until(1);
  status = 201;
  await eventsOut.look();
  await hook.told.until(5);
  expect(hook.bodies().map(({ eventType }) => eventType)).toEqual(["START", "START", "START", "COMPLETE", "COMPLETE"]);
});

test("a rule that leaves cellar.json and comes back begins anew", async () => {
  await using hook = await receiver(() => 200);
  const config = JSON.stringify({
    alerts: { a: { on: ["run_succeeded"], webhook: { url: hook.url, private: true } } },
  });
  await using workspace = await openLocal({ "a.html": failing("SELECT 1 AS x"), "cellar.json": config });
  const { open, path } = workspace;
  const write = async (text: string) => {
    await writeFile(join(path, "cellar.json"), text);
    await open.live.reload();
    await open.eventsOut.look();
  };
  await open.eventsOut.look();
  await write("{}");
  await workspace.run();
  await write(config);
  await workspace.run();
  await caughtUp(workspace);
  expect(hook.told.list).toHaveLength(1);
});

test("R7 a run that failed is followed by others, as often as its rules say, from its failure, each once", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="one"', "SELECT 1 AS x"],
      ["sql", 'output="wrong"', "SELECT nothing AS x FROM one"],
    ]),
    "cellar.json": JSON.stringify({ jobs: { j: { select: "*", retries: 2 } } }),
  });
  const { open } = workspace;
  await open.eventsOut.look();
  const { run } = await workspace.call("runJob", { name: "j" });
  const runs = async () => (await open.store.runs({ limit: 9 })).toReversed();
  await eventually("three runs to fail", async () => {
    const found = await runs();
    return found.length >= 3 && found.every(({ state }) => state === "failed");
  });
  await caughtUp(workspace);
  await open.eventsOut.look();
  await caughtUp(workspace);
  const [first, second, third, ...more] = await runs();
  expect([first?.id, second?.trigger, third?.trigger, more]).toEqual([
    run,
    { type: "retry", of: run },
    { type: "retry", of: second?.id },
    [],
  ]);
  expect((await open.store.steps(second?.id ?? "")).map(({ asset }) => asset)).toEqual(["a/wrong"]);
  expect(second?.tags).toEqual({ job: "j" });
});

test("R7 each run is retried at its own time, whichever failed first, also over a restart; what cannot be planned says so", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const hour = 3_600_000;
  const jobs = {
    late: { select: "a/one", retries: 1, retryDelay: "1h" },
    soon: { select: "b/one", retries: 1, retryDelay: "1m" },
    gone: { select: "c/one", retries: 1, retryDelay: "2m" },
  };
  await using workspace = await openLocal(
    { "a.html": failing(), "b.html": failing(), "c.html": failing(), "cellar.json": JSON.stringify({ jobs }) },
    { clock },
  );
  const { open } = workspace;
  await open.eventsOut.look();
  const first = new Map<string, string>();
  for (const name of Object.keys(jobs)) {
    const { run } = await workspace.call("runJob", { name });
    await runEnded(open, run);
    first.set(name, run);
  }
  await caughtUp(workspace);
  const retried = async () =>
    (await open.store.runs({ limit: 20 }))
      .toReversed()
      .flatMap(({ trigger }) => (trigger.type === "retry" ? [trigger.of] : []));
  const until = async (count: number) => {
    while ((await retried()).length < count) await new Promise((resolve) => setImmediate(resolve));
    return retried();
  };
  expect(await retried()).toEqual([]);
  clock.set(clock.now() + 60_000);
  expect(await until(1)).toEqual([first.get("soon")]);
  // begun anew, as with a restart: what was due is due, and what had its retry has no other
  await rm(join(workspace.path, "c.html"));
  await open.catalog.refresh("c.html");
  await open.eventsOut.look();
  clock.set(clock.now() + 60_000);
  const problemOf = async () =>
    (await open.store.eventsAfter(0, 1000, first.get("gone"))).flatMap(({ event }) =>
      event.type === "log" ? [event.text] : [],
    );
  while ((await problemOf()).length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await problemOf()).toEqual([expect.stringMatching(/^it is not tried again: /)]);
  clock.set(clock.now() + hour);
  expect(await until(2)).toEqual([first.get("soon"), first.get("late")]);
});
