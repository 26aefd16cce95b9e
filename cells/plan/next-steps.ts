import type { AssetKey } from "../model/asset-key.ts";
import type { StepState } from "../model/run.ts";
import type { Plan, PlanStep } from "./plan.ts";

/** What can be done next about a plan. */
export interface NextSteps {
  /** waiting, and everything that they need has ended well */
  readonly ready: readonly PlanStep[];
  /** waiting, and something that they need has ended badly: they will never start */
  readonly blocked: readonly { readonly step: PlanStep; readonly by: AssetKey }[];
  /** whether every step has ended or is blocked */
  readonly isDone: boolean;
}

/**
 * What follows from the states that the steps are in; a step without one is waiting. What is blocked by something blocked
 * is reported in the same answer. After an event, `changed` (the steps whose state is new) confines the look to the steps
 * behind them, so that a run of n steps costs their edges and not n²; `isDone` is then about those alone.
 */
export function nextSteps(
  plan: Plan,
  states: ReadonlyMap<AssetKey, StepState>,
  changed?: Iterable<AssetKey>,
): NextSteps {
  const candidates = changed === undefined ? plan.steps : behind(plan, states, changed);
  const ready: PlanStep[] = [];
  const blocked: { step: PlanStep; by: AssetKey }[] = [];
  const lost = new Set<AssetKey>();
  let isDone = true;
  for (const step of candidates) {
    const state = states.get(step.key) ?? "waiting";
    if (state !== "waiting") {
      isDone &&= isEnded(state);
      continue;
    }
    const by = step.after.find((key) => lost.has(key) || isBad(states.get(key)));
    if (by !== undefined) {
      blocked.push({ step, by });
      lost.add(step.key);
      continue;
    }
    isDone = false;
    if (step.after.every((key) => isGood(states.get(key)))) ready.push(step);
  }
  return { ready, blocked, isDone };
}

/** The changed steps and those behind them that they may set free or block, in the plan's order. */
function behind(
  plan: Plan,
  states: ReadonlyMap<AssetKey, StepState>,
  changed: Iterable<AssetKey>,
): readonly PlanStep[] {
  const { at, next } = indexOf(plan);
  const found = new Set<number>();
  const queue: (readonly [key: AssetKey, isLost: boolean])[] = [];
  for (const key of changed) {
    const index = at.get(key);
    if (index !== undefined) found.add(index);
    queue.push([key, isBad(states.get(key))]);
  }
  const followed = new Set<AssetKey>();
  for (const [key, isLost] of queue) {
    if (followed.has(key)) continue;
    followed.add(key);
    for (const index of next.get(key) ?? []) {
      found.add(index);
      const step = plan.steps[index];
      // success frees only what is directly behind it; a failure blocks everything
      if (step && isLost) queue.push([step.key, true]);
    }
  }
  return [...found].sort((a, b) => a - b).flatMap((index) => plan.steps[index] ?? []);
}

interface PlanIndex {
  readonly at: ReadonlyMap<AssetKey, number>;
  readonly next: ReadonlyMap<AssetKey, readonly number[]>;
}

const indexes = new WeakMap<Plan, PlanIndex>();

function indexOf(plan: Plan): PlanIndex {
  const known = indexes.get(plan);
  if (known) return known;
  const next = new Map<AssetKey, number[]>();
  plan.steps.forEach((step, index) => {
    for (const key of step.after) {
      const list = next.get(key);
      if (list) list.push(index);
      else next.set(key, [index]);
    }
  });
  const index = { at: new Map(plan.steps.map((step, i) => [step.key, i])), next };
  indexes.set(plan, index);
  return index;
}

function isGood(state: StepState | undefined): boolean {
  return state === "succeeded" || state === "reused" || state === "skipped";
}

function isBad(state: StepState | undefined): boolean {
  return state === "failed" || state === "blocked" || state === "cancelled";
}

function isEnded(state: StepState): boolean {
  return isGood(state) || isBad(state);
}
