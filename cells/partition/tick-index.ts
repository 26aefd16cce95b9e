import { isEveryHour } from "../schedule/cron.ts";
import { spelledOut } from "./cron-syntax.ts";
import { WallTicks } from "./wall-ticks.ts";
import { ZoneChanges } from "./zone-changes.ts";

/**
 * The ticks of a cron in a zone, in both directions of time, as a list that is never written out: the n-th is computed,
 * and so is the number of an instant. It has the ticks that the schedule's `ticksAfter` goes through one by one (skipped
 * and repeated hours by Dagster's rules C3 to C5): wall-clock times by arithmetic, and for each change of the clock a
 * correction, since it takes ticks away or adds some. Number 0 lies near 1970.
 */
export class TickIndex {
  private readonly walls: WallTicks;
  private readonly zone: ZoneChanges;
  private readonly isEveryHour: boolean;
  /** span ≥ 0 → what to add to the number of a wall-clock time in it */
  private readonly later: number[] = [0];
  /** -1 - span → the same, for spans before 0 */
  private readonly earlier: number[] = [];

  constructor(cron: string, zone: ZoneChanges) {
    this.walls = new WallTicks(cron);
    this.zone = zone;
    this.isEveryHour = isEveryHour(spelledOut(cron));
  }

  /** How many ticks there are on most days that have any. */
  get perDay(): number {
    return this.walls.perDay;
  }

  /** Whether a time that comes twice ticks twice. */
  get repeats(): boolean {
    return this.isEveryHour;
  }

  /** The number of the first tick at an instant or later. */
  rank(instant: number): number {
    const span = this.zone.spanAt(instant);
    if (instant === this.zone.change(span - 1)?.at) return this.startRank(span);
    const wall = instant + this.zone.offsetIn(span);
    return this.walls.rank(Math.min(wall, this.endWall(span))) + this.correction(span);
  }

  /** The instant of a tick, or null where the calendar ends before it. */
  at(rank: number): number | null {
    const near = this.walls.at(rank);
    if (near === null) return null;
    // corrections are small beside a month
    let span = this.zone.spanAt(near);
    while (this.zone.change(span - 1) !== null && rank < this.startRank(span)) span--;
    for (;;) {
      const next = this.zone.change(span);
      if (next === null || rank < this.startRank(span + 1)) break;
      this.zone.spanAt(next.at);
      span++;
    }
    const change = this.zone.change(span - 1);
    if (change && rank === this.startRank(span) && this.isMoved(span - 1)) return change.at;
    const wall = this.walls.at(rank - this.correction(span));
    return wall === null ? null : wall - this.zone.offsetIn(span);
  }

  /** The number of the first tick at the instant with which a span begins. */
  private startRank(span: number): number {
    const change = this.zone.change(span - 1);
    if (change === null) return -Infinity;
    const end = this.isEveryHour ? change.at + change.before : change.at + Math.min(change.before, change.after);
    return this.walls.rank(end) + this.correction(span - 1);
  }

  /** Up to where the wall-clock times of a span tick: a time that comes again ticks the second time, at a fixed hour. */
  private endWall(span: number): number {
    const next = this.zone.change(span);
    return next === null || this.isEveryHour || next.after >= next.before ? Infinity : next.at + next.after;
  }

  /** Whether skipped times tick at the instant of a change. */
  private isMoved(number: number): boolean {
    return !this.isEveryHour && this.skipped(number) > 0;
  }

  private skipped(number: number): number {
    const change = this.zone.change(number);
    if (change === null) return 0;
    return this.walls.rank(change.at + change.after) - this.walls.rank(change.at + change.before);
  }

  private correction(span: number): number {
    while (this.later.length <= span) {
      const number = this.later.length - 1;
      this.later.push((this.later[number] ?? 0) + this.shift(number));
    }
    while (this.earlier.length < -span) {
      const number = -1 - this.earlier.length;
      this.earlier.push((this.earlier.at(-1) ?? 0) - this.shift(number));
    }
    return (span >= 0 ? this.later[span] : this.earlier[-1 - span]) ?? 0;
  }

  /** By how much a change of the clock alters the correction. */
  private shift(number: number): number {
    const skipped = this.skipped(number);
    if (this.isEveryHour) return -skipped;
    const change = this.zone.change(number);
    if (change === null || skipped <= 0) return 0;
    // all that were skipped are one tick, and the time right after them is the same one
    return 1 - skipped - (this.walls.has(change.at + change.after) ? 1 : 0);
  }
}

/** Zones are the same for everyone: their changes are looked up once. */
const zones = new Map<string, ZoneChanges>();

/** The changes of a zone by its IANA name. Throws `RangeError` where there is no such zone. */
export function zoneChangesOf(timezone: string): ZoneChanges {
  const known = zones.get(timezone) ?? new ZoneChanges(timezone);
  zones.set(timezone, known);
  return known;
}
