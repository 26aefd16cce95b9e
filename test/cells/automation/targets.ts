import type { Condition } from "../../../cells/automation/condition.ts";
import { Cut } from "../../../cells/automation/cut.ts";
import { toDependency } from "../../../cells/automation/dependency.ts";
import { evaluateAutomation, type Evaluation } from "../../../cells/automation/evaluate.ts";
import type { AutomationEvent, AutomationFact } from "../../../cells/automation/events.ts";
import { toGraph, type AutomationGraph, type Target } from "../../../cells/automation/graph.ts";
import { parseCondition } from "../../../cells/automation/parse.ts";
import type { AutomationState } from "../../../cells/automation/state.ts";
import type { FreshnessPolicy } from "../../../cells/model/options.ts";
import { parsePartitions } from "../../../cells/partition/parse.ts";
import { keysIn, type PartitionSubset } from "../../../cells/partition/subset.ts";

/** A target of a test: inputs, condition and partitions as text. */
export interface TargetSketch {
  readonly deps?: readonly string[];
  readonly automation?: string;
  readonly partitions?: string;
  readonly codeVersion?: string;
  readonly freshness?: FreshnessPolicy;
  /** blocking or not, by name */
  readonly checks?: Readonly<Record<string, boolean>>;
}

/** 2026-01-31T09:00:00Z */
export const nine = Date.UTC(2026, 0, 31, 9);

/** A graph of sketched targets; a check is `check:NAME`. Selections are keys, one or several with `or`. */
export function sketchGraph(sketches: Readonly<Record<string, TargetSketch>>): AutomationGraph {
  const cuts = new Map<string, Cut>();
  const conditions = new Map<string, Condition>();
  const conditionOf = (text: string): Condition => {
    const condition = conditions.get(text) ?? parseCondition(text);
    conditions.set(text, condition);
    return condition;
  };
  const cutOf = (partitions: string | undefined): Cut => {
    const cut =
      cuts.get(partitions ?? "") ?? new Cut(partitions ? parsePartitions(partitions) : null, { timezone: "UTC" });
    cuts.set(partitions ?? "", cut);
    return cut;
  };
  const targets = Object.entries(sketches).map(([key, sketch]): Target => {
    const downstream = cutOf(sketch.partitions);
    return {
      key,
      type: key.startsWith("check:") ? "check" : "asset",
      name: key.replace(/^.*[:/]/, ""),
      condition: sketch.automation === undefined ? null : conditionOf(sketch.automation),
      deps: (sketch.deps ?? []).map((dep) =>
        toDependency(dep, { upstream: cutOf(sketches[dep]?.partitions), downstream }, null),
      ),
      checks: Object.entries(sketch.checks ?? {}).map(([name, isBlocking]) => ({ key: `check:${name}`, isBlocking })),
      members: [],
      cut: downstream,
      codeVersion: sketch.codeVersion ?? "1",
      timezone: "UTC",
      freshness: sketch.freshness ?? null,
      isMaterializable: true,
    };
  });
  return toGraph(targets, (selection) => {
    const keys = new Set<string>();
    const add = (one: typeof selection): void => {
      if (one.type === "key") keys.add(one.pattern);
      else if (one.type === "or") one.of.forEach(add);
      else throw new Error(`a sketch has no selection ${one.type}`);
    };
    add(selection);
    return keys;
  });
}

/** Evaluations one after another, each with the JSON that the last one left. */
export class Automation {
  graph: AutomationGraph;
  now = nine;
  state: AutomationState | null = null;
  private position = 0;
  private readonly pending: AutomationEvent[] = [];

  constructor(sketches: Readonly<Record<string, TargetSketch>>) {
    this.graph = sketchGraph(sketches);
    this.evaluate();
  }

  /** Something happens, a minute after what was before. */
  happens(fact: AutomationFact): this {
    this.now += 60_000;
    this.pending.push({ ...fact, position: ++this.position, at: this.now });
    return this;
  }

  updated(
    key: string,
    { run = null, partitions = [""] }: { run?: string | null; partitions?: readonly string[] } = {},
  ): this {
    return this.happens({ type: "materialized", key, partitions, run, codeVersion: "1", isNewData: true });
  }

  evaluate(): Evaluation {
    const evaluation = evaluateAutomation({
      graph: this.graph,
      state: this.state,
      events: this.pending.splice(0),
      now: this.now,
    });
    this.state = JSON.parse(JSON.stringify(evaluation.state)) as AutomationState;
    return evaluation;
  }

  /** What an evaluation requests: keys, with partitions behind those that have them. */
  requests(): readonly string[] {
    return sayRequests(this.evaluate().requested);
  }

  /** What an evaluation says of one target. */
  sentence(key: string): string | undefined {
    return this.evaluate().evaluations.get(key)?.say();
  }
}

/** `totals`, `orders eu us`. */
export function sayRequests(requested: ReadonlyMap<string, PartitionSubset>): readonly string[] {
  return [...requested].map(([key, subset]) => [key, ...keysIn(subset)].join(" ").trim());
}
