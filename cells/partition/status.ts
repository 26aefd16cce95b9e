import { indexesOf, type PartitionSpace } from "./space.ts";
import { includes } from "./segments.ts";
import { difference, existing, fullSubset, intersect, subsetCount, union, type PartitionSubset } from "./subset.ts";

/** What can be said of a partition that exists; of several that apply, the first. */
const partitionStatuses = ["running", "failed", "stale", "materialized", "missing"] as const;

export type PartitionStatus = (typeof partitionStatuses)[number];

/** What is recorded of the partitions of an asset. The sets may overlap, and hold partitions that no longer exist. */
export interface PartitionFacts {
  readonly materialized: PartitionSubset;
  /** whose last attempt failed */
  readonly failed: PartitionSubset;
  readonly running: PartitionSubset;
  /** materialized, and something changed since */
  readonly stale: PartitionSubset;
}

/** Every partition that exists, in exactly one of the sets. */
export interface PartitionReport {
  readonly space: PartitionSpace;
  readonly subsets: Readonly<Record<PartitionStatus, PartitionSubset>>;
  readonly counts: Readonly<Record<PartitionStatus, number>>;
}

/** Tells the partitions of an asset apart by their status, in time by the number of ranges, not of partitions. */
export function reportPartitions(space: PartitionSpace, facts: PartitionFacts): PartitionReport {
  const running = existing(facts.running);
  const failed = difference(existing(facts.failed), running);
  const busy = union(running, failed);
  const kept = difference(existing(facts.materialized), busy);
  const stale = intersect(kept, facts.stale);
  const materialized = difference(kept, stale);
  const missing = difference(fullSubset(space), union(busy, kept));
  const subsets = { running, failed, stale, materialized, missing };
  const counts = {
    running: subsetCount(running),
    failed: subsetCount(failed),
    stale: subsetCount(stale),
    materialized: subsetCount(materialized),
    missing: subsetCount(missing),
  };
  return { space, subsets, counts };
}

/** The status of one partition; null where it does not exist. */
export function statusOf({ space, subsets }: PartitionReport, key: string): PartitionStatus | null {
  const indexes = indexesOf(space, key);
  if (indexes === null) return null;
  return partitionStatuses.find((status) => includes(subsets[status].segments, indexes)) ?? null;
}
