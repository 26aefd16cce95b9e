import type { AssetNode, Workspace } from "../graph/workspace.ts";
import type { PartitionSpace } from "../partition/space.ts";
import { reportPartitions, type PartitionReport } from "../partition/status.ts";
import {
  difference,
  existing,
  intersect,
  isEmptySubset,
  keysIn,
  subsetOf,
  union,
  type PartitionSubset,
} from "../partition/subset.ts";
import { assess } from "./assess.ts";
import type { Cause } from "./cause.ts";
import { recordedVersion, type Facts } from "./facts.ts";
import { sayCauses } from "./reason.ts";
import { readerOf, type StalenessStatus } from "./staleness.ts";

/** What is recorded of the partitions of an asset, as sets. */
interface RecordedPartitions {
  readonly materialized: PartitionSubset;
  readonly failed: PartitionSubset;
  readonly running: PartitionSubset;
  /** code version of the latest materialization → partitions: those of other code are stale without being looked at */
  readonly byCode?: ReadonlyMap<string, PartitionSubset>;
  /** those of which an input, a param or the engine may have changed since; all that are materialized where it is not known */
  readonly suspects?: PartitionSubset;
  /** the keys of `suspects`, where they are at hand: each of them exists and is materialized */
  readonly suspectKeys?: readonly string[];
  /** those that are known to be stale, which are no suspects; nothing is told of them but why the first of them is */
  readonly stale?: PartitionSubset;
}

/** What to tell the staleness of. */
export interface PartitionedAsset {
  readonly workspace: Workspace;
  /** with mappings, where partitions do not simply map one to one: see `withMappings` */
  readonly facts: Facts;
  readonly node: AssetNode;
  /** its partitions at `facts.now` */
  readonly space: PartitionSpace;
  readonly recorded: RecordedPartitions;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The staleness of an asset over all its partitions. */
export interface PartitionedStaleness {
  /** failed, stale or missing where one partition is, in this order */
  readonly status: StalenessStatus;
  /** `totals is stale for 2 of 31, missing for 1 of 31 partitions: orders has newer data (09:02)` */
  readonly reason: string;
  /** every partition in one of the sets */
  readonly report: PartitionReport;
  /** materialized and stale, whatever else they are */
  readonly stale: PartitionSubset;
  /** of the first stale partition */
  readonly causes: readonly Cause[];
}

/**
 * The staleness of a partitioned asset: which partitions are fresh, stale, missing and failed. Sets answer what sets can;
 * only suspects are looked at one by one.
 */
export function stalenessOfPartitions(asset: PartitionedAsset): PartitionedStaleness {
  const { workspace, facts, node, space, recorded, params = {} } = asset;
  const kept = existing(recorded.materialized);
  let stale: PartitionSubset = { space, segments: [] };
  for (const [version, partitions] of recorded.byCode ?? [])
    if (version !== node.effectiveCodeVersion) stale = union(stale, intersect(partitions, kept));
  let first: { readonly causes: readonly Cause[]; readonly madeAt: number } | null = null;
  const look = (partition: string): boolean => {
    const { latest, causes } = assess(workspace, facts, node, partition, params, (source) =>
      recordedVersion(workspace, facts, node, source, partition),
    );
    if (latest === null || causes.length === 0) return false;
    first ??= { causes, madeAt: latest.createdAt };
    return true;
  };
  for (const partition of keysIn(stale)) if (look(partition)) break;
  const suspects = difference(intersect(recorded.suspects ?? kept, kept), stale);
  stale = union(stale, subsetOf(space, [...(recorded.suspectKeys ?? keysIn(suspects))].filter(look)));
  if (recorded.stale !== undefined) {
    stale = union(stale, intersect(recorded.stale, kept));
    first = null;
    const [foremost] = keysIn(stale);
    if (foremost !== undefined) look(foremost);
  }
  const report = reportPartitions(space, { ...recorded, stale });
  const { causes, madeAt } = first ?? { causes: [], madeAt: 0 };
  const status: StalenessStatus = !isEmptySubset(report.subsets.failed)
    ? "failed"
    : !isEmptySubset(report.subsets.stale)
      ? "stale"
      : !isEmptySubset(report.subsets.missing)
        ? "missing"
        : "fresh";
  const why = sayCauses(causes, madeAt, readerOf(workspace, facts, node));
  return { status, reason: sayReport(node.name, report, why), report, stale, causes };
}

function sayReport(name: string, { counts }: PartitionReport, why: string): string {
  const total = counts.running + counts.failed + counts.stale + counts.materialized + counts.missing;
  if (total === 0) return `${name} has no partition yet`;
  const parts: string[] = [];
  const of = (count: number) => (count === total ? `all ${total}` : `${count} of ${total}`);
  if (counts.failed > 0) parts.push(`failed for ${of(counts.failed)}`);
  if (counts.stale > 0) parts.push(`stale for ${of(counts.stale)}`);
  if (counts.missing > 0) parts.push(`missing for ${of(counts.missing)}`);
  if (counts.running > 0) parts.push(`being made for ${of(counts.running)}`);
  if (parts.length === 0) return `all ${total} partitions are up to date`;
  return `${name} is ${parts.join(", ")} partitions${counts.stale === 0 || why === "" ? "" : `: ${why}`}`;
}
