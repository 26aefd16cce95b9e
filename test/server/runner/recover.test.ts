import { join } from "node:path";
import { expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { recoverRuns } from "../../../server/runner/recover.ts";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import type { Store } from "../../../server/store/store.ts";
import { newFact, newRun, newStep } from "../../support/store-rows.ts";
import { settableClock } from "../../support/clock.ts";
import { openLocal } from "../../support/local.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";

const [slow, after] = [AssetKey.of("a", "slow"), AssetKey.of("a", "after")];
const clock = settableClock(1000);

/** A store in a folder of its own with a run of two steps that waits. */
async function withRun(): Promise<AsyncDisposable & { readonly store: Store }> {
  const folder = await temporaryWorkspace({});
  const store = await openSqliteStore(join(folder.path, "store.db"), { clock: () => clock.now() });
  await store.createRun({ run: newRun("r1"), steps: [newStep("r1", slow), newStep("r1", after)] });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What a server does before it dies: takes the run, and begins the first step. */
async function begin(store: Store, asset = slow): Promise<number> {
  const fence = (await store.lease("r1", "w", 1000, clock.now()))?.fence ?? 0;
  await store.changeRun("r1", "starting", { at: 1, fence });
  await store.changeRun("r1", "running", { at: 1, fence });
  const step = (await store.steps("r1")).find((other) => other.asset === asset);
  const id = { run: "r1", asset, partition: "" };
  if (step?.state === "running") await store.changeStep(id, "waiting", { at: 1, fence });
  await store.changeStep(id, "running", { at: 1, fence });
  return fence;
}

test("P4 a run that the server died over three times in a row fails, and says at which step", async () => {
  await using held = await withRun();
  const { store } = held;
  for (let death = 1; death < 3; death++) {
    await begin(store);
    expect(await recoverRuns(store, clock)).toEqual(["r1"]);
  }
  await begin(store);
  expect(await recoverRuns(store, clock)).toEqual([]);
  const error = {
    name: "AppError",
    code: "runner_died",
    message:
      "the server died 3 times while this run computed a/slow, so it is not tried again; look at the server's log and its memory, then start the run again",
    data: {},
  };
  expect(await store.run("r1")).toMatchObject({ state: "failed", error });
  expect((await store.steps("r1")).map(({ asset, state, error: of }) => [asset, state, of?.message])).toEqual([
    [slow, "failed", error.message],
    [after, "cancelled", undefined],
  ]);
  expect(await recoverRuns(store, clock)).toEqual([]);
});

test("a step that ended in between, and a server that was stopped, are not held against a run", async () => {
  await using held = await withRun();
  const { store } = held;
  await begin(store);
  await recoverRuns(store, clock);
  // a server that was stopped says so
  const stopped = await begin(store);
  await store.changeRun("r1", "interrupted", { at: 1, fence: stopped });
  expect(await recoverRuns(store, clock)).toEqual(["r1"]);
  const fence = await begin(store);
  await store.changeStep({ run: "r1", asset: slow, partition: "" }, "committing", { at: 1, fence });
  await store.commit({ fence, materialization: newFact("r1", slow), attempt: 1, reason: "new", at: 1 });
  for (let death = 0; death < 2; death++) {
    expect(await recoverRuns(store, clock)).toEqual(["r1"]);
    await begin(store, after);
  }
  expect(await recoverRuns(store, clock)).toEqual([]);
  expect((await store.run("r1"))?.state).toBe("failed");
});

test("a workspace that is closed during a run leaves it as stopped, and the next goes on with it", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([["sql", 'output="long"', "SELECT count(*) AS n FROM range(100000000000) a, range(1000000) b"]]),
  });
  const { store } = workspace.open;
  const { run } = await workspace.call("startRun", {});
  await new Promise<void>((resolve) => {
    const leave = store.onEvents(
      () => void store.steps(run).then((steps) => steps[0]?.state === "running" && (leave(), resolve())),
    );
  });
  const states: (readonly [string, string | null | undefined])[] = [];
  const closing = workspace.open.close();
  await closing;
  const again = await openSqliteStore(join(workspace.open.home, "store.db"));
  for (const { event } of await again.eventsAfter(0, 1000, run))
    if (event.type === "run_changed") states.push([event.state, event.error?.code]);
  await again.close();
  expect(states).toEqual([
    ["queued", undefined],
    ["starting", undefined],
    ["running", undefined],
    ["interrupted", undefined],
  ]);
});
