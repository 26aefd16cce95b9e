import type { LocalTime } from "./local-time.ts";

/** What is left out of the windows of a time definition: one local time, or all ticks of a cron expression. */
export type Exclusion =
  { readonly type: "time"; readonly time: LocalTime } | { readonly type: "cron"; readonly cron: string };

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
  /** strftime pattern of the keys; null is `%Y-%m-%d`, for hourly `%Y-%m-%d-%H:%M` */
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

/** Partitions along one dimension. */
export type DimensionPartitions = TimePartitions | StaticPartitions | DynamicPartitions;

/** Partitions along several named dimensions, in the order written. */
export interface MultiPartitions {
  readonly type: "multi";
  readonly dimensions: readonly { readonly name: string; readonly partitions: DimensionPartitions }[];
}

/** What a `partitions` attribute says. */
export type Partitions = DimensionPartitions | MultiPartitions;

/** Which partitions of an input one partition of a cell reads. */
export type PartitionMapping =
  | { readonly type: "all" }
  | { readonly type: "same" }
  | { readonly type: "latest" }
  | { readonly type: "last"; readonly count: number };
