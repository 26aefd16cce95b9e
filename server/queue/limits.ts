import type { QueuedRun } from "./queue.ts";

/** How many runs with a tag may be worked on at once. */
export interface TagLimit {
  readonly tag: string;
  /** the value that is meant; null limits each value by itself */
  readonly value: string | null;
  readonly limit: number;
}

/**
 * Why a run may not start beside those that run, as the end of a sentence; null where it may. `free` is how many more
 * may run at all.
 */
export function whyNot(
  run: QueuedRun,
  running: Iterable<QueuedRun>,
  concurrency: number,
  limits: readonly TagLimit[],
): string | null {
  const others = [...running];
  if (others.length >= concurrency) return `${counted(others.length)} already, and ${concurrency} may run at once`;
  for (const { tag, value, limit } of limits) {
    const own = run.tags[tag];
    if (own === undefined || (value !== null && value !== own)) continue;
    const same = others.filter((other) => other.tags[tag] === own).length;
    if (same >= limit) return `${counted(same)} already with ${tag}=${own}, and ${limit} of those may run at once`;
  }
  return null;
}

function counted(runs: number): string {
  return runs === 1 ? "1 run is under way" : `${runs} runs are under way`;
}
