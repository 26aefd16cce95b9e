import type { AssetNode, Source, Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { Materialization } from "../model/materialization.ts";
import type { PartitionSubset } from "../partition/subset.ts";

/** The last attempt at an asset that ended badly. */
export interface Failure {
  readonly run: string;
  /** when it ended, milliseconds since 1970 */
  readonly at: number;
  readonly message: string;
}

/**
 * What is recorded of the past, read at once and without waiting: a store loads it before it asks. `partition` is ""
 * for an asset without partitions.
 */
export interface Facts {
  /** the materialization that readers see, or null */
  latest(asset: AssetKey, partition: string): Materialization | null;
  /** the newest materialization with this memo key, of any asset, whose bytes are still kept, or null */
  byMemoKey(key: string): Materialization | null;
  /** content version of a file (path from the root of the workspace, or URL); null where it has none */
  fileVersion(name: string): string | null;
  /** the last failed attempt, where it is later than `latest`, or null */
  lastFailure(asset: AssetKey, partition: string): Failure | null;
  /** median duration of its past computations, or null */
  medianMs(asset: AssetKey): number | null;
  /** milliseconds since 1970 */
  readonly now: number;
  /** engine and its major version, as it stands in memo keys: `duckdb 1.5` */
  readonly engine: string;
  /**
   * data version that `reader` sees of `input` for `partition`, where partitions do not simply map one to one: one hash
   * over all that are read, null where one is missing. Undefined, or no such method, leaves the simple rule.
   */
  inputVersion?(reader: AssetNode, input: AssetKey, partition: string): string | null | undefined;
  /**
   * of the partitions of `input` that `reader` reads for `partition`, those that were materialized behind `since`, a
   * sequence number; null, or no such method, leaves the simple rule. They explain a change, and do not decide on it.
   */
  changedPartitions?(reader: AssetNode, input: AssetKey, partition: string, since: number): readonly string[] | null;
  /**
   * of these partitions of an asset, those that have no data, where that is known of all of them at once; undefined, or no
   * such method, leaves them to be asked for one by one
   */
  lacking?(asset: AssetKey, of: PartitionSubset): PartitionSubset | undefined;
}

/** The optional answers of facts, as far as there are any. */
export function answersAtOnce(facts: Facts): Pick<Facts, "inputVersion" | "changedPartitions" | "lacking"> {
  return {
    inputVersion: (reader, input, partition) => facts.inputVersion?.(reader, input, partition),
    changedPartitions: (reader, input, partition, since) =>
      facts.changedPartitions?.(reader, input, partition, since) ?? null,
    lacking: (asset, of) => facts.lacking?.(asset, of),
  };
}

/**
 * Facts with these answers in place of their own. The optional ones speak of what other answers say, so they are there only
 * where they are given.
 */
export function deriveFacts(facts: Facts, answers: Partial<Facts>): Facts {
  return {
    latest: (asset, partition) => facts.latest(asset, partition),
    byMemoKey: (key) => facts.byMemoKey(key),
    fileVersion: (name) => facts.fileVersion(name),
    lastFailure: (asset, partition) => facts.lastFailure(asset, partition),
    medianMs: (asset) => facts.medianMs(asset),
    now: facts.now,
    engine: facts.engine,
    ...answers,
  };
}

/** The partition of `input` that a reader of `partition` sees by the simple rule: the same one, or "" where it has none. */
export function samePartition(workspace: Workspace, input: AssetKey, partition: string): string {
  const node = workspace.assets.get(input);
  return node && node.options.partitions === null ? "" : partition;
}

/** The data version of a source as recorded, "" for a file without one, null for an asset never materialized. */
export function recordedVersion(
  workspace: Workspace,
  facts: Facts,
  reader: AssetNode,
  source: Source,
  partition: string,
): string | null {
  if (source.type === "file") return facts.fileVersion(source.file) ?? "";
  const mapped = facts.inputVersion?.(reader, source.key, partition);
  if (mapped !== undefined) return mapped;
  return facts.latest(source.key, samePartition(workspace, source.key, partition))?.dataVersion ?? null;
}

/** Whether a materialization may still be used: a volatile one stops being fresh at its time. */
export function isExpired(materialization: Materialization, now: number): boolean {
  return materialization.expiresAt !== null && materialization.expiresAt <= now;
}
