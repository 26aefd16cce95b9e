import { freshnessOf } from "../freshness/freshness.ts";
import { nextTick, ticksAfter } from "../schedule/cron.ts";
import type { Ledger } from "./ledger.ts";
import type { Prepared } from "./prepare.ts";

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
      const { last, after } = lastTick(cron, timezone, next, to);
      this.nextTicks.set(name, after);
      step(last).crons.add(name);
    }
    for (const { cut, keys } of this.prepared.cuts) {
      const next = this.nextChanges.get(cut.id) ?? cut.nextChange(this.at) ?? Infinity;
      this.nextChanges.set(cut.id, next);
      if (next > to) continue;
      this.nextChanges.delete(cut.id);
      // ticks that fall between see the partitions of their own moment
      for (const at of new Set([...steps.keys(), to])) if (at >= next) for (const key of keys) step(at).keys.add(key);
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
    this.at = to;
    return [...steps].sort(([a], [b]) => a - b).map(([at, { crons, keys }]) => ({ at, crons, keys: [...keys] }));
  }
}

/** The last tick up to `to`, of which `first` is one, and the first behind it. Looks back in growing strides, not from `first` on. */
function lastTick(
  cron: string,
  timezone: string,
  first: number,
  to: number,
): { readonly last: number; readonly after: number } {
  let from = first;
  for (let stride = 3_600_000; to - stride > first; stride *= 8) {
    const tick = nextTick([cron], timezone, to - stride);
    if (tick === null || tick > to) continue;
    from = tick;
    break;
  }
  let last = from;
  for (const tick of ticksAfter([cron], timezone, from)) {
    if (tick > to) return { last, after: tick };
    last = tick;
  }
  return { last, after: Infinity };
}
