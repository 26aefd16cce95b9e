import { describe, expect, it } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Step } from "../../../cells/model/run.ts";
import { UnderWay } from "../../../server/runner/under-way.ts";

const stepOf = (name: string): Step => ({
  ...{ run: "r", asset: AssetKey.of("a", name), partition: "", state: "waiting", attempt: 0, reason: "" },
  ...{ rows: null, bytes: null, ms: null, dataVersion: null, error: null, startedAt: null, endedAt: null },
});

/** Steps that end when they are told. */
function steps(...names: readonly string[]) {
  const underWay = new UnderWay(new Set(["a/read"]));
  const all = names.map((name) => ({ step: stepOf(name), ...Promise.withResolvers<void>() }));
  for (const { step, promise } of all) underWay.add(step, () => promise);
  const nth = (i: number) => {
    const one = all[i];
    if (one === undefined) throw new Error(`there is no step ${i}`);
    return one;
  };
  return { underWay, all, nth };
}

/** Whether a promise has settled once everything that is due has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setImmediate(resolve, "later"));
  const settled = promise.then(
    () => "settled",
    () => "settled",
  );
  return (await Promise.race([settled, later])) === "settled";
}

describe("steps of a run that are under way", () => {
  it("one that only waits for its commit gives its place to another", async () => {
    const { underWay, nth } = steps("x", "y");
    const room = underWay.room(2);
    expect(await isSettled(room)).toBe(false);
    underWay.reachesCommit(nth(0).step);
    await room;
    expect(await isSettled(underWay.ended(({ asset }) => asset === "a/x"))).toBe(false);
    nth(0).resolve();
    await underWay.ended(({ asset }) => asset === "a/x");
  });

  it("a commit waits for that of a step that computes, and not where the run reads it or no other comes", () => {
    const { underWay, all } = steps("read", "x", "last");
    expect(all.map(({ step }) => underWay.reachesCommit(step))).toEqual([false, true, false]);
  });

  it("few wait for their commit at once", async () => {
    const { underWay, all, nth } = steps(...Array.from({ length: 14 }, (_, i) => `x${i}`));
    for (const { step } of all) underWay.reachesCommit(step);
    const room = underWay.room(2);
    expect(await isSettled(room)).toBe(false);
    nth(7).resolve();
    await room;
  });

  it("what is thrown out of one is told to whoever waits next, and all are waited for", async () => {
    const { underWay, nth } = steps("x", "y");
    nth(0).reject(new Error("another server took this run over"));
    expect(await isSettled(underWay.room(2))).toBe(true);
    await expect(underWay.ended()).rejects.toThrow("another server took this run over");
    expect(await isSettled(underWay.settled())).toBe(false);
    nth(1).resolve();
    await underWay.settled();
  });
});
