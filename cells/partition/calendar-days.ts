import { ticksAfter } from "../schedule/cron.ts";
import { readCronFields, spelledOut } from "./cron-syntax.ts";
import { countBelow, firstWhere } from "./sorted.ts";

const dayMs = 86_400_000;
const [firstYear, lastYear] = [0, 9999];

/** The days of one year that match, as day numbers since 1970, and how many matched in the years before (from 1970 on). */
interface YearDays {
  readonly days: readonly number[];
  readonly before: number;
}

/**
 * The days on which a cron may tick, as a list that is never written out: a number for each day that matches, 0 for the
 * first from 1970 on, below 0 before. Years are looked at when they are asked for and remembered. Days are counted from
 * 1970-01-01 and go from year 0 to 9999.
 */
export class CalendarDays {
  private readonly matches: ((year: number) => readonly number[]) | null;
  private readonly forward: YearDays[] = [];
  private readonly backward: YearDays[] = [];

  constructor(cron: string) {
    this.matches = matcherOf(cron);
  }

  /** How many days before `day` match, counted from 1970-01-01; below 0 for days before that. */
  rank(day: number): number {
    if (this.matches === null) return day;
    const year = Math.max(firstYear, Math.min(lastYear, yearOf(day)));
    const { days, before } = this.year(year);
    return before + countBelow(days, day);
  }

  /** The day with a number, or null where the calendar ends before it. */
  at(rank: number): number | null {
    if (this.matches === null) return isInCalendar(rank) ? rank : null;
    const year = rank >= 0 ? this.yearFrom(rank) : this.yearBefore(rank);
    if (year === null) return null;
    const { days, before } = this.year(year);
    return days[rank - before] ?? null;
  }

  /** Whether a day matches. */
  has(day: number): boolean {
    return this.matches === null || this.rank(day + 1) > this.rank(day);
  }

  private yearFrom(rank: number): number | null {
    while (this.forward.length === 0 || rank >= endOf(this.year(1969 + this.forward.length)))
      if (this.forward.length > lastYear - 1970) return null;
      else this.year(1970 + this.forward.length);
    return firstWhere(1970, 1969 + this.forward.length, (year) => rank < endOf(this.year(year)));
  }

  private yearBefore(rank: number): number | null {
    for (let year = 1969; year >= firstYear; year--) if (rank >= this.year(year).before) return year;
    return null;
  }

  private year(year: number): YearDays {
    const list = year >= 1970 ? this.forward : this.backward;
    const place = year >= 1970 ? year - 1970 : 1969 - year;
    while (list.length <= place) {
      const next = year >= 1970 ? 1970 + list.length : 1969 - list.length;
      const days = this.matches?.(next) ?? [];
      const last = list.at(-1);
      const before = next >= 1970 ? (last ? endOf(last) : 0) : (last?.before ?? 0) - days.length;
      list.push({ days, before });
    }
    return list[place] ?? { days: [], before: 0 };
  }
}

function endOf({ days, before }: YearDays): number {
  return before + days.length;
}

/** The days of a year that a cron allows; null where it allows every day. */
function matcherOf(cron: string): ((year: number) => readonly number[]) | null {
  const fields = readCronFields(cron);
  const [monthDays = "", months = "", weekDays = ""] = spelledOut(cron).split(" ").slice(-3);
  // `L`, `15W`, `5#2`: which days these are is the library's to say
  if (/[lw#]/i.test(`${monthDays} ${weekDays}`.replace(/jul/gi, "").replace(/wed/gi, "")))
    return (year) => {
      const days: number[] = [];
      const end = startOfYear(year + 1);
      for (const tick of ticksAfter([`0 0 ${monthDays} ${months} ${weekDays}`], "UTC", startOfYear(year) * dayMs - 1)) {
        if (tick >= end * dayMs) break;
        days.push(tick / dayMs);
      }
      return days;
    };
  if (fields.daysOfMonth === null && fields.months === null && fields.daysOfWeek === null) return null;
  const inMonth = fields.daysOfMonth && new Set(fields.daysOfMonth);
  const inYear = fields.months && new Set(fields.months);
  const inWeek = fields.daysOfWeek && new Set(fields.daysOfWeek.map((day) => day % 7));
  return (year) => {
    const days: number[] = [];
    for (let month = 1; month <= 12; month++) {
      if (inYear && !inYear.has(month)) continue;
      const first = dayOf(year, month);
      const end = dayOf(year, month + 1);
      for (let day = first; day < end; day++) {
        const isMonthDay = inMonth?.has(day - first + 1) ?? false;
        const isWeekDay = inWeek?.has((((day + 4) % 7) + 7) % 7) ?? false;
        // both set: either will do
        if (isMonthDay || isWeekDay || (!inMonth && !inWeek)) days.push(day);
      }
    }
    return days;
  };
}

function dayOf(year: number, month: number): number {
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, 1);
  return time.getTime() / dayMs;
}

function startOfYear(year: number): number {
  return dayOf(year, 1);
}

function yearOf(day: number): number {
  return new Date(day * dayMs).getUTCFullYear();
}

function isInCalendar(day: number): boolean {
  return day >= startOfYear(firstYear) && day < startOfYear(lastYear + 1);
}
