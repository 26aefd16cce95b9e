import type { DimensionPartitions, MultiPartitions, PartitionMapping, Partitions } from "./definition.ts";

/**
 * What a reader reads of an input where nothing is said: of the same definition the same key, of other windows those
 * that share time, of dimensions those of the same name (the rest whole), of one dimension the one that fits, of keys in
 * common the same key, and otherwise everything. Null is an asset without partitions.
 */
export function defaultMapping(upstream: Partitions | null, downstream: Partitions | null): PartitionMapping {
  if (upstream === null || downstream === null) return { type: "all" };
  if (isSame(upstream, downstream)) return { type: "same" };
  if (upstream.type === "multi" && downstream.type === "multi") return dimensionsInCommon(upstream, downstream);
  if (upstream.type === "multi" || downstream.type === "multi") {
    const candidates = matchingDimensions(upstream, downstream);
    const [name] = candidates;
    return name !== undefined && candidates.length === 1 ? { type: "dimension", name, mapping: null } : { type: "all" };
  }
  return singleDefault(upstream, downstream);
}

/**
 * Dimensions of the side that has several which fit the only one of the other: those of the same definition, or else
 * those that are windows of time as it is.
 */
export function matchingDimensions(upstream: Partitions, downstream: Partitions): readonly string[] {
  const [multi, single] = upstream.type === "multi" ? [upstream, downstream] : [downstream, upstream];
  if (multi.type !== "multi" || single.type === "multi") return [];
  const equal = multi.dimensions.filter(({ partitions }) => isSame(partitions, single));
  const fitting = multi.dimensions.filter(({ partitions }) => partitions.type === "time" && single.type === "time");
  return (equal.length > 0 ? equal : fitting).map(({ name }) => name);
}

function dimensionsInCommon(upstream: MultiPartitions, downstream: MultiPartitions): PartitionMapping {
  const names = new Set(downstream.dimensions.map(({ name }) => name));
  const common = upstream.dimensions.filter(({ name }) => names.has(name));
  return {
    type: "dimensions",
    dimensions: common.map(({ name }) => ({ upstream: name, downstream: name, mapping: null })),
  };
}

function singleDefault(upstream: DimensionPartitions, downstream: DimensionPartitions): PartitionMapping {
  if (upstream.type === "time" && downstream.type === "time") return { type: "window", startOffset: 0, endOffset: 0 };
  if (upstream.type === "static" && downstream.type === "static")
    return upstream.keys.some((key) => downstream.keys.includes(key)) ? { type: "same" } : { type: "all" };
  return { type: "all" };
}

/** Whether two definitions are the same, whatever the order in which dimensions were written. */
function isSame(a: Partitions, b: Partitions): boolean {
  return canonical(a) === canonical(b);
}

function canonical(partitions: Partitions): string {
  if (partitions.type !== "multi") return JSON.stringify(partitions);
  const dimensions = partitions.dimensions.map(({ name, partitions: own }) => [name, own] as const);
  return JSON.stringify(dimensions.sort(([a], [b]) => (a < b ? -1 : 1)));
}
