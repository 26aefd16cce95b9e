import fc from "fast-check";
import { expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { type OpenWorkspace, openWorkspace } from "../../../server/open-workspace.ts";
import { newFact, newRun, newStep } from "../../support/store-rows.ts";
import { settableClock } from "../../support/clock.ts";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const start = Date.UTC(2026, 0, 31, 9, 0, 30);
const text = notebook([
  ["sql", 'output="orders"', "SELECT 1 AS x"],
  ["sql", 'output="items"', "SELECT 2 AS y"],
  ["sql", 'output="report" automation="eager"', "SELECT * FROM orders, items"],
  ["sql", 'output="daily" automation="on_cron(&quot;* * * * *&quot;)"', "SELECT * FROM orders"],
  ["sql", 'output="once" automation="on_missing"', "SELECT * FROM items"],
]);

/** One thing that happens, and whether the server looks, or is begun anew, behind it. */
const happening = fc.record({
  what: fc.constantFrom("orders", "items", "fails", "minute"),
  looks: fc.boolean(),
  restarts: fc.boolean(),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Carries a run out without computing: each step gets a fact of its own, or (`fails`) fails. */
async function carryOut({ store, clock }: OpenWorkspace, run: string, fails = false): Promise<void> {
  const lease = await store.lease(run, "here", 60_000, clock.now());
  const change = { at: clock.now(), fence: lease?.fence ?? 0 };
  await store.changeRun(run, "starting", change);
  await store.changeRun(run, "running", change);
  for (const { asset, partition, state } of await store.steps(run)) {
    if (state !== "waiting") continue;
    await store.changeStep({ run, asset, partition }, "running", change);
    if (fails) {
      await store.changeStep({ run, asset, partition }, "failed", change);
      continue;
    }
    await store.changeStep({ run, asset, partition }, "committing", change);
    const materialization = newFact(run, asset, {
      dataVersion: run,
      memoKey: `${run} ${asset}`,
      createdAt: clock.now(),
    });
    await store.commit({ fence: change.fence, attempt: 1, reason: "computed", at: clock.now(), materialization });
  }
  await store.changeRun(run, fails ? "failed" : "succeeded", change);
}

/** What was decided, in order: assets of runs, by the number of the happening after which they were. */
async function live(story: readonly Happening[], withRestarts: boolean): Promise<readonly string[]> {
  const clock = settableClock(start);
  await using local = await openLocal({ "a.html": text }, { clock, concurrency: 0 });
  await local.call("publish", { path: "a.html" });
  let open = local.open;
  const decided: string[] = [];
  const look = async (i: number) => {
    await open.automation.look();
    for (const { run } of await open.store.queued()) {
      const assets = (await open.store.steps(run)).map(({ asset }) => AssetKey.name(asset)).sort();
      decided.push(`${i}: ${assets.join(" ")}`);
      await carryOut(open, run);
    }
  };
  await look(-1);
  for (const [i, { what, looks, restarts }] of story.entries()) {
    if (what === "minute") clock.set(clock.now() + 60_000);
    else {
      const asset = AssetKey.of("a", what === "items" ? "items" : "orders");
      const id = `run ${i}`;
      await open.store.createRun({ run: newRun(id, { createdAt: clock.now() }), steps: [newStep(id, asset)] });
      await carryOut(open, id, what === "fails");
    }
    if (withRestarts && restarts) {
      await open.close();
      open = await openWorkspace(local.path, { clock, concurrency: 0 });
    }
    if (looks) await look(i);
  }
  await look(story.length);
  await look(story.length);
  if (open !== local.open) await open.close();
  return decided;
}

test(
  "whenever the server is begun anew, it decides what one that was never stopped decides",
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 8 }), async (story) => {
        expect(await live(story, true)).toEqual(await live(story, false));
      }),
      { numRuns: 8 },
    );
  },
);
