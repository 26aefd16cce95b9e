import { freshnessOf } from "../freshness/freshness.ts";
import { nextTick } from "../schedule/cron.ts";
import { lastTick } from "../schedule/last-tick.ts";
import type { Ledger } from "./ledger.ts";
import type { AutomationGraph } from "./graph.ts";
import { prepare, type Prepared } from "./prepare.ts";
import type { AutomationState } from "./state.ts";

/** An instant at which the clock alone changes something. */
export interface ClockStep {
  readonly at: number;
  /** clocks that tick: see `cronKey` */
  readonly crons: ReadonlySet<string>;
  /** targets of which something is another: they have other partitions, or their freshness changes */
  readonly keys: readonly string[];
}

/** The clock between the events of a log: what it does by itself, each thing in the order in which it happens. */
export class Clock {
  private readonly prepared: Prepared;
  private readonly ledger: Ledger;
  private readonly nextTicks = new Map<string, number>();
  private readonly nextChanges = new Map<string, number>();
  private at: number;

  constructor(prepared: Prepared, ledger: Ledger, at: number) {
    this.prepared = prepared;
    this.ledger = ledger;
    this.at = at;
  }

  /**
   * Everything in (the last instant, to], ascending. Several ticks of one clock with nothing between them are one: its
   * last, since no condition could tell them apart.
   */
  advance(to: number): readonly ClockStep[] {
    if (to <= this.at) return [];
    const steps = new Map<number, { crons: Set<string>; keys: Set<string> }>();
    const step = (at: number) => {
      const known = steps.get(at) ?? { crons: new Set(), keys: new Set() };
      steps.set(at, known);
      return known;
    };
    for (const [name, { cron, timezone }] of this.prepared.crons) {
      const next = this.nextTicks.get(name) ?? nextTick([cron], timezone, this.at) ?? Infinity;
      if (next > to) {
        this.nextTicks.set(name, next);
        continue;
      }
      this.nextTicks.delete(name);
      step(lastTick([cron], timezone, next, to)).crons.add(name);
    }
    for (const target of this.prepared.timed) {
      if (target.freshness === null) continue;
      const { updatedAt } = this.ledger.of(target);
      const { timezone } = target;
      for (let now = this.at; ;) {
        const { deadline } = freshnessOf(target.freshness, updatedAt, { now, timezone });
        if (deadline === null || deadline > to) break;
        step(deadline).keys.add(target.key);
        now = deadline;
      }
    }
    this.addChanges(step, [...steps.keys()], to);
    this.at = to;
    return [...steps].sort(([a], [b]) => a - b).map(([at, { crons, keys }]) => ({ at, crons, keys: [...keys] }));
  }

  /**
   * Adds the steps at which other partitions exist: for each cut the last before every step, and before the end. Whatever
   * step there is sees the partitions of its own moment.
   */
  private addChanges(
    step: (at: number) => { readonly keys: Set<string> },
    others: readonly number[],
    to: number,
  ): void {
    const changing = this.prepared.cuts.filter(({ cut }) => {
      const next = this.nextChanges.get(cut.id) ?? cut.nextChange(this.at) ?? Infinity;
      this.nextChanges.set(cut.id, next);
      return next <= to;
    });
    if (changing.length === 0) return;
    const instants = new Set(others);
    for (const { cut } of changing) {
      this.nextChanges.delete(cut.id);
      let from = this.at;
      for (const bound of [...others, to].sort((a, b) => a - b)) {
        const last = cut.lastChange(from, bound);
        if (last !== null) instants.add(last);
        from = bound;
      }
    }
    let before = this.at;
    for (const at of [...instants].sort((a, b) => a - b)) {
      for (const { cut, keys } of changing)
        if (cut.lastChange(before, at) !== null) for (const key of keys) step(at).keys.add(key);
      before = at;
    }
  }
}

/** The first instant behind `after` at which the clock alone may make a condition true, or null: when to evaluate next. */
export function nextWakeAt(graph: AutomationGraph, state: AutomationState, after: number): number | null {
  const prepared = prepare(graph);
  const instants: number[] = [];
  for (const { cron, timezone } of prepared.crons.values())
    instants.push(nextTick([cron], timezone, after) ?? Infinity);
  for (const { cut } of prepared.cuts) instants.push(cut.nextChange(after) ?? Infinity);
  for (const { key, freshness, timezone } of prepared.timed) {
    if (freshness === null) continue;
    const updatedAt = state.facts[key]?.updatedAt ?? null;
    instants.push(freshnessOf(freshness, updatedAt, { now: after, timezone }).deadline ?? Infinity);
  }
  const first = instants.reduce((a, b) => Math.min(a, b), Infinity);
  return first === Infinity ? null : first;
}
