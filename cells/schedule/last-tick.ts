import { nextTick, ticksAfter } from "./cron.ts";

/** The last tick up to `to` of crons of which `first` is a tick. Looks back in growing strides, not from `first` on. */
export function lastTick(crons: readonly string[], timezone: string, first: number, to: number): number {
  let last = first;
  for (let stride = 3_600_000; to - stride > first; stride *= 8) {
    const tick = nextTick(crons, timezone, to - stride);
    if (tick === null || tick > to) continue;
    last = tick;
    break;
  }
  for (const tick of ticksAfter(crons, timezone, last)) {
    if (tick > to) break;
    last = tick;
  }
  return last;
}
