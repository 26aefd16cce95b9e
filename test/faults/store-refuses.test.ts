import { expect, test } from "vitest";
import { AppError } from "../../cells/errors.ts";
import type { Store } from "../../server/store/store.ts";
import { openLocal, runEnded } from "../support/local.ts";
import { eventually } from "../support/eventually.ts";
import { notebook } from "../support/workspace.ts";

const cells = notebook([
  ["sql", 'output="one"', "SELECT 1 AS x"],
  ["sql", 'output="two"', "SELECT x + 1 AS x FROM one"],
]);

/** Lets every write of runs and steps fail, as on a full disk, until the returned function is called. */
function refuse(store: Store): { readonly refused: () => number; readonly relent: () => void } {
  let count = 0;
  const { changeRun, changeStep, commit, reuse } = store;
  const full = () => {
    count++;
    return Promise.reject(new AppError("storage_full", "the disk is full; free some space"));
  };
  Object.assign(store, { changeRun: full, changeStep: full, commit: full, reuse: full });
  return { refused: () => count, relent: () => Object.assign(store, { changeRun, changeStep, commit, reuse }) };
}

test("F12 P4 a run whose store is full for a while is not left behind: it goes on when there is space", async () => {
  await using workspace = await openLocal({ "a.html": cells });
  const { store, queue } = workspace.open;
  const { refused, relent } = refuse(store);
  const { run } = await workspace.call("startRun", {});
  await eventually("a write to be refused", () => refused() > 0);
  expect((await queue.state()).running).toEqual([run]);
  relent();
  await runEnded(workspace.open, run);
  const report = await workspace.call("run", { id: run });
  expect([report.state, report.steps.map(({ state }) => state)]).toEqual(["succeeded", ["succeeded", "succeeded"]]);
  await eventually("the run's slot to be free", async () => (await queue.state()).running.length === 0);
});

test("F12 a run whose store fills up in the middle ends one way or the other, with nothing half done", async () => {
  await using workspace = await openLocal({ "a.html": cells });
  const { store } = workspace.open;
  const { commit } = store;
  const refusals: ReturnType<typeof refuse>[] = [];
  store.commit = async (fact) => {
    const committed = await commit(fact);
    if (refusals.length === 0) refusals.push(refuse(store));
    return committed;
  };
  const { run } = await workspace.call("startRun", {});
  await eventually("writes to be refused", () => (refusals[0]?.refused() ?? 0) > 1);
  for (const refusal of refusals) refusal.relent();
  await runEnded(workspace.open, run);
  const report = await workspace.call("run", { id: run });
  expect(["succeeded", "failed"]).toContain(report.state);
  expect(report.steps[0]).toMatchObject({ key: "a/one", state: "succeeded" });
  expect(["succeeded", "failed", "cancelled"]).toContain(report.steps[1]?.state);
  expect((await workspace.run()).state).toBe("succeeded");
});
