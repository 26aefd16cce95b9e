const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A stretch of time in which a zone's clock is a fixed number of milliseconds ahead of UTC. */
export interface OffsetSpan {
  /** inclusive, milliseconds since 1970 */
  readonly from: number;
  /** exclusive */
  readonly to: number;
  readonly offsetMs: number;
}

/** An IANA zone as the offsets of its clock, found in the platform's time zone data and remembered. */
export class Zone {
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  /** Throws `RangeError` where there is no such zone. */
  constructor(timezone: string) {
    this.format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** How far the zone's clock is ahead of UTC at an instant. */
  offsetAt(instant: number): number {
    const known = this.offsets.get(instant);
    if (known !== undefined) return known;
    const utc = new Date(Math.floor(instant / 1000) * 1000);
    // a text and its numbers: a quarter of the time that `formatToParts` takes
    const [day = 0, hour = 0, minute = 0, second = 0] = this.format.format(utc).match(/\d+/g)?.map(Number) ?? [];
    const days = day - utc.getUTCDate();
    // beside the first of a month stands the last of another
    const wholeDays = Math.abs(days) < 2 ? days : -Math.sign(days);
    const offset =
      wholeDays * dayMs +
      (hour - utc.getUTCHours()) * hourMs +
      (minute - utc.getUTCMinutes()) * 60_000 +
      (second - utc.getUTCSeconds()) * 1000;
    if (this.offsets.size > 10_000) this.offsets.clear();
    this.offsets.set(instant, offset);
    return offset;
  }

  /** The spans of equal offset that cover an instant and, one after another, those behind it. */
  *spansFrom(instant: number): Generator<OffsetSpan> {
    let from = this.spanStart(instant);
    for (;;) {
      const to = this.changeAfter(from);
      yield { from, to, offsetMs: this.offsetAt(from) };
      from = to;
    }
  }

  /** Where to begin with the span that covers an instant: its start, or midnight before where that is longer ago. */
  private spanStart(instant: number): number {
    const day = Math.floor(instant / dayMs) * dayMs;
    return this.offsetAt(day) === this.offsetAt(instant) ? day : this.changeIn(day, instant);
  }

  /** The next change of offset; where a year has none, the end of that year. No zone changes twice in a day. */
  private changeAfter(from: number): number {
    const offset = this.offsetAt(from);
    let low = from;
    for (let high = Math.floor(from / dayMs) * dayMs + dayMs; high <= from + 366 * dayMs; high += dayMs) {
      if (this.offsetAt(high) !== offset) return this.changeIn(low, high);
      low = high;
    }
    return low;
  }

  /** The first second in (low, high] whose offset is that of `high`, where `low` has another. */
  changeIn(low: number, high: number): number {
    const offset = this.offsetAt(high);
    let [before, after] = [Math.floor(low / 1000), Math.ceil(high / 1000)];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.offsetAt(middle * 1000) === offset) after = middle;
      else before = middle;
    }
    return after * 1000;
  }
}
