import { AppError } from "../errors.ts";
import type { TimePartitions } from "./definition.ts";
import { ExcludedTicks } from "./excluded-ticks.ts";
import { wallOf } from "./local-time.ts";
import { Strftime, writeOffset } from "./strftime.ts";
import { TickIndex, zoneChangesOf } from "./tick-index.ts";
import type { ZoneChanges } from "./zone-changes.ts";

/** A stretch of time [start, end), in milliseconds since 1970. */
export interface TimeWindow {
  readonly start: number;
  readonly end: number;
}

/** how many of the first keys are written and read again */
const checkedKeys = 40;
/** where so many ticks are left out from the first on, all are */
const manyTicks = 10_000;

/**
 * The windows of a time definition as a list that is never written out: window 0 is the first that begins at `from` or
 * later, windows below 0 would have begun before. Those that are left out have no index. Which of them exist depends on
 * the time; their indexes and keys do not.
 */
export class TimeWindows {
  /** IANA name */
  readonly timezone: string;
  private readonly zone: ZoneChanges;
  private readonly ticks: TickIndex;
  private readonly excluded: ExcludedTicks;
  private readonly format: Strftime;
  private readonly offset: number;
  /** the tick of window 0 */
  private readonly first: number;
  /** windows from this tick on end after `to` */
  private readonly end: number;

