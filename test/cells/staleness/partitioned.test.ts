import { describe, expect, it } from "vitest";
import type { AssetNode, Workspace } from "../../../cells/graph/workspace.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { parsePartitions } from "../../../cells/partition/parse.ts";
import { toSpace } from "../../../cells/partition/space.ts";
import { emptySubset, keysIn, subsetOf } from "../../../cells/partition/subset.ts";
import { rootCauses } from "../../../cells/staleness/cause.ts";
import { mappingsOf, withMappings } from "../../../cells/staleness/mapped.ts";
import { stalenessOfPartitions, type PartitionedStaleness } from "../../../cells/staleness/partitioned.ts";
import { stalenessOf } from "../../../cells/staleness/staleness.ts";
import { transitiveCauses } from "../../../cells/staleness/transitive.ts";
import { workspaceOf } from "../graph/notebooks.ts";
import { FakeFacts, nine } from "./fake-facts.ts";

const orders = AssetKey.parse("sales/orders");
const totals = AssetKey.parse("sales/totals");
const regions = ["eu", "us", "asia"];
const workspace = workspaceOf({
  "sales.html": [
    ["sql", "select 1 as id", { output: "orders", partitions: "static eu us asia" }],
    ["sql", "select count(*) as n from orders", { output: "totals", partitions: "static eu us asia" }],
  ],
});

const spaceOf = (node: AssetNode) =>
  toSpace(node.options.partitions === null ? null : parsePartitions(node.options.partitions), {
    at: nine,
    timezone: "UTC",
  });

function tell(facts: FakeFacts, made: readonly string[], failed: readonly string[] = []): PartitionedStaleness {
  const node = nodeOf(workspace, totals);
  const space = spaceOf(node);
  return stalenessOfPartitions({
    workspace,
    facts: withMappings(facts, mappingsOf(workspace, spaceOf)),
    node,
    space,
    recorded: { materialized: subsetOf(space, made), failed: subsetOf(space, failed), running: emptySubset(space) },
  });
}

function nodeOf({ assets }: Workspace, key: AssetKey): AssetNode {
  const node = assets.get(key);
  if (!node) throw new Error(`no asset ${key}`);
  return node;
}

function madeAll(): FakeFacts {
  const facts = new FakeFacts();
  for (const key of [orders, totals])
    for (const partition of regions) facts.materialize(workspace, key, `${key}@1`, { partition });
  return facts;
}

describe("staleness of partitions", () => {
  it("V6 the state of an asset is that of its partitions", () => {
    const facts = madeAll();
    expect(tell(facts, regions).reason).toBe("all 3 partitions are up to date");
    facts.now = nine + 2 * 60_000;
    facts.materialize(workspace, orders, "sales/orders@2", { partition: "us" });
    const stale = tell(facts, ["eu", "us"]);
    expect([stale.status, stale.reason, [...keysIn(stale.report.subsets.stale)], stale.report.counts]).toEqual([
      "stale",
      "totals is stale for 1 of 3, missing for 1 of 3 partitions: orders has newer data (09:02)",
      ["us"],
      { running: 0, failed: 0, stale: 1, materialized: 1, missing: 1 },
    ]);
    expect(tell(facts, regions, ["asia"]).status).toBe("failed");
    facts.materialize(workspace, orders, "sales/orders@1", { partition: "us" });
    expect(tell(facts, regions).status).toBe("fresh");
  });

  it("what has other code is stale without a look at each partition", () => {
    const facts = madeAll();
    const node = nodeOf(workspace, totals);
    const space = spaceOf(node);
    const all = subsetOf(space, regions);
    const { report, reason } = stalenessOfPartitions({
      workspace,
      facts,
      node: { ...node, effectiveCodeVersion: "other" },
      space,
      recorded: {
        materialized: all,
        failed: emptySubset(space),
        running: emptySubset(space),
        byCode: new Map([[node.effectiveCodeVersion, all]]),
        suspects: emptySubset(space),
      },
    });
    expect([report.counts.stale, reason]).toEqual([3, "totals is stale for all 3 partitions: its code changed"]);
  });

  it("V7 what is on its way, with the roots of it", () => {
    const chain = workspaceOf({
      "n.html": [
        ["sql", "select 1 as id", { output: "a" }],
        ["sql", "select * from a", { output: "b" }],
        ["sql", "select * from b", { output: "c" }],
      ],
    });
    const facts = new FakeFacts();
    const [a, b, c] = ["a", "b", "c"].map((name) => AssetKey.of("n", name));
    if (!a || !b || !c) throw new Error("three names");
    expect(rootCauses(transitiveCauses(stalenessOf(chain, facts)).get(c) ?? [])).toEqual(
      [c, b, a].map((asset) => ({ type: "missing", asset })),
    );
    for (const key of [a, b, c]) facts.materialize(chain, key, "1");
    expect(transitiveCauses(stalenessOf(chain, facts)).get(c)).toEqual([]);
    facts.materialize(chain, a, "2");
    const causes = transitiveCauses(stalenessOf(chain, facts));
    expect([causes.get(b), rootCauses(causes.get(c) ?? [])]).toEqual([
      [{ type: "data", asset: b, input: a, at: nine, causes: [{ type: "materialized", asset: a, at: nine }] }],
      [{ type: "materialized", asset: a, at: nine }],
    ]);
  });
});
