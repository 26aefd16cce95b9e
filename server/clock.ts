/** The time, and waking up later: a parameter, so that tests set it. */
export interface Clock {
  /** milliseconds since 1970 */
  now(): number;
  /** Calls back once `at` has come; the returned function cancels. */
  wake(at: number, callback: () => void): () => void;
}

// setTimeout holds at most 2^31 - 1 ms; a wall clock may jump meanwhile, so look again at least every minute
const longestNap = 60_000;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wake(at, callback) {
    let timer: NodeJS.Timeout;
    const nap = () => {
      const left = at - Date.now();
      timer = setTimeout(left <= longestNap ? callback : nap, Math.max(0, Math.min(left, longestNap)));
      timer.unref();
    };
    nap();
    return () => clearTimeout(timer);
  },
};
