import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import {
  difference,
  emptySubset,
  fullSubset,
  isEmptySubset,
  keysIn,
  knownSubset,
  subsetCount,
  union,
  type PartitionSubset,
} from "../../cells/partition/subset.ts";
import { lackingOf } from "../../cells/plan/needed.ts";
import type { SpaceOf } from "../../cells/plan/spaces.ts";
import type { Targets } from "../../cells/plan/targets.ts";
import type { Mappings } from "../../cells/staleness/mapped.ts";
import type { LoadedFacts } from "./facts.ts";

/** What a plan will be about. */
interface Reach {
  readonly workspace: Workspace;
  readonly spaceOf: SpaceOf;
  readonly mappings: Mappings;
  readonly wanted: Targets;
  /** assets that have no step of their own, and read */
  readonly read: readonly AssetKey[];
  /** nothing is added that the targets read and that has no data */
  readonly exact: boolean;
}

/**
 * Loads of wide assets what a plan will ask for: its targets, what they read, and so on where that has no data. What it asks for beside
 * that is found out by `LoadedFacts.complete`.
 */
export async function loadReach(facts: LoadedFacts, { workspace, spaceOf, mappings, ...reach }: Reach): Promise<void> {
  if (facts.wide.size === 0) return;
  const reached = new Map(reach.wanted);
  const queue: (readonly [AssetKey, PartitionSubset])[] = [...reach.wanted];
  for (const key of reach.read) {
    const node = workspace.assets.get(key);
    if (node?.options.partitions === null) queue.push([key, fullSubset(spaceOf(node))]);
  }
  for (const [key, subset] of queue) {
    const node = workspace.assets.get(key);
    if (node === undefined) continue;
    await facts.load(key, subset);
    await facts.prepare(node);
    for (const input of inputsOf(workspace, node)) {
      const space = spaceOf(input);
      const edge = mappings.edge(node, input.key);
      const reads =
        edge !== null
          ? edge.upstreamOf(subset).subset
          : input.options.partitions === null
            ? fullSubset(space)
            : knownSubset(space, [...keysIn(subset)]);
      if (facts.wide.has(input.key)) {
        if (subsetCount(reads) > facts.most) await facts.standing(input);
        // a reader without partitions was told the one version that it sees
        if (subsetCount(reads) <= facts.most || node.options.partitions !== null) await facts.load(input.key, reads);
      }
      if (reach.exact || (edge === null && input.options.partitions !== null)) continue;
      const before = reached.get(input.key) ?? emptySubset(space);
      const others = difference(reads, before);
      if (subsetCount(others) <= facts.most) await facts.load(input.key, others);
      const added = await facts.complete(() => lackingOf(facts, input.key, others));
      if (isEmptySubset(added)) continue;
      reached.set(input.key, union(before, added));
      queue.push([input.key, added]);
    }
  }
}

function inputsOf(workspace: Workspace, { sources }: AssetNode): readonly AssetNode[] {
  return sources.flatMap((source) => (source.type === "asset" ? (workspace.assets.get(source.key) ?? []) : []));
}
