import type { Clock } from "../clock.ts";
import { type Queue, queuedRun } from "../queue/queue.ts";
import type { Planner } from "../runner/plan-run.ts";
import { retryRequest } from "../runner/retry-run.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { Consumer } from "./outbox.ts";

/**
 * Lets a run that failed be followed by another one, as often as its rules say (Dagster's R7). A restart loses none and doubles
 * none: how far the log was read is kept, and a run has at most one retry of this kind. Retries wait one after the other.
 */
export class RunRetryConsumer implements Consumer {
  readonly #parts: {
    readonly store: Store;
    readonly planner: Planner;
    readonly queue: Queue;
    readonly clock: Clock;
  };

  constructor(parts: {
    readonly store: Store;
    readonly planner: Planner;
    readonly queue: Queue;
    readonly clock: Clock;
  }) {
    this.#parts = parts;
  }

  async deliver({ at, event }: StoredEvent, memory: unknown, signal: AbortSignal) {
    if (event.type !== "run_changed" || event.state !== "failed") return null;
    const { store, planner, queue, clock } = this.#parts;
    const run = await store.run(event.run);
    if (run === null || run.rules.retries <= 0) return null;
    await sleepUntil(clock, at + run.rules.retryDelayMs, signal);
    const { workspace } = await planner.effective(false, run.environment);
    const mode = { type: run.rules.retryFrom === "all" ? "all" : "failure" } as const;
    const request = retryRequest(run, await store.steps(run.id), workspace, mode);
    const next = await planner.newRun({ ...request, rules: { ...run.rules, retries: run.rules.retries - 1 } });
    const id = await store.createRun(next, `retry of ${run.id}`);
    if (id === next.run.id) await queue.send(queuedRun(next.run));
    return { memory };
  }
}

function sleepUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  if (at <= clock.now()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const cancel = clock.wake(at, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
