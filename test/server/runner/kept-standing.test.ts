import fc from "fast-check";
import { expect, test } from "vitest";
import { sourceKey } from "../../../cells/graph/workspace.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { keysOf } from "../../../cells/partition/space.ts";
import { subsetToJson } from "../../../cells/partition/subset-json.ts";
import { spacesOf } from "../../../cells/plan/spaces.ts";
import { recordedVersion } from "../../../cells/staleness/facts.ts";
import { mappingsOf, withMappings } from "../../../cells/staleness/mapped.ts";
import { engineMajor } from "../../../server/engine/engine-version.ts";
import { keptStanding, type StandingSources } from "../../../server/runner/kept-standing.ts";
import { standingOfPartitions } from "../../../server/runner/standing.ts";
import { newFact, newRun, newStep } from "../../support/store-rows.ts";
import { settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const dayMs = 86_400_000;
const began = Date.UTC(2026, 0, 10);
const daily = 'partitions="daily from=2026-01-01"';
const text = (factor: number) =>
  notebook(
    [
      ["sql", 'output="events"', "SELECT 1 AS n"],
      ["sql", `output="day" ${daily}`, `SELECT ${factor} * n AS n FROM events`],
      ["sql", `output="totals" ${daily}`, "SELECT sum(n) AS n FROM day"],
      ["sql", `output="last" ${daily} upstream="day: last 3"`, "SELECT sum(n) AS n FROM day"],
      ["sql", 'output="whole" partitions="static eu us" upstream="day: all"', "SELECT sum(n) AS n FROM day"],
    ],
    'timezone="UTC"',
  );
const names = ["events", "day", "totals", "last", "whole"];

type Operation =
  | {
      readonly type: "make";
      readonly asset: number;
      readonly at: number;
      readonly how: "now" | "old code" | "old data";
    }
  | { readonly type: "fail"; readonly asset: number; readonly at: number }
  | { readonly type: "wipe"; readonly asset: number; readonly at: number | null }
  | { readonly type: "code"; readonly factor: number }
  | { readonly type: "day" };

const asset = fc.nat({ max: names.length - 1 });
const at = fc.nat({ max: 11 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ type: fc.constant("make" as const), asset, at },
      how: fc.constantFrom("now" as const, "now" as const, "old code" as const, "old data" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("fail" as const), asset, at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("wipe" as const), asset, at: fc.option(at) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("code" as const), factor: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("day" as const) }) },
);

test("what is kept of partitions is what is found by looking at all of them", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 25 }), async (operations) => {
      const clock = settableClock(began);
      await using local = await openLocal({ "a.html": text(1) }, { concurrency: 0, clock });
      let run = 0;
      for (const one of operations) {
        await carryOut(local, one, clock, `r${++run}`);
        for (const name of names.slice(1))
          expect([name, await kept(local, name)]).toEqual([name, await fromScratch(local, name)]);
      }
    }),
    { numRuns: 5 },
  );
});

test("what did not change is not looked at again", { timeout: 60_000 }, async () => {
  const clock = settableClock(began);
  await using local = await openLocal({ "a.html": text(1) }, { concurrency: 0, clock });
  const { store, planner } = local.open;
  for (const [i, one] of [...[0, 1, 1, 1, 2, 2].entries()])
    await carryOut(local, { type: "make", asset: one, at: i, how: "now" }, clock, `r${i}`);
  const { workspace } = await planner.effective();
  const looks: string[] = [];
  const counting: StandingSources["store"] = {
    ...{ lastSeq: store.lastSeq, allPartitionKeys: store.allPartitionKeys, standing: store.standing },
    ...{ keepStanding: store.keepStanding, movedSince: store.movedSince, failures: store.failures },
    pointers: store.pointers,
    pointersAfter: (...args) => (looks.push("all"), store.pointersAfter(...args)),
    pointersAt: (asset, keys) => (looks.push(`${asset} ${keys.join(" ")}`), store.pointersAt(asset, keys)),
  };
  const look = async () => {
    looks.length = 0;
    const sources = { store: counting, fileVersion: async () => null, now: clock.now(), engine: engineMajor };
    await keptStanding(workspace, requireNode(workspace, "totals"), sources);
    return looks.filter((said) => !said.endsWith(" "));
  };
  expect((await look())[0]).toBe("all");
  expect(await look()).toEqual([]);
  await carryOut(local, { type: "make", asset: 1, at: 4, how: "now" }, clock, "again");
  expect(await look()).toEqual(["a/totals 2026-01-05", "a/day 2026-01-05"]);
  expect((await look()).filter((said) => said === "all")).toEqual([]);
});

