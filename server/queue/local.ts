import type { Store } from "../store/store.ts";
import { whyNot, type TagLimit } from "./limits.ts";
import type { Queue, QueuedRun } from "./queue.ts";

export interface LocalQueueOptions {
  readonly store: Pick<Store, "enqueue" | "queued">;
  /** how many runs this process works on at once; 0 takes none */
  readonly concurrency: number;
  readonly limits?: readonly TagLimit[];
  /** told of work that threw: the queue goes on */
  readonly onError: (run: string, error: unknown) => void;
}

/**
 * A queue in this process over the store. Waiting runs are those in state `queued`, so that a restart finds them again; who works on
 * a run takes it out of that state. Nothing is polled: sending, ending and cancelling wake it. A run that a limit holds
 * back does not hold back those behind it.
 */
export function createLocalQueue(options: LocalQueueOptions): Queue {
  return new LocalQueue(options);
}

interface Running {
  readonly queued: QueuedRun;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

class LocalQueue implements Queue {
  readonly #options: LocalQueueOptions;
  readonly #waiting = new Map<string, QueuedRun>();
  readonly #running = new Map<string, Running>();
  #work: ((run: string, signal: AbortSignal) => Promise<void>) | null = null;
  #stopped = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  async send(run: QueuedRun): Promise<void> {
    await this.#options.store.enqueue(run);
    this.#waiting.set(run.run, run);
    this.#startNext();
  }

  async work(work: (run: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    for (const run of await this.#options.store.queued())
      if (!this.#running.has(run.run)) this.#waiting.set(run.run, run);
    this.#work = work;
    this.#startNext();
    await this.#stopped.promise;
    await Promise.all([...this.#running.values()].map((running) => running.ended));
  }

  /** The run's state is the caller's to change: a waiting run that stays `queued` comes back with the next restart. */
  async cancel(run: string): Promise<void> {
    this.#waiting.delete(run);
    this.#running.get(run)?.abort.abort();
  }

  async state(): ReturnType<Queue["state"]> {
    const waiting = this.#inOrder();
    const first = waiting[0];
    return {
      running: [...this.#running.keys()],
      waiting: waiting.map((run) => run.run),
      reason: first === undefined ? null : `run ${first.run} waits: ${this.#whyWaiting(first)}`,
    };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopped.resolve();
    await Promise.all([...this.#running.values()].map((running) => running.ended));
  }

  #inOrder(): readonly QueuedRun[] {
    return [...this.#waiting.values()].sort((a, b) => b.priority - a.priority);
  }

  #whyWaiting(run: QueuedRun): string {
    if (this.#isStopping) return "the server is stopping; it starts with the next server";
    if (this.#work === null) return "no worker has been started";
    if (this.#running.has(run.run)) return "its last attempt is still ending";
    const { concurrency, limits } = this.#options;
    return whyNot(run, queuedOf(this.#running), concurrency, limits ?? []) ?? "it is about to start";
  }

  #startNext(): void {
    const work = this.#work;
    if (work === null || this.#isStopping) return;
    const { concurrency, limits } = this.#options;
    for (const run of this.#inOrder()) {
      if (this.#running.size >= concurrency) return;
      if (this.#running.has(run.run) || whyNot(run, queuedOf(this.#running), concurrency, limits ?? []) !== null)
        continue;
      this.#waiting.delete(run.run);
      this.#start(run, work);
    }
  }

  #start(queued: QueuedRun, work: (run: string, signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    const ended = (async () => {
      // so that the run is in `#running` before any of the worker's code can look
      await Promise.resolve();
      try {
        await work(queued.run, abort.signal);
      } catch (error) {
        this.#options.onError(queued.run, error);
      }
      this.#running.delete(queued.run);
      this.#startNext();
    })();
    this.#running.set(queued.run, { queued, abort, ended });
  }
}

function* queuedOf(running: ReadonlyMap<string, Running>): Generator<QueuedRun> {
  for (const { queued } of running.values()) yield queued;
}
