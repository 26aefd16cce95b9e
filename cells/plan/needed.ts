import type { Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import { difference, emptySubset, fullSubset, isEmptySubset, keysIn, subsetOf, union } from "../partition/subset.ts";
import type { PartitionSubset } from "../partition/subset.ts";
import type { Facts } from "../staleness/facts.ts";
import type { Mappings } from "../staleness/mapped.ts";
import type { SpaceOf } from "./spaces.ts";
import type { Targets } from "./targets.ts";

/** What a plan is about: what was asked for, and what that reads and was never made. */
export interface Needed {
  readonly targets: Targets;
  /** the asset that needs this one; null where it was asked for itself */
  purposeOf(key: AssetKey, partition: string): AssetKey | null;
}

/** Adds to what is wanted the partitions of stored ancestors that it, or a virtual asset of `read`, reads and that have no data. */
export function neededBy(
  workspace: Workspace,
  facts: Facts,
  wanted: Targets,
  read: readonly AssetKey[],
  spaceOf: SpaceOf,
  mappings: Mappings,
): Needed {
  const targets = new Map(wanted);
  const purposes = new Map<string, AssetKey>();
  const queue: (readonly [AssetKey, PartitionSubset])[] = [...wanted];
  for (const key of read) {
    const node = workspace.assets.get(key);
    if (node?.options.partitions === null) queue.push([key, fullSubset(spaceOf(node))]);
  }
  for (const [key, subset] of queue) {
    const node = workspace.assets.get(key);
    for (const source of node?.sources ?? []) {
      const input = source.type === "asset" ? workspace.assets.get(source.key) : undefined;
      if (!node || !input) continue;
      const isWhole = input.options.partitions === null;
      if (isWhole && targets.has(input.key)) continue;
      const edge = mappings.edge(node, input.key);
      if (edge === null && !isWhole) continue;
      const space = spaceOf(input);
      const before = targets.get(input.key) ?? emptySubset(space);
      const reads = difference(edge === null ? fullSubset(space) : edge.upstreamOf(subset).subset, before);
      const added = lackingOf(facts, input.key, reads);
      if (isEmptySubset(added)) continue;
      for (const partition of keysIn(added)) purposes.set(`${input.key}\n${partition}`, key);
      targets.set(input.key, union(before, added));
      queue.push([input.key, added]);
    }
  }
  return { targets, purposeOf: (key, partition) => purposes.get(`${key}\n${partition}`) ?? null };
}

/** Of these partitions of an asset, those that have no data. */
export function lackingOf(facts: Facts, asset: AssetKey, of: PartitionSubset): PartitionSubset {
  const known = facts.lacking?.(asset, of);
  if (known !== undefined) return known;
  return subsetOf(
    of.space,
    [...keysIn(of)].filter((partition) => facts.latest(asset, partition) === null),
  );
}

/** What is wanted and nothing else. */
export function justThese(wanted: Targets): Needed {
  return { targets: wanted, purposeOf: () => null };
}
