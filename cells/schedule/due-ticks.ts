import { assertNever } from "../errors.ts";
import type { Catchup } from "../model/options.ts";
import { ticksAfter } from "./cron.ts";

/** A schedule and how far it has been decided. */
export interface DueRequest {
  readonly crons: readonly string[];
  readonly timezone: string;
  readonly catchup: Catchup;
  /** the last tick that was decided, or when the schedule began or changed: nothing at or before it is due */
  readonly after: number;
  readonly now: number;
  /** how late a tick may be looked at and still count as on time; a minute unless told */
  readonly graceMs?: number;
}

/** A tick that is due, and what becomes of it. */
export interface DueTick {
  /** milliseconds since 1970 */
  readonly tick: number;
  readonly decision: "run" | "skipped";
}

/**
 * Every tick in (after, now], ascending, with its decision: after downtime each has a row, whether it runs or not. What
 * is on time runs whatever `catchup` says; of those missed it makes up the latest, all, none, or so many of the latest.
 */
export function dueTicks({ crons, timezone, catchup, after, now, graceMs = 60_000 }: DueRequest): readonly DueTick[] {
  const ticks: number[] = [];
  for (const tick of ticksAfter(crons, timezone, after)) {
    if (tick > now) break;
    ticks.push(tick);
  }
  const runs = runCount(catchup, ticks.length);
  return ticks.map((tick, i) => {
    const isLast = i === ticks.length - 1;
    const isRun = i >= ticks.length - runs || (isLast && now - tick <= graceMs);
    return { tick, decision: isRun ? "run" : "skipped" };
  });
}

/** How many of the latest due ticks run, late or not. */
function runCount(catchup: Catchup, due: number): number {
  switch (catchup.type) {
    case "latest":
      return 1;
    case "all":
      return due;
    case "none":
      return 0;
    case "count":
      return catchup.count;
    default:
      return assertNever(catchup);
  }
}
