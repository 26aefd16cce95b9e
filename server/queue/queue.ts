import type { Run } from "../../cells/model/run.ts";

/** A request to carry out a run. */
export interface QueuedRun {
  readonly run: string;
  /** larger first; then first come, first served */
  readonly priority: number;
  /** tags that concurrency limits look at */
  readonly tags: Readonly<Record<string, string>>;
}

/** How a run waits in a queue. */
export function queuedRun({ id, priority, tags }: Pick<Run, "id" | "priority" | "tags">): QueuedRun {
  return { run: id, priority, tags };
}

/**
 * Hands queued runs to workers, each to one at a time, at most `concurrency` in this process. Waiting runs survive a restart
 * because they are rows of the store. One conformance suite: `test/conformance/queue.ts`.
 */
export interface Queue {
  /** The run must exist in the store in state `queued`. */
  send(run: QueuedRun): Promise<void>;
  /** Calls `work` for each run that may start; resolves when `stop` has been called and the last one has ended. */
  work(work: (run: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Ends the work on a run by its signal; a run that waits is taken out. */
  cancel(run: string): Promise<void>;
  /** How many run and wait, and why the first waiting one waits, as a sentence. */
  state(): Promise<{
    readonly running: readonly string[];
    readonly waiting: readonly string[];
    readonly reason: string | null;
  }>;
  /** Why a run waits, as the end of a sentence; null where it does not wait here. */
  whyWaiting(run: string): Promise<string | null>;
  /** Looks again at what may start: limits have changed. */
  wake(): void;
  stop(): Promise<void>;
}
