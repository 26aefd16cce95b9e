import type { WireError } from "../errors.ts";
import type { AssetKey } from "./asset-key.ts";
import type { StepState } from "./run.ts";

export type BackfillState = "requested" | "running" | "succeeded" | "failed" | "cancelled";

/** How partitions stand that a backfill takes; where it names none, it takes all. */
export type BackfillOnly = "missing" | "failed" | "stale";

/** What was asked for, as it was asked. */
interface BackfillRequest {
  /** canonical selection; "" is everything */
  readonly select: string;
  /** `K`, `A..B` or `*`, one for each dimension */
  readonly partition: string;
  readonly only: readonly BackfillOnly[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly force: boolean;
  /** steps that one of its runs has at most */
  readonly chunk: number;
  /** the backfill whose unfinished partitions it takes, or null */
  readonly retryOf: string | null;
  /** number of the evaluation of conditions that asked for it; left out where somebody did */
  readonly evaluation?: number;
}

/** Partitions of one asset. */
interface BackfillTarget {
  readonly count: number;
  /** as `cells/partition/subset-json.ts` writes and reads them */
  readonly partitions: unknown;
}

/** One request over many partitions. */
export interface Backfill {
  readonly id: string;
  readonly state: BackfillState;
  readonly request: BackfillRequest;
  /** which partitions of each asset: fixed when it is requested */
  readonly targets: Readonly<Record<AssetKey, BackfillTarget>>;
  /** how many partitions of assets the targets hold together */
  readonly total: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly error: WireError | null;
}

const transitions: Readonly<Record<BackfillState, readonly BackfillState[]>> = {
  requested: ["running", "succeeded", "failed", "cancelled"],
  running: ["succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** Whether the one legal-transition table of backfills has this edge. */
export function mayBackfill(from: BackfillState, to: BackfillState): boolean {
  return transitions[from].includes(to);
}

/** Whether nothing more happens to a backfill in this state. */
export function isBackfillEnded(state: BackfillState): boolean {
  return transitions[state].length === 0;
}

/** States in which a step of a backfill has come to nothing: a retry takes it, and what reads it is blocked. */
export const unfinishedStates: ReadonlySet<StepState> = new Set(["failed", "blocked", "cancelled"]);
