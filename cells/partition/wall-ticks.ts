import { CalendarDays } from "./calendar-days.ts";
import { readCronFields } from "./cron-syntax.ts";
import { countBelow } from "./sorted.ts";

const dayMs = 86_400_000;

/**
 * The times at which a wall clock shows what a cron asks for, as a list that is never written out. Such a time is the
 * number of milliseconds since 1970 at which UTC's clock shows it. Number 0 is the first from 1970 on.
 */
export class WallTicks {
  /** milliseconds of a day, ascending: a cron asks for the same times on every day that it allows */
  private readonly times: readonly number[];
  private readonly days: CalendarDays;

  constructor(cron: string) {
    const { seconds, minutes, hours } = readCronFields(cron);
    const times: number[] = [];
    for (const hour of ascending(hours, 24))
      for (const minute of ascending(minutes, 60))
        for (const second of ascending(seconds, 60)) times.push(((hour * 60 + minute) * 60 + second) * 1000);
    this.times = times;
    this.days = new CalendarDays(cron);
  }

  /** How many there are on a day. */
  get perDay(): number {
    return this.times.length;
  }

  /** The number of the first at `wall` or later. */
  rank(wall: number): number {
    const day = Math.floor(wall / dayMs);
    const own = this.days.has(day) ? countBelow(this.times, wall - day * dayMs) : 0;
    return this.days.rank(day) * this.times.length + own;
  }

  /** The one with a number, or null where the calendar ends before it. */
  at(rank: number): number | null {
    const day = this.days.at(Math.floor(rank / this.times.length));
    const time = this.times[((rank % this.times.length) + this.times.length) % this.times.length];
    return day === null || time === undefined ? null : day * dayMs + time;
  }

  /** Whether a time is one of them. */
  has(wall: number): boolean {
    return this.rank(wall + 1) > this.rank(wall);
  }
}

function ascending(values: readonly number[] | null, count: number): readonly number[] {
  return values === null ? Array.from({ length: count }, (_, at) => at) : [...new Set(values)].sort((a, b) => a - b);
}
