import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { emptySubset, knownSubset } from "../../cells/partition/subset.ts";
import { spacesOf, type SpaceOf } from "../../cells/plan/spaces.ts";
import { mappingsOf, withMappings } from "../../cells/staleness/mapped.ts";
import { stalenessOfPartitions, type PartitionedStaleness } from "../../cells/staleness/partitioned.ts";
import { stalenessOf, type Staleness } from "../../cells/staleness/staleness.ts";
import type { LoadedFacts } from "./facts.ts";

/** How every asset stands; one with partitions as all of them together. */
export function standingOf(workspace: Workspace, facts: LoadedFacts): ReadonlyMap<AssetKey, Staleness> {
  const spaceOf = spacesOf(workspace, { at: facts.now, ...facts.open });
  return stalenessOf(workspace, withMappings(facts, mappingsOf(workspace, spaceOf)), {
    whole: (node) =>
      node.options.partitions === null || node.storage === "virtual"
        ? null
        : standingOfPartitions(workspace, facts, node, spaceOf),
  });
}

/** How the partitions of one asset stand. Throws `attribute_invalid` where its definition has none that work. */
export function standingOfPartitions(
  workspace: Workspace,
  facts: LoadedFacts,
  node: AssetNode,
  spaceOf: SpaceOf,
): PartitionedStaleness {
  const space = spaceOf(node);
  const { materialized = [], failed = [] } = facts.partitionsOf(node.key) ?? {};
  return stalenessOfPartitions({
    workspace,
    facts: withMappings(facts, mappingsOf(workspace, spaceOf)),
    node,
    space,
    recorded: {
      materialized: knownSubset(space, materialized),
      failed: knownSubset(space, failed),
      running: emptySubset(space),
    },
  });
}
