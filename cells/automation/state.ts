import type { SubsetData } from "./cut.ts";

/**
 * All that one evaluation hands to the next, as JSON. It is a fold of the event log, so it can always be made again from
 * the whole of it. Empty subsets are left out.
 */
export interface AutomationState {
  /** of this shape and of the meaning of conditions: a state of another version is made again from the log */
  readonly version: 1;
  /** position of the last event that is in it, -1 where none is */
  readonly position: number;
  /** when the last evaluation was, milliseconds since 1970 */
  readonly at: number;
  readonly facts: Readonly<Record<string, TargetFacts>>;
  readonly conditions: Readonly<Record<string, ConditionState>>;
  readonly runs: Readonly<Record<string, RunFacts>>;
  /** signals of all targets that are on */
  readonly signals: readonly string[];
  /** what the last evaluation requested */
  readonly requested: Readonly<Record<string, SubsetData>>;
  /** targets whose condition was true when last looked at: it is requested again by every evaluation for as long as it is */
  readonly awake: readonly string[];
}

/** What is known of one target. */
export interface TargetFacts {
  /** as the graph had it at the last evaluation */
  readonly codeVersion: string | null;
  readonly updatedAt: number | null;
  readonly materialized?: SubsetData;
  readonly failed?: SubsetData;
  readonly passedCheck?: SubsetData;
  readonly failedCheck?: SubsetData;
  /** code version of the latest materialization → partitions */
  readonly versions?: Readonly<Record<string, SubsetData>>;
  /** which run updated which partitions last, newest last */
  readonly updates?: readonly { readonly run: string; readonly partitions: SubsetData }[];
  /** live runs and backfills that are to make it */
  readonly live?: readonly string[];
  readonly signals?: Readonly<Record<string, SubsetData>>;
}

/** A run or backfill that is live, or that updated something last. */
export interface RunFacts {
  readonly type: "run" | "backfill";
  readonly isLive: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** key → partitions */
  readonly targets: Readonly<Record<string, SubsetData>>;
  /** how many entries of `updates` name it */
  readonly uses: number;
}

/** How far a condition has come. */
export interface ConditionState {
  /** its canonical text: another one begins anew */
  readonly text: string;
  /** of what it looks at: where it changes, the condition is looked at again */
  readonly shape: number;
  /** place in the condition (`3`, `2>sales/orders/4`) → memory of `since` and `newly_true` */
  readonly nodes: Readonly<Record<string, NodeState>>;
}

export interface NodeState {
  readonly now?: SubsetData;
  /** what last made it true */
  readonly because?: Because;
}

/** Why a condition became true: which operand, of which target, when. */
export interface Because {
  readonly operand: string;
  readonly key: string;
  readonly run: string | null;
  readonly at: number;
}

/** Nothing has happened and nothing was evaluated. */
export const emptyState: AutomationState = {
  version: 1,
  position: -1,
  at: 0,
  facts: {},
  conditions: {},
  runs: {},
  signals: [],
  requested: {},
  awake: [],
};
