import { AppError } from "../errors.ts";
import { keysIn, subsetCount } from "../partition/subset.ts";
import { nextWakeAt } from "./clock.ts";
import { evaluateAutomation, type Evaluation } from "./evaluate.ts";
import type { AutomationEvent, AutomationFact } from "./events.ts";
import { toGraph, type AutomationGraph } from "./graph.ts";
import { parseCondition } from "./parse.ts";
import { groupRequests } from "./requests.ts";
import type { Simulation } from "./simulation.ts";
import type { AutomationState } from "./state.ts";

/** Evaluations of one story; beyond it turns in a circle, or ticks too often for its length. */
const mostEvaluations = 100_000;
/** Partition keys that an evaluation names. */
const shownKeys = 100;

/** One evaluation of a story: what was requested, and what every condition that was looked at says. */
export interface SimulatedEvaluation {
  /** milliseconds since 1970 */
  readonly at: number;
  readonly requested: readonly {
    readonly key: string;
    readonly count: number;
    /** the first 100 of them, [""] of what has no partitions */
    readonly partitions: readonly string[];
    readonly sentence: string;
  }[];
  readonly waiting: readonly { readonly key: string; readonly sentence: string }[];
}

/** A graph with other conditions: key of a target → text. Throws `attribute_invalid`, and `usage` for a key that it does not have. */
export function withAutomation(graph: AutomationGraph, automation: Readonly<Record<string, string>>): AutomationGraph {
  const conditions = new Map(
    Object.entries(automation).map(([key, text]) => {
      if (!graph.targets.has(key))
        throw new AppError("usage", `no asset ${JSON.stringify(key)} can be automated; name a stored one`);
      return [key, parseCondition(text)] as const;
    }),
  );
  const targets = [...graph.targets.values()].map((target) => {
    const condition = conditions.get(target.key);
    return condition === undefined ? target : { ...target, condition };
  });
  return toGraph(targets, graph.select);
}

/**
 * Plays a made-up story against conditions: what would be requested when, and why not. Evaluates at the start, at every
 * event, and whenever the clock may change something, as the server does; evaluations of the clock that request nothing are
 * left out. Throws `usage` where the story never ends.
 */
export function simulate(
  graph: AutomationGraph,
  automation: Readonly<Record<string, string>>,
  { start, end, runsTakeMs, events }: Simulation,
): readonly SimulatedEvaluation[] {
  const played = withAutomation(graph, automation);
  const results: SimulatedEvaluation[] = [];
  const queue: { readonly at: number; readonly fact: AutomationFact }[] = [...events];
  let state: AutomationState | null = null;
  let [position, runs] = [0, 0];
  const evaluate = (at: number, happened: readonly AutomationEvent[]): Evaluation => {
    const evaluation = evaluateAutomation({ graph: played, state, events: happened, now: at });
    ({ state } = evaluation);
    if (runsTakeMs === null) return evaluation;
    for (const { keys, partitions } of groupRequests(played, evaluation.requested)) {
      const run = `simulated ${++runs}`;
      const own = [...keysIn(partitions)];
      const made = keys.flatMap((key) => played.targets.get(key)?.members.toSpliced(0, 0, key) ?? []);
      const targets = Object.fromEntries(made.map((key) => [key, own]));
      const make = (key: string): AutomationFact => {
        const target = played.targets.get(key);
        const codeVersion = target?.codeVersion ?? null;
        return target?.type === "check"
          ? { type: "checked", key, partitions: own, passed: true, run }
          : { type: "materialized", key, partitions: own, run, codeVersion, isNewData: true };
      };
      const ended = at + runsTakeMs;
      insert(queue, { at, fact: { type: "run_started", run, targets, tags: {} } });
      for (const key of made) insert(queue, { at: ended, fact: make(key) });
      insert(queue, { at: ended, fact: { type: "run_ended", run, state: "succeeded" } });
    }
    return evaluation;
  };
  results.push(toResult(start, evaluate(start, [])));
  for (let at = start, count = 0; ; count++) {
    if (count > mostEvaluations)
      throw new AppError(
        "usage",
        `the simulation has over ${mostEvaluations} evaluations; end it earlier, or let its clocks tick less often`,
      );
    const wake = (state === null ? null : nextWakeAt(played, state, at)) ?? Infinity;
    const event = queue[0];
    if (Math.min(event?.at ?? Infinity, wake) > end) return results;
    if (event !== undefined && event.at <= wake) {
      queue.shift();
      at = event.at;
      results.push(toResult(at, evaluate(at, [{ ...event.fact, position: ++position, at }])));
    } else {
      at = wake;
      const result = toResult(at, evaluate(at, []));
      if (result.requested.length > 0) results.push(result);
    }
  }
}

/** Puts an event behind all that are not later. */
function insert<T extends { readonly at: number }>(queue: T[], event: T): void {
  const index = queue.findIndex(({ at }) => at > event.at);
  queue.splice(index < 0 ? queue.length : index, 0, event);
}

function toResult(at: number, { requested, evaluations }: Evaluation): SimulatedEvaluation {
  return {
    at,
    requested: [...requested].map(([key, subset]) => {
      const partitions: string[] = [];
      for (const partition of keysIn(subset)) if (partitions.push(partition) >= shownKeys) break;
      return { key, count: subsetCount(subset), partitions, sentence: evaluations.get(key)?.say() ?? "" };
    }),
    waiting: [...evaluations].flatMap(([key, { say }]) => (requested.has(key) ? [] : [{ key, sentence: say() }])),
  };
}
