import { describe, expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { emptySubset, fullSubset, keysIn } from "../../../cells/partition/subset.ts";
import { makePlan } from "../../../cells/plan/plan.ts";
import { spacesOf } from "../../../cells/plan/spaces.ts";
import { mappingsOf, withMappings } from "../../../cells/staleness/mapped.ts";
import { stalenessOfPartitions } from "../../../cells/staleness/partitioned.ts";
import { cpuMsOnce } from "../../support/cpu-time.ts";
import { workspaceOf } from "../graph/notebooks.ts";
import { FakeFacts, nine } from "./fake-facts.ts";

const total = AssetKey.parse("n/total");

/** A running total over so many hours, with all of them made, each from the one before. */
function chainOf(hours: number, mapping = "offset -1") {
  const from = new Date(nine - hours * 3_600_000).toISOString().slice(0, 16);
  const workspace = workspaceOf({
    "n.html": [
      [
        "sql",
        "select 1 as n from total",
        { output: "total", partitions: `hourly from=${from}`, upstream: `total: ${mapping}` },
      ],
    ],
  });
  const node = workspace.assets.get(total);
  if (node === undefined) throw new Error("no total");
  const spaceOf = spacesOf(workspace, { at: nine });
  const space = spaceOf(node);
  const facts = new FakeFacts();
  const mapped = () => withMappings(facts, mappingsOf(workspace, spaceOf));
  const keys = [...keysIn(fullSubset(space))];
  const make = (partition: string, version: string) =>
    facts.materialize(workspace, total, version, { partition, read: mapped() });
  for (const key of keys) make(key, `v ${key}`);
  const tell = () =>
    stalenessOfPartitions({
      ...{ workspace, facts: mapped(), node, space },
      recorded: { materialized: fullSubset(space), failed: emptySubset(space), running: emptySubset(space) },
    });
  const plan = (partition: string) => makePlan({ workspace, facts, keys: [total], partition, spaceOf });
  return { keys, make, tell, plan };
}

describe("a chain of windows", () => {
  test("a window that came out otherwise makes the next one stale, and no other; going back makes it fresh", () => {
    const { keys, make, tell } = chainOf(5);
    const [first = "", second = ""] = keys;
    expect(tell().status).toBe("fresh");
    make(first, "other");
    const { status, reason, report } = tell();
    expect([status, [...keysIn(report.subsets.stale)]]).toEqual(["stale", [second]]);
    expect(reason).toMatch(
      /^total is stale for 1 of 5 partitions: total for 2026-01-31-04:00 has newer data \(09:00\)$/,
    );
    make(first, `v ${first}`);
    expect(tell().status).toBe("fresh");
  });

  test("a plan goes on behind what it makes again, as far as it is known", () => {
    const { keys, make, plan } = chainOf(4);
    make(keys[0] ?? "", "other");
    expect(plan("*").steps.map(({ action, reason }) => `${action}: ${reason}`)).toEqual([
      "reuse: up to date (09:00)",
      "run: total for 2026-01-31-05:00 has newer data (09:00)",
      "run: an earlier partition of it will be rebuilt first; reused if its data come out the same",
      "run: an earlier partition of it will be rebuilt first; reused if its data come out the same",
    ]);
  });

  test("ten thousand windows are no deeper than one, and take ten times as long as a thousand", () => {
    const timed = (hours: number) => {
      const { keys, make, tell, plan } = chainOf(hours);
      return cpuMsOnce(() => {
        expect(tell().status).toBe("fresh");
        make(keys[0] ?? "", "other");
        expect(tell().report.counts.stale).toBe(1);
        expect(plan("*").steps.filter(({ action }) => action === "run")).toHaveLength(hours - 1);
      });
    };
    const [small, large] = [timed(1_000), timed(10_000)];
    // quadratic would be a hundred times
    expect(large / small).toBeLessThan(40);
  });
});
