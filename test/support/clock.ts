import type { Clock } from "../../server/clock.ts";

/** A clock that stands still until it is set. */
export interface SettableClock extends Clock {
  /** Moves to a time; whoever wanted to be woken until then is, in order, each at its own time. */
  set(ms: number): void;
  /** when the next one wants to be woken, or null */
  readonly nextWake: number | null;
}

/** A clock that shows `start`, in milliseconds since 1970. */
export function settableClock(start: number): SettableClock {
  let now = start;
  const wakes = new Set<{ readonly at: number; readonly callback: () => void }>();
  const first = () => [...wakes].sort((a, b) => a.at - b.at)[0] ?? null;
  return {
    now: () => now,
    wake(at, callback) {
      const wake = { at, callback };
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
    set(ms) {
      for (let next = first(); next !== null && next.at <= ms; next = first()) {
        wakes.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = ms;
    },
    get nextWake() {
      return first()?.at ?? null;
    },
  };
}
