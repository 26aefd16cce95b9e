const firstMs = 500;
const longestMs = 8_000;

/** How long to wait before try number `attempt` (from 0): twice as long each time, spread so that browsers do not come all at once. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2);
}

/** Resolves after `ms`, or at once when `signal` aborts or `wake` resolves. */
export function pause(ms: number, signal: AbortSignal, wake: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    void wake.then(done);
  });
}
