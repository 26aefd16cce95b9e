import type { CellOptions } from "../model/options.ts";

/**
 * How long to wait before a step is tried again, in milliseconds, after `attempt` attempts that failed (from 1). `random` is in
 * [0, 1): `full` waits anything up to the delay, `plus-minus` that delay and up to one `delay` more or less (Dagster's rule R6).
 */
export function retryDelayMs(
  { delayMs, backoff, jitter }: Pick<CellOptions, "delayMs" | "backoff" | "jitter">,
  attempt: number,
  random: number,
): number {
  const factor = backoff === "constant" ? 1 : backoff === "linear" ? attempt : 2 ** (attempt - 1);
  const full = Math.min(delayMs * factor, longestDelayMs);
  if (jitter === "none") return full;
  if (jitter === "full") return full * random;
  return Math.max(0, full + (2 * random - 1) * delayMs);
}

/** a week: an exponential delay grows beyond what any clock counts */
const longestDelayMs = 604_800_000;
