import type { Slice } from "../partition/slice.ts";
import type { WireError } from "../errors.ts";
import type { CompiledCell } from "../compile/compiled-cell.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { RowForm } from "../model/row-form.ts";
import type { RunPolicy } from "../model/options.ts";
import type { SensorContext } from "../model/sensor-context.ts";

/** Where a name that a SQL text reads comes from, as the graph resolved it. Names of the engine's own are not listed. */
export interface ResolvedTable {
  readonly schema: string | null;
  readonly name: string;
  readonly source:
    | { readonly type: "cell"; readonly name: string }
    | { readonly type: "asset"; readonly key: AssetKey }
    /** the partitions of the cell's own asset that are earlier than the one that it computes */
    | { readonly type: "earlier"; readonly key: AssetKey };
}

/** A cell as a kernel is told of it. */
export interface KernelCell {
  readonly compiled: CompiledCell;
  readonly tables: readonly ResolvedTable[];
  /** local imports: the name in this notebook → the asset that it stands for */
  readonly imports: Readonly<Record<string, AssetKey>>;
  /** its own asset, where its code reads that by name: earlier partitions of it, null where there are none */
  readonly earlier?: AssetKey;
  readonly run: RunPolicy;
  /** the resource that its SQL asks, in place of the notebook's own engine */
  readonly database?: string;
  /** it is a check: its value is told to its display though it may not be shown */
  readonly isCheck?: true;
  /** the results of all its names where the server has them: it does not run until it or what it reads is run by hand */
  readonly hydrated?: readonly HydratedOutput[];
}

/** A name of a JavaScript cell, and the result that stands for its value. */
export interface HydratedOutput {
  readonly name: string;
  readonly key: AssetKey;
  /** content hash of the result */
  readonly version: string;
  readonly format: "parquet" | "json";
}

/** Where a cell's error is: line and column in its source, from 1. */
export interface ErrorPlace {
  readonly line: number;
  readonly column: number;
}

/** What a cell is doing. Times are milliseconds on the kernel's clock. */
export type CellState =
  /** has not run and will not by itself: run policy or pause */
  | { readonly type: "idle" }
  /** its inputs are being computed */
  | { readonly type: "waiting" }
  | { readonly type: "running"; readonly startedAt: number }
  | { readonly type: "fulfilled"; readonly ms: number }
  | { readonly type: "rejected"; readonly ms: number; readonly error: WireError; readonly place: ErrorPlace | null }
  /** an input failed; `by` is the name of the cell's own failing input, `root` the cell that failed first */
  | { readonly type: "blocked"; readonly by: string; readonly root: number | null; readonly error: WireError }
  /** shows an older result than its code and inputs would give */
  | { readonly type: "stale"; readonly ms: number };

/** Host → kernel. */
export type KernelCommand =
  | {
      readonly type: "open";
      readonly path: string;
      readonly params: Readonly<Record<string, unknown>>;
      readonly partition: PartitionValue | null;
      /** for a cell that is evaluated as a sensor */
      readonly sensor?: SensorContext;
      readonly paused: boolean;
    }
  | { readonly type: "define"; readonly cells: readonly KernelCell[]; readonly removed: readonly number[] }
  /** compute what these names need; null computes every cell */
  | { readonly type: "demand"; readonly names: readonly string[] | null }
  /** run these cells now, whatever their policy says; null runs all that are stale */
  | { readonly type: "run"; readonly cells: readonly number[] | null }
  | { readonly type: "pause"; readonly paused: boolean }
  | { readonly type: "interrupt"; readonly cell: number | null }
  | { readonly type: "params"; readonly params: Readonly<Record<string, unknown>> }
  | { readonly type: "close" };

/** The built-in `partition`. */
export type PartitionValue = Slice;

/** Kernel → host. */
export type KernelEvent =
  | { readonly type: "hello"; readonly protocol: number }
  | { readonly type: "state"; readonly cell: number; readonly state: CellState }
  /** nothing is running or waiting; streams count as settled after their first value */
  | { readonly type: "settled" };

/** A named value, taken out of a kernel for storing. `virtual` says what it is and why it cannot be stored. */
export type TakenValue =
  | { readonly type: "relation"; readonly relation: string; readonly bound: string }
  /** `form` is what gives the very value back: see `cells/data/row-form.ts`; null where nothing does */
  | { readonly type: "arrow"; readonly bytes: Uint8Array; readonly form: RowForm | null }
  | { readonly type: "json"; readonly text: string }
  | { readonly type: "virtual"; readonly what: string };

/** Calls that a kernel answers. */
export interface KernelCalls {
  /** Computes `name` and hands its value over. Rejects with the cell's error (data: cell, line, column). */
  take(request: { readonly name: string }, signal: AbortSignal): Promise<TakenValue>;
}

/**
 * Cells that are computed apart from the notebook, in a kernel of their own that ends with it and shows nothing: a test. Its host
 * calls come as `TrialCall` under the same names with `trial:` before them.
 */
export interface TrialRequest {
  /** tells its host calls from those of others */
  readonly trial: number;
  readonly path: string;
  readonly cells: readonly KernelCell[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly partition: PartitionValue | null;
  /** what is computed */
  readonly name: string;
}

/** A host call of a trial. */
export interface TrialCall {
  readonly trial: number;
  readonly request: unknown;
}

export const kernelProtocol = 1;
