import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import type { Slice } from "../../cells/partition/slice.ts";
import { assetOptions } from "./late/asset-options.ts";

/**
 * The partition that an open notebook is computed for: the newest window, or the first of listed keys, of the first cell that has
 * partitions. Null where no cell has any, or none exists yet.
 */
export function shownPartition({ cells, options: { timezone } }: NotebookGraph, now: number): Slice | null {
  const text = cells.find(({ options }) => options.partitions !== null)?.options.partitions;
  // a definition that cannot be read has told its own error, and is none here
  if (text === undefined || text === null || !assetOptions.isHere) return null;
  const { parsePartitions, toSpace, partitionCount, keysOf, sliceOf } = assetOptions.value;
  const space = toSpace(parsePartitions(text), { at: now, timezone });
  const isTime = space.axes.some(({ windows }) => windows !== null);
  const [key] = keysOf(space, isTime ? Math.max(0, partitionCount(space) - 1) : 0);
  return key === undefined ? null : sliceOf(space, key);
}

/** The partition of one asset that an open notebook shows. */
export interface ShownSlice {
  readonly partition: string;
  /** the earlier partitions of it that this one reads, where its cell reads itself */
  readonly earlier: readonly string[];
}

/** What of a cell's asset is shown; null where it has no partitions, and "none" where the one that is shown is none of them. */
export function shownSlice(
  graph: NotebookGraph,
  { cell, compiled, options }: GraphCell,
  now: number,
): ShownSlice | "none" | null {
  if (options.partitions === null) return null;
  const shown = shownPartition(graph, now);
  if (shown === null || !assetOptions.isHere) return "none";
  const { parsePartitions, parsePartitionMapping, toSpace, indexesOf, bindMapping, subsetOf, keysIn } =
    assetOptions.value;
  const space = toSpace(parsePartitions(options.partitions), { at: now, timezone: graph.options.timezone });
  if (indexesOf(space, shown.key) === null) return "none";
  const said = options.upstream[compiled.outputs[0]?.name ?? ""];
  if (!graph.readsItself.has(cell.id) || said === undefined) return { partition: shown.key, earlier: [] };
  const { subset } = bindMapping(parsePartitionMapping(said), space, space).upstreamOf(subsetOf(space, [shown.key]));
  return { partition: shown.key, earlier: [...keysIn(subset)] };
}
