import type { WireError } from "../errors.ts";
import type { AssetKey } from "./asset-key.ts";

/** Every state of a run. */
export const runStates = [
  "queued",
  "starting",
  "running",
  "cancelling",
  "succeeded",
  "failed",
  "cancelled",
  "interrupted",
] as const;
export type RunState = (typeof runStates)[number];
export type StepState =
  "waiting" | "running" | "committing" | "succeeded" | "reused" | "skipped" | "failed" | "blocked" | "cancelled";

/** What made a run: a person, a schedule tick, a job that was asked for by name, a retry, a backfill, a condition, a sensor, or another program. */
export type Trigger =
  | { readonly type: "manual" }
  | { readonly type: "schedule"; readonly schedule: string; readonly tick: number }
  | { readonly type: "job"; readonly job: string }
  | { readonly type: "retry"; readonly of: string }
  /** made elsewhere: a file of the workspace is taken as the asset's rows */
  | { readonly type: "reported"; readonly file: string }
  | { readonly type: "backfill"; readonly backfill: string }
  /** number of the evaluation of conditions that asked for it */
  | { readonly type: "automation"; readonly evaluation: number }
  /** `key` is the run key: one run for each, ever */
  | { readonly type: "sensor"; readonly sensor: string; readonly key: string | null }
  | { readonly type: "api" };

/** What a run is held to as a whole, beside what its steps say. */
export interface RunRules {
  /** after so long under way it is cancelled; null: only its steps have an end */
  readonly timeoutMs: number | null;
  /** how often a run that failed is followed by another one */
  readonly retries: number;
  readonly retryDelayMs: number;
  /** what the other one does: the steps that did not succeed, or all of them anew */
  readonly retryFrom: "failure" | "all";
}

/** Rules of a run that nobody gave any. */
export const defaultRunRules: RunRules = { timeoutMs: null, retries: 0, retryDelayMs: 0, retryFrom: "failure" };

/** One request to carry out a plan over one published notebook (or a whole workspace), with what it asked for. */
export interface Run {
  readonly id: string;
  readonly state: RunState;
  readonly trigger: Trigger;
  /** canonical selection; "" is everything */
  readonly selection: string;
  readonly partition: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly force: boolean;
  /** nothing is computed: the checks of what there is are carried out again */
  readonly checksOnly?: boolean;
  /** notebook path → revision (content hash) that this run executes */
  readonly revisions: Readonly<Record<string, string>>;
  /** what limits of the queue look at, and lists are filtered by: those asked for, those of its job and of its notebooks */
  readonly tags: Readonly<Record<string, string>>;
  /** larger first in the queue */
  readonly priority: number;
  readonly rules: RunRules;
  /** the branch that it works in; left out where it is what is published */
  readonly environment?: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly error: WireError | null;
}

/** One asset (and partition) of a run. */
export interface Step {
  readonly run: string;
  readonly asset: AssetKey;
  readonly partition: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly reason: string;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly ms: number | null;
  readonly dataVersion: string | null;
  readonly error: StepError | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** names of the checks that its fact was held against, now or before */
  readonly checks?: readonly string[];
}

/** An error of a step, with its place in the notebook: the cell, and line and column in the cell's source, from 1. */
export interface StepError extends WireError {
  readonly cell: number | null;
  readonly line: number | null;
  readonly column: number | null;
}

const runTransitions: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ["starting", "cancelled"],
  starting: ["running", "queued", "failed", "cancelling", "interrupted"],
  running: ["succeeded", "failed", "cancelling", "interrupted"],
  cancelling: ["cancelled", "failed", "succeeded", "interrupted"],
  succeeded: [],
  failed: [],
  cancelled: [],
  interrupted: ["queued"],
};

const stepTransitions: Readonly<Record<StepState, readonly StepState[]>> = {
  waiting: ["running", "reused", "skipped", "blocked", "cancelled"],
  running: ["committing", "reused", "skipped", "failed", "cancelled", "waiting"],
  committing: ["succeeded", "failed", "waiting"],
  succeeded: [],
  reused: [],
  skipped: [],
  failed: [],
  blocked: [],
  cancelled: [],
};

/** Whether the one legal-transition table of runs has this edge. */
export function mayRun(from: RunState, to: RunState): boolean {
  return runTransitions[from].includes(to);
}

/** Whether the one legal-transition table of steps has this edge. */
export function mayStep(from: StepState, to: StepState): boolean {
  return stepTransitions[from].includes(to);
}

/** Whether a text is a state of a run. */
export function isRunState(text: string): text is RunState {
  return runStates.some((state) => state === text);
}

/** Whether nothing more happens to a run in this state by itself. */
export function isTerminal(state: RunState): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled" || state === "interrupted";
}