  /** Throws `attribute_invalid` where two windows would have the same key, or every window is left out. */
  constructor(definition: TimePartitions, timezone: string) {
    this.timezone = timezone;
    this.zone = zoneChangesOf(timezone);
    this.ticks = new TickIndex(definition.cron, this.zone);
    const format = definition.format ?? (this.ticks.perDay > 1 ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d");
    this.format = new Strftime(format);
    this.offset = definition.offset;
    this.first = this.ticks.rank(this.zone.instantOf(wallOf(definition.from)));
    this.end = definition.to === null ? Infinity : this.lastAt(this.zone.instantOf(wallOf(definition.to)));
    this.excluded = new ExcludedTicks(this.ticks, this.zone, definition.exclude, this.first);
    this.check(definition, format);
  }

  /** How many windows exist at an instant: those that have ended, and `offset` more or fewer; none ends after `to`. */
  count(at: number): number {
    return Math.max(0, this.indexOfTick(Math.max(this.first, Math.min(this.lastAt(at) + this.offset, this.end))));
  }

  /** How many windows there will ever be; infinite where the definition has no end. */
  get limit(): number {
    return this.end === Infinity ? Infinity : Math.max(0, this.indexOfTick(Math.max(this.first, this.end)));
  }

  /** The window at an index. Throws `usage` where the calendar ends before it. */
  windowAt(index: number): TimeWindow {
    const tick = this.excluded.rankAt(index);
    return { start: this.instant(tick), end: this.instant(tick + 1) };
  }

  /** The key of the window at an index: the start by the definition's format, behind it the offset from UTC where the same time came before. */
  keyAt(index: number): string {
    return this.keyOfTick(this.excluded.rankAt(index));
  }

  /** The index of the window with a key, whether it exists by now or not; null where the definition has no such window. */
  indexOf(key: string): number | null {
    const tick = this.tickFrom(key);
    if (tick === null || tick < this.first || tick >= this.end || this.excluded.has(tick)) return null;
    return this.keyOfTick(tick) === key ? this.indexOfTick(tick) : null;
  }

  /** The first window that begins at the time which a key says, or later; null where the text is no key. */
  windowOf(key: string): TimeWindow | null {
    const tick = this.tickFrom(key);
    return tick === null ? null : this.windowAt(this.indexOfTick(tick));
  }

  /** The index of the first window that begins at the time which a key says, or later; null where the text is no key. */
  indexFrom(key: string): number | null {
    const tick = this.tickFrom(key);
    return tick === null ? null : this.indexOfTick(tick);
  }

  /** The index of the window that an instant lies in; null where that one is left out or before the first. */
  indexAt(instant: number): number | null {
    const tick = this.lastAt(instant);
    return tick < this.first || tick >= this.end || this.excluded.has(tick) ? null : this.indexOfTick(tick);
  }

  /** The indexes [from, to) of the windows that share time with one, of all time. */
  overlapping({ start, end }: TimeWindow): { readonly from: number; readonly to: number } {
    return { from: this.indexOfTick(this.lastAt(start)), to: this.indexOfTick(this.ticks.rank(end)) };
  }

  /** The time that the windows at indexes [from, to) cover, in stretches between those left out. */
  stretches(from: number, to: number): readonly TimeWindow[] {
    if (from >= to) return [];
    const result: TimeWindow[] = [];
    const last = this.excluded.rankAt(to - 1);
    let start = this.excluded.rankAt(from);
    for (const tick of [...this.excluded.between(start, last), last + 1]) {
      if (tick > start) result.push({ start: this.instant(start), end: this.instant(tick) });
      start = tick + 1;
    }
    return result;
  }

  /** What is wrong with a key at an instant, as a sentence that says what is right; null where its window exists. */
  problemOf(key: string, at: number): string | null {
    const text = JSON.stringify(key);
    const tick = this.tickFrom(key);
    if (tick === null) return `${text} is no key of these partitions; write it like ${this.keyAt(0)}`;
    if (tick < this.first) return `${text} is before the first partition, ${this.keyAt(0)}; choose a later one`;
    const count = this.count(at);
    if (this.keyOfTick(tick) !== key) return `${text} is not the beginning of a partition; ${this.near(tick, count)}`;
    if (this.excluded.has(tick)) return `${text} is left out of the partitions; ${this.near(tick, count)}`;
    const index = this.indexOfTick(tick);
    if (index < count) return null;
    const last = count === 0 ? "there is none yet" : `the last is ${this.keyAt(count - 1)}`;
    if (tick >= this.end) return `${text} is after the end of the partitions; ${last}`;
    const exists = this.ticks.at(tick + 1 - this.offset);
    const when = exists === null ? "" : ` before ${this.local(exists)}`;
    return `${text} does not exist${when}; ${last}`;
  }

  private near(tick: number, count: number): string {
    const index = this.indexOfTick(tick);
    const near = [index - 1, index].filter((at) => at >= 0 && at < count);
    return near.length === 0 ? "none exists near it" : `the nearest: ${near.map((at) => this.keyAt(at)).join(", ")}`;
  }

  private local(instant: number): string {
    const wall = new Date(instant + this.zone.offsetAt(instant)).toISOString();
    return `${wall.slice(0, 10)} ${wall.slice(11, 16)} (${this.timezone})`;
  }

  /** The first tick at the time that a key says, or later. */
  private tickFrom(key: string): number | null {
    const time = this.format.read(key);
    if (time === null || (time.offsetMs !== null && !this.format.hasOffset && !this.ticks.repeats)) return null;
    const { wall, offsetMs } = time;
    return this.ticks.rank(offsetMs === null ? this.zone.instantOf(wall) : wall - offsetMs);
  }

  private keyOfTick(tick: number): string {
    const instant = this.instant(tick);
    const offset = this.zone.offsetAt(instant);
    const key = this.format.write(instant + offset, offset);
    if (this.format.hasOffset || !this.ticks.repeats || this.zone.instantOf(instant + offset) === instant) return key;
    return key + writeOffset(offset);
  }

  /** The last tick at an instant or before it. */
  private lastAt(instant: number): number {
    return this.ticks.rank(instant + 1) - 1;
  }

  private indexOfTick(tick: number): number {
    return tick - this.first - (tick <= this.first ? 0 : this.excluded.countBelow(tick));
  }

  private instant(tick: number): number {
    const instant = this.ticks.at(tick);
    if (instant === null)
      throw new AppError("usage", "the calendar ends with the year 9999; choose an earlier partition");
    return instant;
  }

  private check(definition: TimePartitions, format: string): void {
    if (definition.exclude.length > 0 && this.excluded.countBelow(this.first + manyTicks) === manyTicks)
      throw new AppError("attribute_invalid", "exclude= leaves no partition; leave out fewer of them");
    for (let index = 0; index < checkedKeys && this.ticks.at(this.first + index + 1) !== null; index++)
      if (
        this.keyOfTick(this.first + index) === this.keyOfTick(this.first + index + 1) ||
        !this.isRead(this.first + index)
      )
        throw new AppError(
          "attribute_invalid",
          `invalid format: ${JSON.stringify(format)}: several partitions would have the key ${JSON.stringify(this.keyOfTick(this.first + index))}; write a pattern that tells them apart, as %Y-%m-%d-%H:%M`,
        );
  }

  private isRead(tick: number): boolean {
    return this.tickFrom(this.keyOfTick(tick)) === tick;
  }
}

const known = new Map<string, TimeWindows>();

/** The windows of a definition in the zone of its notebook, remembered. Throws as the constructor does. */
export function timeWindowsOf(definition: TimePartitions, notebookTimezone: string): TimeWindows {
  const signature = JSON.stringify([signatureOf(definition, notebookTimezone), definition.to, definition.offset]);
  const windows = known.get(signature) ?? new TimeWindows(definition, definition.timezone ?? notebookTimezone);
  if (known.size > 10_000) known.clear();
  known.set(signature, windows);
  return windows;
}

/** Definitions of one signature have the same windows at the same indexes with the same keys. */
export function signatureOf(definition: TimePartitions, notebookTimezone: string): string {
  const { cron, from, format, exclude, timezone } = definition;
  return JSON.stringify([cron, from, format, exclude, timezone ?? notebookTimezone]);
}
