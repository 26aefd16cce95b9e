import type { Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import { product, stretch } from "../partition/segments.ts";
import { isEmptySubset, type PartitionSubset } from "../partition/subset.ts";
import { problemOfPartitions, type SpaceOf } from "./spaces.ts";
import type { Targets } from "./targets.ts";

/**
 * The partitions of some assets that a tick is about: of each dimension of time the last `count` windows, but for the `ago` last of
 * all, of the others every key, where `spaceOf` gives those that exist at its instant: a window exists once
 * it has ended. Assets without partitions, and those of which none has ended yet, are not in it.
 */
export function endedPartitions(
  workspace: Workspace,
  keys: readonly AssetKey[],
  spaceOf: SpaceOf,
  { count, ago }: { readonly count: number; readonly ago: number },
): Targets {
  const found = new Map<AssetKey, PartitionSubset>();
  for (const key of keys) {
    const node = workspace.assets.get(key);
    if (node === undefined || node.storage === "virtual" || node.options.partitions === null) continue;
    if (problemOfPartitions(node, spaceOf) !== null) continue;
    const space = spaceOf(node);
    const segments = product(
      space.axes.map((axis) => {
        if (axis.windows === null) return stretch(0, axis.count);
        const end = Math.max(0, axis.count - ago);
        return stretch(Math.max(0, end - count), end);
      }),
    );
    const subset = { space, segments };
    if (!isEmptySubset(subset)) found.set(key, subset);
  }
  return found;
}
