import type { LocalTime } from "./local-time.ts";

/** What is left out of the windows of a time definition: those that begin on a day, at a local time, or at a cron's ticks. */
export type Exclusion =
  | { readonly type: "date"; readonly date: LocalTime }
  | { readonly type: "time"; readonly time: LocalTime }
  | { readonly type: "cron"; readonly cron: string };

/**
 * Windows between consecutive ticks. A partition exists once its window ended; its key is the start of the window.
 * The meaning of each part follows Dagster's `TimeWindowPartitionsDefinition`.
 */
export interface TimePartitions {
  readonly type: "time";
  readonly every: "hourly" | "daily" | "weekly" | "monthly" | "cron";
  /** when windows begin, in five fields or six */
  readonly cron: string;
  /** the first window is the first that begins here or later */
  readonly from: LocalTime;
  /** exclusive; null goes on for ever */
  readonly to: LocalTime | null;
  /** null is the zone of the notebook */
  readonly timezone: string | null;
  /** windows more (or fewer, below 0) at the end; 1 is "the current one too" */
  readonly offset: number;
  /** strftime pattern of the keys; null is `%Y-%m-%d`, or `%Y-%m-%d-%H:%M` where a day has several windows */
  readonly format: string | null;
  readonly exclude: readonly Exclusion[];
}

/** A fixed list of keys, in this order. */
export interface StaticPartitions {
  readonly type: "static";
  readonly keys: readonly string[];
}

/** A named set of keys that grows and shrinks while the server runs. */
export interface DynamicPartitions {
  readonly type: "dynamic";
  readonly name: string;
}

/** The different values of a column of an asset, in order: `regions.region`, or `sales.regions.region` of another notebook. */
export interface QueriedPartitions {
  readonly type: "queried";
  /** as an asset of another notebook is written; null is the own one */
  readonly notebook: string | null;
  readonly asset: string;
  readonly column: string;
}

/** Partitions along one dimension. */
export type DimensionPartitions = TimePartitions | StaticPartitions | DynamicPartitions | QueriedPartitions;

/** Partitions along several named dimensions, in the order written. Keys have them in the order of their names. */
export interface MultiPartitions {
  readonly type: "multi";
  readonly dimensions: readonly { readonly name: string; readonly partitions: DimensionPartitions }[];
}

/** What a `partitions` attribute says. */
export type Partitions = DimensionPartitions | MultiPartitions;

/** How one dimension of an input maps to one of the reader; a null mapping is the default of the two definitions. */
export interface DimensionMapping {
  readonly upstream: string;
  readonly downstream: string;
  readonly mapping: PartitionMapping | null;
}

/**
 * Which partitions of an input one partition of a cell reads. A type that compares partitions reads all where either side
 * has none.
 */
export type PartitionMapping =
  /** every partition that exists */
  | { readonly type: "all" }
  /** the one with the same key */
  | { readonly type: "same" }
  /** the last that exists */
  | { readonly type: "latest" }
  /** so many up to the one that the window of the reader ends in */
  | { readonly type: "last"; readonly count: number }
  /** windows that overlap the reader's, the first and last of them shifted by so many windows of the input */
  | { readonly type: "window"; readonly startOffset: number; readonly endOffset: number }
  /** these keys, whichever partition reads them */
  | { readonly type: "specific"; readonly keys: readonly string[] }
  /** key of the input → keys of the reader that read it */
  | { readonly type: "map"; readonly keys: Readonly<Record<string, readonly string[]>> }
  /** one dimension of the side that has several against the only one of the other; null where it is plain which */
  | { readonly type: "dimension"; readonly name: string | null; readonly mapping: PartitionMapping | null }
  /** dimension by dimension: those of the input that are not named are read whole */
  | { readonly type: "dimensions"; readonly dimensions: readonly DimensionMapping[] }
  /** what a function of the reader's notebook answers for each partition of it */
  | { readonly type: "function"; readonly name: string }
  /** as `mapping`, where partitions of the input that do not exist are no obstacle */
  | { readonly type: "allow_missing"; readonly mapping: PartitionMapping };
