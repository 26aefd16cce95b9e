import { AppError } from "../errors.ts";
import type { AssetNode, Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
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
      targets.set(key, parsePartitionRange(spaceOf(node), text));
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
  for (const node of others) grow(targets, node, behind(workspace, node, targets, mappings, spaceOf));
  for (const node of others.toReversed())
    if (!targets.has(node.key)) grow(targets, node, readBy(workspace, node, targets, mappings, spaceOf));
  return targets;
}

function grow(targets: Map<AssetKey, PartitionSubset>, node: AssetNode, subset: PartitionSubset): void {
  if (!isEmptySubset(subset)) targets.set(node.key, existing(subset));
}

/** The partitions of an asset that read something of the targets. */
function behind(
  workspace: Workspace,
  node: AssetNode,
  targets: Targets,
  mappings: Mappings,
  spaceOf: SpaceOf,
): PartitionSubset {
  let subset = emptySubset(spaceOf(node));
  for (const source of node.sources) {
    const target = source.type === "asset" ? targets.get(source.key) : undefined;
    const edge = source.type === "asset" && workspace.assets.has(source.key) ? mappings.edge(node, source.key) : null;
    if (target !== undefined && edge !== null) subset = union(subset, edge.downstreamOf(target));
  }
  return subset;
}

/** The partitions of an asset that the targets read. */
function readBy(
  workspace: Workspace,
  node: AssetNode,
  targets: Targets,
  mappings: Mappings,
  spaceOf: SpaceOf,
): PartitionSubset {
  let subset = emptySubset(spaceOf(node));
  for (const [key, target] of targets) {
    const reader = workspace.assets.get(key);
    if (!reader?.sources.some((source) => source.type === "asset" && source.key === node.key)) continue;
    const edge = mappings.edge(reader, node.key);
    if (edge !== null) subset = union(subset, edge.upstreamOf(target).subset);
  }
  return subset;
}
