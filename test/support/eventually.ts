import { setTimeout } from "node:timers/promises";

const lookAgainMs = 5;

/**
 * Looks again and again until something holds: for what no event tells, and what then stays. Throws after `ms`, since a loop
 * without an end would starve the next try of its test; `what` is to be read after "waited in vain for".
 */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, ms = 40_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await setTimeout(lookAgainMs);
  }
}