async function carryOut(
  local: LocalWorkspace,
  one: Operation,
  clock: ReturnType<typeof settableClock>,
  run: string,
): Promise<void> {
  const { planner, store } = local.open;
  if (one.type === "day") return clock.set(clock.now() + dayMs);
  if (one.type === "code") return local.write("a.html", text(one.factor));
  const { workspace } = await planner.effective();
  const facts = await planner.facts(workspace);
  const spaceOf = spacesOf(workspace, { at: clock.now(), ...facts.open });
  const node = workspace.assets.get(AssetKey.of("a", names[one.asset] ?? ""));
  if (node === undefined) throw new Error("no such asset");
  const keys = node.options.partitions === null ? [""] : [...keysOf(spaceOf(node))];
  const partition = one.at === null ? null : (keys[one.at % keys.length] ?? "");
  if (one.type === "wipe" || partition === null) {
    await store.wipe(node.key, partition === null ? null : [partition], clock.now());
    return;
  }
  await store.createRun({ run: newRun(run), steps: [newStep(run, node.key, { partition, attempt: 0 })] });
  const fence = (await store.lease(run, "test", 1000, clock.now()))?.fence ?? 0;
  const step = { run, asset: node.key, partition };
  await store.changeStep(step, "running", { at: clock.now(), fence });
  if (one.type === "fail") return store.changeStep(step, "failed", { at: clock.now(), fence });
  await store.changeStep(step, "committing", { at: clock.now(), fence });
  const known = withMappings(facts, mappingsOf(workspace, spaceOf));
  const inputs = node.sources.map((source) => [
    sourceKey(source),
    one.how === "old data" ? "old" : (recordedVersion(workspace, known, node, source, partition) ?? "none"),
  ]);
  await store.commit({
    ...{ fence, attempt: 1, reason: "made", at: clock.now() },
    materialization: newFact(run, node.key, {
      ...{ partition, inputs: Object.fromEntries(inputs) as Record<string, string>, engine: engineMajor },
      codeVersion: one.how === "old code" ? "old" : node.effectiveCodeVersion,
      ...{ dataVersion: run, memoKey: run, createdAt: clock.now() },
    }),
  });
}

async function kept({ open: { planner, store, clock } }: LocalWorkspace, name: string) {
  const { workspace } = await planner.effective();
  return said(
    await keptStanding(workspace, requireNode(workspace, name), {
      ...{ store, fileVersion: async () => null, now: clock.now(), engine: engineMajor },
    }),
  );
}

async function fromScratch({ open: { planner, clock } }: LocalWorkspace, name: string) {
  const { workspace } = await planner.effective();
  const facts = await planner.facts(workspace);
  const spaceOf = spacesOf(workspace, { at: clock.now(), ...facts.open });
  return said(standingOfPartitions(workspace, facts, requireNode(workspace, name), spaceOf));
}

function requireNode({ assets }: Parameters<typeof spacesOf>[0], name: string) {
  const node = assets.get(AssetKey.of("a", name));
  if (node === undefined) throw new Error(`no asset ${name}`);
  return node;
}

function said({ status, reason, report: { counts, subsets } }: ReturnType<typeof standingOfPartitions>) {
  const sets = Object.entries(subsets).map(([state, subset]) => [state, JSON.stringify(subsetToJson(subset))]);
  return { status, reason, counts, sets };
}
