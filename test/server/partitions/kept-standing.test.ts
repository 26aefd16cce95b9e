import fc from "fast-check";
import { expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { subsetToJson } from "../../../cells/partition/subset-json.ts";
import { spacesOf } from "../../../cells/plan/spaces.ts";
import { engineMajor } from "../../../server/engine/engine-version.ts";
import { keptStanding, type StandingSources } from "../../../server/partitions/kept-standing.ts";
import { standingOfPartitions } from "../../../server/planning/standing.ts";
import { settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { began, carryOut, names, operation, text } from "../../support/partition-story.ts";

test("what is kept of partitions is what is found by looking at all of them", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 25 }), async (operations) => {
      const clock = settableClock(began);
      await using local = await openLocal({ "a.html": text(1) }, { concurrency: 0, clock });
      let run = 0;
      for (const one of operations) {
        await carryOut(local, one, clock, `r${++run}`);
        for (const name of names.slice(1, 5))
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
