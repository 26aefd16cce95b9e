import { AppError } from "../errors.ts";
import type { AssetNode, Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { BackfillOnly } from "../model/backfill.ts";
import { everyKey } from "../partition/key-text.ts";
import {
  difference,
  emptySubset,
  fullSubset,
  hasKey,
  intersect,
  isEmptySubset,
  keysIn,
  subsetCount,
  subsetOf,
  union,
  type PartitionSubset,
} from "../partition/subset.ts";
import type { Mappings } from "../staleness/mapped.ts";
import { sayAsset } from "../staleness/reason.ts";
import { batchesOf } from "./batches.ts";
import { problemOfPartitions, type SpaceOf } from "./spaces.ts";
import { targetsOf, withKeys, type Targets } from "./targets.ts";

/** What a backfill is about. */
interface BackfillQuestion {
  readonly workspace: Workspace;
  readonly spaceOf: SpaceOf;
  readonly mappings: Mappings;
  /** the assets asked for */
  readonly keys: readonly AssetKey[];
  /** `K`, `A..B` or `*`, one for each dimension */
  readonly partition: string;
  /** takes those that stand so; all where it is empty */
  readonly only: readonly BackfillOnly[];
  /** which partitions of an asset stand so */
  readonly standing: (node: AssetNode, only: BackfillOnly) => PartitionSubset;
}

/**
 * The partitions of each asset that a backfill is about: what was asked for, and what that means for the assets of other partitions;
 * `neededBy` adds what those read and has no data at all. Throws `usage` for a partition that no asset has, `attribute_invalid` for a
 * definition without partitions that work.
 */
export function wantedByBackfill(question: BackfillQuestion): Targets {
  const { workspace, spaceOf, mappings, keys, partition, only, standing } = question;
  const asked = keys.flatMap((key) => {
    const node = workspace.assets.get(key);
    return node === undefined || node.storage === "virtual" ? [] : [node];
  });
  for (const node of asked) {
    const problem = problemOfPartitions(node, spaceOf);
    if (problem !== null) throw new AppError("attribute_invalid", `${node.key} cannot be filled: ${problem}`);
  }
  const inPartitions = asked.filter(({ options }) => options.partitions !== null);
  if (inPartitions.length === 0)
    throw new AppError(
      "usage",
      "no asset of this selection has partitions, so there is nothing to fill; cellar run materializes assets without",
    );
  const meant =
    partition === everyKey
      ? new Map(inPartitions.map((node) => [node.key, withKeys(node, fullSubset(spaceOf(node)))]))
      : targetsOf(workspace, keys, spaceOf, mappings, partition);
  const wanted = new Map<AssetKey, PartitionSubset>();
  for (const node of asked) {
    const all = node.options.partitions === null ? fullSubset(spaceOf(node)) : meant.get(node.key);
    if (all === undefined) continue;
    const subset =
      only.length === 0
        ? all
        : only.map((status) => intersect(all, standing(node, status))).reduce((a, b) => union(a, b));
    if (!isEmptySubset(subset)) wanted.set(node.key, subset);
  }
  if (only.includes("stale")) addBelow(question, asked, meant, wanted);
  return wanted;
}

/** Adds what will be stale once `wanted` is made, of what was asked for: it was computed, and reads some of that. */
function addBelow(
  { workspace, spaceOf, mappings, only, standing }: BackfillQuestion,
  asked: readonly AssetNode[],
  meant: Targets,
  wanted: Map<AssetKey, PartitionSubset>,
): void {
  const among = new Set(asked.map(({ key }) => key));
  for (const node of workspace.order.flatMap((key) => workspace.assets.get(key) ?? [])) {
    if (!among.has(node.key)) continue;
    const all = node.options.partitions === null ? fullSubset(spaceOf(node)) : meant.get(node.key);
    if (all === undefined) continue;
    let below = emptySubset(all.space);
    for (const source of node.sources) {
      const made = source.type === "asset" ? wanted.get(source.key) : undefined;
      if (source.type !== "asset" || made === undefined) continue;
      const edge = mappings.edge(node, source.key);
      below = union(below, edge === null ? all : edge.downstreamOf(made));
    }
    below = intersect(below, all);
    for (const status of ["missing", "failed"] as const)
      if (!isEmptySubset(below) && !only.includes(status)) below = difference(below, standing(node, status));
    if (!isEmptySubset(below)) wanted.set(node.key, union(wanted.get(node.key) ?? emptySubset(all.space), below));
  }
}

/** The first `size` partitions of what is left, in an order in which whatever a partition reads comes before it. */
export function nextPart(
  workspace: Workspace,
  left: Targets,
  spaceOf: SpaceOf,
  mappings: Mappings,
  size: number,
): Targets {
  const part = new Map<AssetKey, PartitionSubset>();
  let room = size;
  for (const { asset, subset } of batchesOf(workspace, left, spaceOf, mappings)) {
    if (room === 0) break;
    const key = AssetKey.parse(asset);
    const taken = subsetCount(subset) <= room ? subset : firstOf(subset, room);
    room -= subsetCount(taken);
    part.set(key, union(part.get(key) ?? emptySubset(subset.space), taken));
  }
  return part;
}

/**
 * Which partitions of a part cannot be computed since something that they read came to nothing before: a sentence for each, under
 * `key\npartition`.
 */
export function blockedIn(
  workspace: Workspace,
  part: Targets,
  unfinished: Targets,
  mappings: Mappings,
): ReadonlyMap<string, string> {
  const blocked = new Map<string, string>();
  for (const [key, subset] of part) {
    const node = workspace.assets.get(key);
    for (const source of node?.sources ?? []) {
      const lost = source.type === "asset" ? unfinished.get(source.key) : undefined;
      if (!node || source.type !== "asset" || lost === undefined) continue;
      const edge = mappings.edge(node, source.key);
      const name = sayAsset(source.key, AssetKey.notebook(key));
      const readers = edge === null ? subset : intersect(subset, edge.downstreamOf(lost));
      for (const partition of keysIn(readers)) {
        const slot = `${key}\n${partition}`;
        if (blocked.has(slot) || (edge === null && !hasKey(lost, ""))) continue;
        blocked.set(slot, `blocked by ${name}: what it reads of it came to nothing earlier in this backfill`);
      }
    }
  }
  return blocked;
}

function firstOf(subset: PartitionSubset, count: number): PartitionSubset {
  const keys: string[] = [];
  for (const key of keysIn(subset)) {
    if (keys.length === count) break;
    keys.push(key);
  }
  return subsetOf(subset.space, keys);
}
