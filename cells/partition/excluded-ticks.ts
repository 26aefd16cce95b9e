import type { Exclusion } from "./definition.ts";
import { wallOf } from "./local-time.ts";
import { countBelow } from "./sorted.ts";
import { TickIndex } from "./tick-index.ts";
import type { ZoneChanges } from "./zone-changes.ts";

const dayMs = 86_400_000;
const yearMs = 366 * dayMs;

/**
 * Which of the ticks from `first` on are left out, by their number in `ticks`. What a cron leaves out is looked up a
 * year at a time, as far as it is asked for.
 */
export class ExcludedTicks {
  private readonly ticks: TickIndex;
  private readonly first: number;
  private readonly crons: readonly TickIndex[];
  /** what does not come from a cron, ascending */
  private readonly fixed: readonly number[];
  /** all, ascending, complete for ticks before `known` */
  private readonly excluded: number[] = [];
  private known: number;

  constructor(ticks: TickIndex, zone: ZoneChanges, exclusions: readonly Exclusion[], first: number) {
    this.ticks = ticks;
    this.first = first;
    this.known = first;
    this.fixed = ascending(exclusions.flatMap((exclusion) => fixedOf(exclusion, ticks, zone))).filter(
      (tick) => tick >= first,
    );
    this.crons = exclusions.flatMap((exclusion) =>
      exclusion.type === "cron" ? [new TickIndex(exclusion.cron, zone)] : [],
    );
  }

  /** Whether a tick is left out. */
  has(rank: number): boolean {
    return this.countBelow(rank + 1) > this.countBelow(rank);
  }

  /** How many ticks before one are left out. */
  countBelow(rank: number): number {
    return countBelow(this.listTo(rank), rank);
  }

  /** Those in [from, to) that are left out. */
  between(from: number, to: number): readonly number[] {
    const list = this.listTo(to);
    return list.slice(countBelow(list, from), countBelow(list, to));
  }

  /** The tick that stands at an index among those not left out; index 0 is the first. */
  rankAt(index: number): number {
    if (index < 0) return this.first + index;
    let high = this.first + index;
    for (;;) {
      const next = this.first + index + this.countBelow(high + 1);
      if (next === high) return high;
      high = next;
    }
  }

  private listTo(rank: number): readonly number[] {
    if (this.crons.length === 0) return this.fixed;
    while (this.known < rank) {
      const from = this.ticks.at(this.known);
      const to = this.ticks.at(rank);
      if (from === null) break;
      const end = to === null ? Infinity : this.ticks.rank(Math.max(to, from + yearMs));
      const found = this.crons.flatMap((cron) => this.shared(cron, this.known, end));
      const fixed = this.fixed.filter((tick) => tick >= this.known && tick < end);
      for (const tick of ascending([...found, ...fixed])) this.excluded.push(tick);
      this.known = end;
    }
    return this.excluded;
  }

  /** Ticks in [from, to) that a cron has too. */
  private shared(cron: TickIndex, from: number, to: number): readonly number[] {
    const begin = this.ticks.at(from);
    const end = to === Infinity ? null : this.ticks.at(to);
    if (begin === null) return [];
    const ranks: number[] = [];
    for (let at = cron.rank(begin); ; at++) {
      const instant = cron.at(at);
      if (instant === null || (end !== null && instant >= end)) return ranks;
      const rank = this.ticks.rank(instant);
      if (this.ticks.at(rank) === instant) ranks.push(rank);
    }
  }
}

function fixedOf(exclusion: Exclusion, ticks: TickIndex, zone: ZoneChanges): readonly number[] {
  switch (exclusion.type) {
    case "date": {
      const wall = wallOf(exclusion.date);
      const [from, to] = [ticks.rank(zone.instantOf(wall)), ticks.rank(zone.instantOf(wall + dayMs))];
      return Array.from({ length: to - from }, (_, at) => from + at);
    }
    case "time": {
      const wall = wallOf(exclusion.time);
      const rank = ticks.rank(zone.instantOf(wall));
      const tick = ticks.at(rank);
      return tick !== null && tick + zone.offsetAt(tick) === wall ? [rank] : [];
    }
    case "cron":
      return [];
  }
}

function ascending(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
