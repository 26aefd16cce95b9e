import { Cron } from "croner";
import { AppError } from "../errors.ts";
import { parseCron as parseCronSyntax } from "../partition/cron-syntax.ts";
import { parseTimeZone } from "../partition/time-zone.ts";
import { Zone } from "./zone.ts";

const dayMs = 86_400_000;

/**
 * Reads the cron expression of a schedule: five fields, or a nickname such as `@daily`; answers it with single spaces.
 * Throws `attribute_invalid` naming the field.
 */
export function parseCron(text: string): string {
  const cron = parseCronSyntax(text);
  if (cron.split(" ").length > 5)
    throw new AppError(
      "attribute_invalid",
      `cron ${JSON.stringify(cron)} has six fields; leave out the first, a schedule has no seconds`,
    );
  return cron;
}

/** The first tick after an instant (milliseconds since 1970) of any of the crons, or null where none follows. */
export function nextTick(crons: readonly string[], timezone: string, afterMs: number): number | null {
  const first = ticksAfter(crons, timezone, afterMs).next();
  return first.done === true ? null : first.value;
}

/** The ticks of all the crons in [fromMs, toMs), ascending, each once, at most `limit` of them. */
export function ticksBetween(
  crons: readonly string[],
  timezone: string,
  fromMs: number,
  toMs: number,
  limit: number,
): readonly number[] {
  const ticks: number[] = [];
  if (limit <= 0) return ticks;
  for (const tick of ticksAfter(crons, timezone, fromMs - 1)) {
    if (tick >= toMs) break;
    if (ticks.push(tick) >= limit) break;
  }
  return ticks;
}

/** The ticks of all the crons after an instant, ascending, each once, without end. */
export function* ticksAfter(crons: readonly string[], timezone: string, afterMs: number): Generator<number, void> {
  const zone = zoneOf(timezone);
  const streams = crons.map((cron) => ticksOf(cron, zone, afterMs));
  const heads = streams.map((stream) => stream.next());
  for (;;) {
    let earliest = Infinity;
    for (const head of heads) if (head.done !== true) earliest = Math.min(earliest, head.value);
    if (earliest === Infinity) return;
    yield earliest;
    for (const [i, stream] of streams.entries()) {
      const head = heads[i];
      if (head?.done !== true && head?.value === earliest) heads[i] = stream.next();
    }
  }
}

/** The shortest time between two ticks, in milliseconds, over the next 1,000 ticks or ten years; null where there are none. */
export function smallestIntervalMs(crons: readonly string[], timezone: string, fromMs: number): number | null {
  const ticks = ticksBetween(crons, timezone, fromMs, fromMs + 3653 * dayMs, 1000);
  const gaps = ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? tick));
  return gaps.length === 0 ? null : Math.min(...gaps);
}

/**
 * The ticks of one cron. Croner works on wall-clock times as if they were UTC; which instants they are is ours (Dagster's
 * rules C3 to C5): at a fixed hour, a time that the clock skips moves to the first instant after the gap, and one that
 * comes twice ticks the second time only; in every hour, skipped times are left out and repeated ones tick twice.
 */
function ticksOf(cron: string, zone: Zone, afterMs: number): Generator<number, void> {
  const walls = new Cron(cron, { utcOffset: 0, paused: true });
  return isEveryHour(cron) ? everyHourTicks(walls, zone, afterMs) : fixedHourTicks(walls, zone, afterMs);
}

/** Whether a cron ticks in every hour, so that a repeated hour ticks twice and a skipped one not at all. */
export function isEveryHour(cron: string): boolean {
  const fields = cron.trim().split(/\s+/);
  if (fields.length === 1) return cron.trim().toLowerCase() === "@hourly";
  return ["*", "?", "*/1", "0-23"].includes(fields.at(-4) ?? "");
}

function* everyHourTicks(walls: Cron, zone: Zone, afterMs: number): Generator<number, void> {
  for (const { from, to, offsetMs } of zone.spansFrom(afterMs)) {
    let wall = Math.max(afterMs, from - 1) + offsetMs;
    for (;;) {
      const next = walls.nextRun(new Date(wall));
      if (next === null) return;
      wall = next.getTime();
      if (wall - offsetMs >= to) break;
      yield wall - offsetMs;
    }
  }
}

function* fixedHourTicks(walls: Cron, zone: Zone, afterMs: number): Generator<number, void> {
  let last = afterMs;
  // a day earlier, since the instant of a wall-clock time can lie behind that of a later one
  for (let wall = afterMs + zone.offsetAt(afterMs) - dayMs; ;) {
    const next = walls.nextRun(new Date(wall));
    if (next === null) return;
    wall = next.getTime();
    const tick = instantOf(zone, wall);
    if (tick <= last) continue;
    last = tick;
    yield tick;
  }
}

/** The instant at which the zone's clock shows a time, given as if it were UTC. */
function instantOf(zone: Zone, wall: number): number {
  const before = zone.offsetAt(wall - dayMs);
  const after = zone.offsetAt(wall + dayMs);
  if (before === after) return wall - after;
  if (zone.offsetAt(wall - after) === after) return wall - after;
  return zone.offsetAt(wall - before) === before ? wall - before : zone.changeIn(wall - after, wall - before);
}

const zones = new Map<string, Zone>();

function zoneOf(timezone: string): Zone {
  const zone = zones.get(timezone) ?? new Zone(parseTimeZone(timezone));
  zones.set(timezone, zone);
  return zone;
}
