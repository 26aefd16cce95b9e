import type { NotebookGraph } from "../../cells/graph/graph.ts";
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
