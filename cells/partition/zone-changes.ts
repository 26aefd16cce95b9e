import { Zone } from "../schedule/zone.ts";
import { firstWhere } from "./sorted.ts";

const dayMs = 86_400_000;
/** no zone has turned its clock twice within a week */
const stepMs = 7 * dayMs;
const origin = Date.UTC(2020, 0, 1);

/** An instant at which a zone turns its clock: how far ahead of UTC it is before and from then on, in milliseconds. */
export interface ZoneChange {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The changes of a zone's clock, numbered from the first of 2020 on (0), below 0 before. They are looked for when a time
 * is asked about, and remembered. Span p is the time between change p - 1 and change p.
 */
export class ZoneChanges {
  private readonly zone: Zone;
  private readonly isFixed: boolean;
  private readonly forward: ZoneChange[] = [];
  private readonly backward: ZoneChange[] = [];
  private from = origin;
  private to = origin;
  private readonly originOffset: number;

  /** Throws `RangeError` where there is no such zone. */
  constructor(timezone: string) {
    this.zone = new Zone(timezone);
    this.isFixed = timezone === "UTC" || timezone === "Etc/UTC";
    this.originOffset = this.isFixed ? 0 : this.zone.offsetAt(origin);
  }

  /** The span of an instant; changes up to a month around it are known from then on. */
  spanAt(instant: number): number {
    this.look(instant);
    if (instant >= origin) return firstWhere(0, this.forward.length, (i) => (this.forward[i]?.at ?? 0) > instant);
    return -firstWhere(0, this.backward.length, (i) => (this.backward[i]?.at ?? 0) <= instant);
  }

  /** A change by its number; null where none is known to be near. */
  change(number: number): ZoneChange | null {
    return (number >= 0 ? this.forward[number] : this.backward[-1 - number]) ?? null;
  }

  /** How far the clock is ahead of UTC in a span. */
  offsetIn(span: number): number {
    return this.change(span - 1)?.after ?? this.change(span)?.before ?? this.originOffset;
  }

  /** How far the clock is ahead of UTC at an instant. */
  offsetAt(instant: number): number {
    return this.offsetIn(this.spanAt(instant));
  }

  /** The first instant at which the clock shows a time (as if of UTC) or, where that is skipped, a later one. */
  instantOf(wall: number): number {
    for (let span = this.spanAt(wall - 27 * 3_600_000); ; span++) {
      const instant = Math.max(wall - this.offsetIn(span), this.change(span - 1)?.at ?? -Infinity);
      if (instant < (this.change(span)?.at ?? Infinity)) return instant;
    }
  }

  private look(instant: number): void {
    if (this.isFixed) return;
    for (; this.to < instant + 31 * dayMs; this.to += stepMs) this.addChange(this.to, this.to + stepMs, this.forward);
    for (; this.from > instant - 31 * dayMs; this.from -= stepMs)
      this.addChange(this.from - stepMs, this.from, this.backward);
  }

  private addChange(low: number, high: number, list: ZoneChange[]): void {
    const [before, after] = [this.zone.offsetAt(low), this.zone.offsetAt(high)];
    if (before !== after) list.push({ at: this.zone.changeIn(low, high), before, after });
  }
}
