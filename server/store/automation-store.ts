import type { Backfill } from "../../cells/model/backfill.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run, Step } from "../../cells/model/run.ts";

/** What automation has come to: parts of its state as JSON texts, by section and key; see `server/automation/state-rows.ts`. */
export type AutomationParts = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** One evaluation of the conditions, with everything that it changes: all or nothing. */
export interface AutomationDecision {
  /** number of the evaluation before; another one there means that somebody else decided meanwhile */
  readonly after: number;
  /** parts of the state that are others now; null: gone */
  readonly parts: readonly { readonly section: string; readonly key: string; readonly value: string | null }[];
  readonly evaluations: readonly NewEvaluation[];
  readonly runs: readonly { readonly run: Run; readonly steps: readonly Step[] }[];
  /** what was asked for of very many partitions */
  readonly backfills?: readonly Backfill[];
  readonly at: number;
}

/** How the condition of one asset came out. */
export interface NewEvaluation {
  readonly asset: string;
  readonly at: number;
  readonly lastAt: number;
  /** evaluations that came out alike, one after another */
  readonly count: number;
  /** partitions requested; 1 for an asset without */
  readonly requested: number;
  readonly sentence: string;
  /** JSON */
  readonly tree: string;
  readonly run: string | null;
  /** the backfill that carries it out in place of a run */
  readonly backfill: string | null;
  /** why there is neither although one was requested */
  readonly problem: string | null;
  /** the newest stored one says the same: its count grows */
  readonly isSame: boolean;
}

export interface StoredEvaluation extends Omit<NewEvaluation, "isSame"> {
  readonly id: number;
  readonly evaluation: number;
}

/** What a run is to make, as automation minds. */
export interface RunTargets {
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a step that succeeded or was reused changed. */
export interface StepUpdate {
  readonly asset: AssetKey;
  readonly partition: string;
  readonly codeVersion: string | null;
  readonly dataVersion: string | null;
  /** data version that the asset and partition had before, null where it had none */
  readonly before: string | null;
}

/** The part of the store that automation works with. */
export interface AutomationStore {
  automationParts(): Promise<AutomationParts>;
  /**
   * Writes a decision: state, evaluations, runs with their steps, backfills and the event in one transaction. Throws `run_conflict` where
   * the last evaluation is another than `after`. Of each asset the newest 1,000 evaluations stay.
   */
  decideAutomation(decision: AutomationDecision): Promise<void>;
  /** Newest first. */
  evaluations(query: {
    readonly asset: string;
    readonly limit: number;
    readonly before?: number;
  }): Promise<readonly StoredEvaluation[]>;
  /** Assets (and checks) that have evaluations, with the newest of each. */
  latestEvaluations(): Promise<ReadonlyMap<string, StoredEvaluation>>;
  // of what is published: what runs in branches is left out of both
  runTargets(runs: readonly string[]): Promise<ReadonlyMap<string, RunTargets>>;
  /** In the order of `steps`; null for a step that made and found nothing. */
  stepUpdates(steps: readonly Pick<Step, "run" | "asset" | "partition">[]): Promise<readonly (StepUpdate | null)[]>;
  /** Names of notebooks, assets and sensors that are paused, and since when. */
  pauses(): Promise<ReadonlyMap<string, number>>;
  /** Pauses or resumes. Returns whether that changed anything. */
  setPause(name: string, paused: boolean, at: number): Promise<boolean>;
}
