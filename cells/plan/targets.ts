import { AppError } from "../errors.ts";
import type { AssetNode, Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import { everyKey } from "../partition/key-text.ts";
import { parsePartitionRange } from "../partition/range.ts";
import { emptySubset, existing, isEmptySubset, union, type PartitionSubset } from "../partition/subset.ts";
import type { Mappings } from "../staleness/mapped.ts";
import type { SpaceOf } from "./spaces.ts";

/** Which partitions of which assets are meant; assets without partitions are not in it. */
export type Targets = ReadonlyMap<AssetKey, PartitionSubset>;

/**
 * What a partition (`K`, `A..B`, `*`, one of these for each dimension) means for each of the assets asked for. Those whose
 * definition has such keys take it as it stands; the others take what those read, or what reads those. Throws `usage` where no
 * definition has such keys, with what is wrong for the first, or none has partitions.
 */
export function targetsOf(
  workspace: Workspace,
  asked: readonly AssetKey[],
  spaceOf: SpaceOf,
  mappings: Mappings,
  text: string,
): Targets {
  const targets = new Map<AssetKey, PartitionSubset>();
  const others: AssetNode[] = [];
  let refusal: AppError | null = null;
  for (const key of asked) {
    const node = workspace.assets.get(key);
    if (!node || node.storage === "virtual" || node.options.partitions === null) continue;
    try {
      targets.set(key, withKeys(node, parsePartitionRange(spaceOf(node), text)));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusal ??= new AppError(error.code, `${error.message} (${key})`, { data: { ...error.data, asset: key } });
      others.push(node);
    }
  }
  if (targets.size === 0)
    throw (
      refusal ??
      new AppError(
        "usage",
        `no asset of this selection has partitions, so partition ${JSON.stringify(text)} cannot be chosen; leave --partition out`,
      )
    );
  const grow = (node: AssetNode, found: readonly PartitionSubset[]) => {
    const subset = found.reduce((all, one) => union(all, one), emptySubset(spaceOf(node)));
    if (!isEmptySubset(subset)) targets.set(node.key, existing(subset));
  };
  for (const node of others) grow(node, behind(workspace, node, targets, mappings));
  for (const node of others.toReversed())
    if (!targets.has(node.key)) grow(node, readBy(workspace, node, targets, mappings));
  return targets;
}

/** The same partitions. Throws `usage` where there are none since an asset gives no keys for them. */
export function withKeys(node: AssetNode, subset: PartitionSubset): PartitionSubset {
  const { space } = subset;
  if (node.keysFrom.length === 0 || !isEmptySubset(subset) || space.axes.every(({ count }) => count > 0)) return subset;
  const problems = space.axes.flatMap((axis) => (axis.count === 0 ? (axis.problemOf(everyKey) ?? []) : []));
  throw new AppError("usage", `${node.key} has no partitions: ${problems.join("; ")}`, { data: { asset: node.key } });
}

/** The partitions of an asset that read something of the targets, by target. */
function behind(workspace: Workspace, node: AssetNode, targets: Targets, mappings: Mappings) {
  return node.sources.flatMap((source) => {
    const target = source.type === "asset" ? targets.get(source.key) : undefined;
    const edge = source.type === "asset" && workspace.assets.has(source.key) ? mappings.edge(node, source.key) : null;
    return target === undefined || edge === null ? [] : [edge.downstreamOf(target)];
  });
}

/** The partitions of an asset that the targets read, by target. */
function readBy(workspace: Workspace, node: AssetNode, targets: Targets, mappings: Mappings) {
  return [...targets].flatMap(([key, target]) => {
    const reader = workspace.assets.get(key);
    if (!reader?.sources.some((source) => source.type === "asset" && source.key === node.key)) return [];
    const edge = mappings.edge(reader, node.key);
    return edge === null ? [] : [edge.upstreamOf(target).subset];
  });
}
