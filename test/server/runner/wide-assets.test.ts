import fc from "fast-check";
import { expect, test } from "vitest";
import { subsetToJson } from "../../../cells/partition/subset-json.ts";
import { groundOf, planOf, targetsFor } from "../../../server/backfill/plan-backfill.ts";
import { healthOfAssets } from "../../../server/freshness/health.ts";
import { Planner } from "../../../server/planning/planner.ts";
import { standingOf } from "../../../server/planning/standing.ts";
import { settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { began, carryOut, names, operation, text } from "../../support/partition-story.ts";

const selections = ["", "sum", "+end", "last", "whole", "totals", "is:stale or is:missing", "events", "seen"];
// few days, so that sometimes each of them is there
const from = "2026-01-08";
const partitions = [null, "2026-01-08..2026-01-09", "*"];

test("lists, plans and backfills say of wide assets what they say of others", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 10, maxLength: 30 }),
      fc.constantFrom(0, 0, 2, 6),
      async (operations, wideFrom) => {
        const clock = settableClock(began);
        await using local = await openLocal({ "a.html": text(1, from) }, { concurrency: 0, clock });
        const wide = new Planner({ ...local.open, wideFrom });
        for (const [i, one] of operations.entries()) {
          await carryOut(local, one, clock, `r${i}`, from);
          if (i % 3 > 0 && i < operations.length - 1) continue;
          expect(await list(local, wide)).toEqual(await list(local, local.open.planner));
          const select = selections[i % selections.length] ?? "";
          const partition = partitions[i % partitions.length] ?? null;
          expect(await plan(wide, select, partition)).toEqual(await plan(local.open.planner, select, partition));
          expect(await backfill(wide, select, partition, clock.now())).toEqual(
            await backfill(local.open.planner, select, partition, clock.now()),
          );
        }
      },
    ),
    { numRuns: 10 },
  );
});

test("what an asset without partitions reads of a wide one is looked at again once it moved", async () => {
  const clock = settableClock(began);
  await using local = await openLocal({ "a.html": text(1, from) }, { concurrency: 0, clock });
  const wide = new Planner({ ...local.open, wideFrom: 0 });
  let run = 0;
  const make = (name: string, at = 0) =>
    carryOut(local, { type: "make", asset: names.indexOf(name), at, how: "now" }, clock, `r${++run}`, from);
  const sum = async () => {
    const told = await list(local, wide);
    expect(told).toEqual(await list(local, local.open.planner));
    const steps = await plan(wide, "sum", null);
    expect(steps).toEqual(await plan(local.open.planner, "sum", null));
    return told.find(([key]) => key === "a/sum")?.slice(1, 3);
  };
  await make("events");
  await make("day", 0);
  expect(await sum()).toEqual(["missing", "never materialized"]);
  await make("day", 1);
  await make("sum");
  expect(await sum()).toEqual(["fresh", "up to date (00:00)"]);
  clock.set(began + 60_000);
  await make("day", 1);
  expect(await sum()).toEqual(["stale", "sum is stale: day for 2026-01-09 has newer data (00:01)"]);
  await make("sum");
  expect(await sum()).toEqual(["fresh", "up to date (00:01)"]);
  clock.set(began + 86_400_000);
  expect(await sum()).toEqual(["fresh", "will change: day was never materialized"]);
});

async function list({ open: { store } }: LocalWorkspace, planner: Planner) {
  const { workspace } = await planner.effective();
  const facts = await planner.facts(workspace);
  const standing = await standingOf(workspace, facts);
  const health = await healthOfAssets(workspace, facts, store);
  return Array.from(standing, ([key, { status, reason, affectedBy }]) => [
    ...[key, status, reason, affectedBy],
    health(key),
  ]);
}

async function plan(planner: Planner, select: string, partition: string | null) {
  const request = { select, partition, force: false, draft: false, params: {} };
  return planner.plan(request).then(
    ({ plan: { steps } }) => steps,
    (error: unknown) => String(error),
  );
}

async function backfill(planner: Planner, select: string, partition: string | null, now: number) {
  const told: unknown[] = [];
  for (const only of [[], ["missing"], ["stale", "failed"]] as const) {
    const question = { select, partition, only, params: {}, force: false, chunk: 10 };
    const ground = await groundOf(planner, now);
    try {
      const targets = await targetsFor(planner, question, ground);
      told.push(
        Array.from(targets, ([key, subset]) => [key, subsetToJson(subset)]),
        await planOf(targets, ground, question),
      );
    } catch (error) {
      told.push(String(error));
    }
  }
  return told;
}
