import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { LogEvent } from "../../server/store/store.ts";
import { openLocal, type LocalWorkspace, runEnded } from "../support/local.ts";
import { descendantsOf, isRunning, until } from "../support/server-process.ts";
import { notebook, startServer } from "../support/workspace.ts";

/** A query that ends only with its process. */
const endless = "SELECT count(*) AS n FROM range(100000000000) a, range(100000000) b";

/** The engine process that is busy with the endless query: the one that has used the most of the processor. */
function busyEngine(): number | null {
  const engines = descendantsOf(process.pid).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("engine/process.ts") && ticksOf(pid) > 0;
    } catch {
      return false;
    }
  });
  return engines.sort((a, b) => ticksOf(b) - ticksOf(a))[0] ?? null;
}

/** User time of a process, in the kernel's ticks. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[11]);
  } catch {
    return 0;
  }
}

/** Resolves once a step of the run has been in a state, by the log: the next state may be there already. */
async function stepWas(
  { open: { store } }: Pick<LocalWorkspace, "open">,
  run: string,
  asset: string,
  state: string,
  attempt = 1,
): Promise<void> {
  for (;;) {
    const next = Promise.withResolvers<void>();
    const unsubscribe = store.onEvents(() => next.resolve());
    const events = await store.eventsAfter(0, 1000, run);
    const found = events.some(
      ({ event }) =>
        event.type === "step_changed" && event.asset === asset && event.state === state && event.attempt === attempt,
    );
    if (!found) await next.promise;
    unsubscribe();
    if (found) return;
  }
}

/** Kills the engine that computes the endless cell, once it does. */
async function killEngine(): Promise<void> {
  let pid: number | null = null;
  // its start alone takes some 20 ticks
  expect(await until(() => (pid = busyEngine()) !== null && ticksOf(pid) > 60, 20_000)).toBe(true);
  process.kill(-(pid ?? 0), "SIGKILL");
}

async function attemptsOf({ open }: LocalWorkspace, run: string, asset: string): Promise<readonly string[]> {
  const events = await open.store.eventsAfter(0, 1000, run);
  return events.flatMap(({ event }: { readonly event: LogEvent }) =>
    event.type === "step_changed" && event.asset === asset ? [`${event.state} ${event.attempt}`] : [],
  );
}

test("F4 P4 a step whose engine is killed fails with runner_died within two seconds, and the run goes on without it", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="endless"', endless],
      ["sql", 'output="after"', "SELECT n FROM endless"],
      ["sql", 'output="other"', "SELECT 42 AS answer"],
    ]),
  });
  const { run } = await workspace.call("startRun", {});
  await stepWas(workspace, run, "a/endless", "running");
  await killEngine();
  const began = performance.now();
  await stepWas(workspace, run, "a/endless", "failed");
  expect(performance.now() - began).toBeLessThan(2_000);
  await runEnded(workspace.open, run);
  const report = await workspace.call("run", { id: run });
  expect(report.state).toBe("failed");
  expect(Object.fromEntries(report.steps.map(({ key, state }) => [key, state]))).toEqual({
    "a/endless": "failed",
    "a/after": "blocked",
    "a/other": "succeeded",
  });
  expect(report.steps.find(({ key }) => key === "a/endless")?.error).toMatchObject({
    code: "runner_died",
    message: expect.stringMatching(
      /^the process that computed a\/endless ended: it was ended by SIGKILL; run it again/,
    ),
    cell: 1,
  });
  const { queue } = workspace.open;
  expect(await until(async () => (await queue.state()).running.length === 0, 2_000)).toBe(true);
});

test("F4 with retries left the step begins again in a new engine, and attempts are counted", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="endless" retries="1"', endless],
      ["sql", 'output="other"', "SELECT 42 AS answer"],
    ]),
  });
  const { run } = await workspace.call("startRun", { select: "a/endless" });
  for (const attempt of [1, 2]) {
    await stepWas(workspace, run, "a/endless", "running", attempt);
    await killEngine();
  }
  await runEnded(workspace.open, run);
  expect(await attemptsOf(workspace, run, "a/endless")).toEqual(["running 1", "waiting 1", "running 2", "failed 2"]);
  // the next run has an engine of its own
  expect(await workspace.run({ select: "a/other" })).toMatchObject({ state: "succeeded" });
});

test("F4 the server answers while an engine dies, and a question whose reader dies fails alone", async () => {
  await using server = await startServer({
    "a.html": notebook([
      ["sql", 'output="endless"', endless],
      ["sql", 'output="other"', "SELECT 42 AS answer"],
    ]),
  });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(server.origin + path, {
      ...init,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
    });
  const started = await ask("/api/runs", { method: "POST", body: "{}" });
  const { run } = (await started.json()) as { readonly run: string };
  await stepWas({ open: server.workspace }, run, "a/endless", "running");
  let slowest = 0;
  let isOver = false;
  const ended = Promise.all([killEngine(), runEnded(server.workspace, run)]).finally(() => (isOver = true));
  while (!isOver) {
    const began = performance.now();
    expect((await ask("/api/assets")).status).toBe(200);
    slowest = Math.max(slowest, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await ended;
  expect(slowest).toBeLessThan(2_000);
  const question = ask("/api/query", { method: "POST", body: JSON.stringify({ sql: endless }) });
  await killEngine();
  const failed = await question;
  expect([failed.status, ((await failed.json()) as { code: string }).code]).toEqual([500, "runner_died"]);
  const next = await ask("/api/query", { method: "POST", body: JSON.stringify({ sql: "SELECT 1 AS x" }) });
  expect(next.status).toBe(200);
});

test("F4 an engine that dies between two steps costs neither of them", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="one"', "SELECT 1 AS x"],
      ["sql", 'output="two"', "SELECT x + 1 AS x FROM one"],
    ]),
    "b.html": notebook([["sql", 'output="three"', "SELECT x + 1 AS x FROM a.two"]]),
  });
  const { store } = workspace.open;
  const { commit } = store;
  // between the first step's computation and the second's
  store.commit = async (fact) => {
    const engines = descendantsOf(process.pid).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("engine/process.ts");
      } catch {
        return false;
      }
    });
    for (const pid of engines) process.kill(pid, "SIGKILL");
    expect(await until(() => !engines.some(isRunning), 5_000)).toBe(true);
    return commit(fact);
  };
  expect(await workspace.run()).toMatchObject({
    state: "succeeded",
    steps: { "a/one": "succeeded", "a/two": "succeeded", "b/three": "succeeded" },
  });
});
