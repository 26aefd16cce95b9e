import { expect, test } from "vitest";
import type { StepState } from "../../cells/model/run.ts";
import { settableClock } from "../support/clock.ts";
import { openLocal, type LocalWorkspace, runEnded } from "../support/local.ts";
import { eventually } from "../support/eventually.ts";
import { descendantsOf, isRunning, startServerProcess, until } from "../support/server-process.ts";
import { notebook, temporaryWorkspace } from "../support/workspace.ts";

const endless = "SELECT count(*) AS n FROM range(100000000000) a, range(100000000) b";
const cells = (attributes = "") =>
  notebook([
    ["sql", `output="endless" ${attributes}`.trim(), endless],
    ["sql", 'output="after"', "SELECT n FROM endless"],
    ["sql", 'output="quick"', "SELECT 42 AS answer"],
  ]);

/** Resolves once something of the run holds, by the store's events. */
async function when(workspace: LocalWorkspace, holds: () => Promise<boolean>): Promise<void> {
  const { store } = workspace.open;
  for (;;) {
    const next = Promise.withResolvers<void>();
    const unsubscribe = store.onEvents(() => next.resolve());
    const isSo = await holds();
    if (!isSo) await next.promise;
    unsubscribe();
    if (isSo) return;
  }
}

const stepIs = (workspace: LocalWorkspace, id: string, asset: string, ...states: readonly StepState[]) =>
  when(workspace, async () =>
    (await workspace.open.store.steps(id)).some((step) => step.asset === asset && states.includes(step.state)),
  );

/** Cancels, and expects the slot to be free and every process to be gone within five seconds. */
async function cancelled(workspace: LocalWorkspace, id: string): Promise<Readonly<Record<string, string>>> {
  const processes = descendantsOf(process.pid);
  const began = performance.now();
  await workspace.call("cancelRun", { id });
  await runEnded(workspace.open, id);
  expect(await until(async () => (await workspace.open.queue.state()).running.length === 0, 5_000)).toBe(true);
  expect(performance.now() - began).toBeLessThan(5_000);
  const { state, steps } = await workspace.call("run", { id });
  expect(state).toBe("cancelled");
  await workspace.open.close();
  expect(await until(() => !processes.some(isRunning), 5_000)).toBe(true);
  return Object.fromEntries(steps.map((step) => [step.key, step.state]));
}

test("F32 a run that waits is cancelled at once, and never starts", async () => {
  await using workspace = await openLocal({ "a.html": cells() }, { concurrency: 0 });
  const { run } = await workspace.call("startRun", {});
  expect(await cancelled(workspace, run)).toEqual({
    "a/endless": "cancelled",
    "a/after": "cancelled",
    "a/quick": "cancelled",
  });
});

test("F32 a run that has just been started is cancelled, wherever it has got to", async () => {
  await using workspace = await openLocal({ "a.html": cells() });
  for (let n = 0; n < 10; n++) {
    const { run } = await workspace.call("startRun", { select: "a/endless" });
    for (let turn = 0; turn < n; turn++) await new Promise((resolve) => setImmediate(resolve));
    await workspace.call("cancelRun", { id: run });
    await runEnded(workspace.open, run);
    expect((await workspace.call("run", { id: run })).state).toBe("cancelled");
  }
  await eventually("the slots to be free", async () => (await workspace.open.queue.state()).running.length === 0);
  expect(await workspace.open.queue.state()).toMatchObject({ running: [], waiting: [] });
});

test("F32 a run whose step computes is cancelled: its process tree is gone, its slot is free", async () => {
  await using workspace = await openLocal({ "a.html": cells() }, { concurrency: 1 });
  const { run } = await workspace.call("startRun", {});
  const { run: behind } = await workspace.call("startRun", { select: "a/quick" });
  await stepIs(workspace, run, "a/endless", "running");
  await workspace.call("cancelRun", { id: run });
  await runEnded(workspace.open, behind);
  expect((await workspace.call("run", { id: behind })).state).toBe("succeeded");
  expect((await workspace.call("run", { id: run })).state).toBe("cancelled");
  const again = await workspace.call("startRun", { select: "a/endless" });
  await stepIs(workspace, again.run, "a/endless", "running");
  expect(await cancelled(workspace, again.run)).toEqual({ "a/endless": "cancelled" });
});

test("F32 a run that waits for its next attempt is cancelled without waiting for it", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 31));
  await using workspace = await openLocal(
    {
      "a.html": notebook([["sql", 'output="wrong" retries="5" delay="1h"', "SELECT nothing"]]),
    },
    { clock },
  );
  const { run } = await workspace.call("startRun", {});
  await when(workspace, async () =>
    (await workspace.open.store.steps(run)).some(({ state, attempt }) => state === "waiting" && attempt === 1),
  );
  expect(await cancelled(workspace, run)).toEqual({ "a/wrong": "cancelled" });
});

test("F32 a run that commits is cancelled after the commit: what is acknowledged stays", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="one"', "SELECT 1 AS x"],
      ["sql", 'output="two"', "SELECT x FROM one"],
    ]),
  });
  const { store } = workspace.open;
  const { commit } = store;
  const commits = Promise.withResolvers<void>();
  const cancels = Promise.withResolvers<void>();
  store.commit = async (fact) => {
    commits.resolve();
    await cancels.promise;
    return commit(fact);
  };
  const { run } = await workspace.call("startRun", {});
  await commits.promise;
  await workspace.call("cancelRun", { id: run });
  cancels.resolve();
  await runEnded(workspace.open, run);
  const report = await workspace.call("run", { id: run });
  expect([report.state, report.steps.map(({ key, state }) => [key, state])]).toEqual([
    "cancelled",
    [
      ["a/one", "succeeded"],
      ["a/two", "cancelled"],
    ],
  ]);
  expect((await workspace.call("history", { key: "a/one" })).materializations).toHaveLength(1);
});

test("F32 cancelling twice, or what has ended, or what is not there, says so and changes nothing", async () => {
  await using workspace = await openLocal({ "a.html": cells() });
  const { run } = await workspace.call("startRun", { select: "a/endless" });
  await stepIs(workspace, run, "a/endless", "running");
  await Promise.allSettled([1, 2, 3].map(() => workspace.call("cancelRun", { id: run })));
  await runEnded(workspace.open, run);
  await expect(workspace.call("cancelRun", { id: run })).rejects.toMatchObject({
    code: "run_conflict",
    message: `run ${run} has already ended: cancelled`,
  });
  for (const id of ["nothing", "..", ".", "%2e%2e"])
    await expect(workspace.call("cancelRun", { id })).rejects.toMatchObject({ code: "not_found" });
});

test(
  "F32 P1 a cancel that was acknowledged holds, though the server is killed right after",
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryWorkspace({ "a.html": cells() });
    const runs: string[] = [];
    for (let round = 0; round < 6; round++) {
      const server = await startServerProcess(folder.path);
      const { run } = await server.client.call("startRun", {});
      await new Promise((resolve) => setTimeout(resolve, round * 40));
      const tree = descendantsOf(server.pid);
      await server.client.call("cancelRun", { id: run });
      await server.kill();
      runs.push(run);
      expect(await until(() => !tree.some(isRunning), 30_000)).toBe(true);
    }
    const server = await startServerProcess(folder.path);
    for (const id of runs) {
      const { state, steps } = await server.client.call("run", { id });
      expect([state, steps.filter((step) => step.state === "running" || step.state === "waiting")]).toEqual([
        "cancelled",
        [],
      ]);
    }
    await server.kill();
  },
);
