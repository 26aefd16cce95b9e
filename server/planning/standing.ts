import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { emptySubset, knownSubset } from "../../cells/partition/subset.ts";
import { spacesOf, type SpaceOf } from "../../cells/plan/spaces.ts";
import { mappingsOf, withMappings } from "../../cells/staleness/mapped.ts";
import { stalenessOfPartitions, type PartitionedStaleness } from "../../cells/staleness/partitioned.ts";
import { stalenessOf, type Staleness } from "../../cells/staleness/staleness.ts";
import type { LoadedFacts } from "./facts.ts";

/** How every asset stands; one with partitions as all of them together, by what was kept where these are very many. */
export async function standingOf(workspace: Workspace, facts: LoadedFacts): Promise<ReadonlyMap<AssetKey, Staleness>> {
  const spaceOf = spacesOf(workspace, { at: facts.now, ...facts.open });
  const kept = new Map<AssetKey, PartitionedStaleness>();
  for (const node of facts.wide.size === 0 ? [] : workspace.assets.values())
    if (!reachesWide(node, facts)) continue;
    else if (isSliced(node)) kept.set(node.key, (await facts.standing(node)).standing);
    else await facts.prepare(node);
  return facts.complete(() =>
    stalenessOf(workspace, withMappings(facts, mappingsOf(workspace, spaceOf)), {
      whole: (node) =>
        isSliced(node) ? (kept.get(node.key) ?? standingOfPartitions(workspace, facts, node, spaceOf)) : null,
    }),
  );
}

/** How the partitions of one asset stand, by what was kept where it has very many or reads such. Throws as `standingOfPartitions`. */
export async function standingIn(
  workspace: Workspace,
  facts: LoadedFacts,
  node: AssetNode,
  spaceOf: SpaceOf,
): Promise<PartitionedStaleness> {
  return reachesWide(node, facts)
    ? (await facts.standing(node)).standing
    : standingOfPartitions(workspace, facts, node, spaceOf);
}

/**
 * How the partitions of one asset stand, by looking at each. Throws `attribute_invalid` where its definition has none that work,
 * `NotAtHand`.
 */
export function standingOfPartitions(
  workspace: Workspace,
  facts: LoadedFacts,
  node: AssetNode,
  spaceOf: SpaceOf,
): PartitionedStaleness {
  const space = spaceOf(node);
  return stalenessOfPartitions({
    workspace,
    facts: withMappings(facts, mappingsOf(workspace, spaceOf)),
    node,
    space,
    recorded: {
      materialized: knownSubset(space, facts.partitionsOf(node.key)),
      failed: knownSubset(
        space,
        facts.failedOf(node.key).filter((partition) => partition !== ""),
      ),
      running: emptySubset(space),
    },
  });
}

function isSliced({ options, storage }: AssetNode): boolean {
  return options.partitions !== null && storage !== "virtual";
}

function reachesWide({ key, sources }: AssetNode, { wide }: LoadedFacts): boolean {
  return wide.has(key) || sources.some((source) => source.type === "asset" && wide.has(source.key));
}
