import type { Store } from "../store/store.ts";
import { whyNot, type TagLimit } from "./limits.ts";
import type { Queue, QueuedRun } from "./queue.ts";

export interface LocalQueueOptions {
  readonly store: Pick<Store, "enqueue" | "queued">;
  /** how many runs this process works on at once; 0 takes none */
  readonly concurrency: number | (() => number);
  readonly limits?: readonly TagLimit[] | (() => readonly TagLimit[]);
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
  /** larger priority first, then first come, first served */
  #waiting: QueuedRun[] = [];
  readonly #running = new Map<string, Running>();
  #work: ((run: string, signal: AbortSignal) => Promise<void>) | null = null;
  #stopped = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  async send(run: QueuedRun): Promise<void> {
    await this.#options.store.enqueue(run);
    this.#wait(run);
    this.#startNext();
  }

  async work(work: (run: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    for (const run of await this.#options.store.queued()) if (!this.#running.has(run.run)) this.#wait(run);
    this.#work = work;
    this.#startNext();
    await this.#stopped.promise;
    await Promise.all([...this.#running.values()].map((running) => running.ended));
  }

  /** The run's state is the caller's to change: a waiting run that stays `queued` comes back with the next restart. */
  async cancel(run: string): Promise<void> {
    this.#waiting = this.#waiting.filter((waiting) => waiting.run !== run);
    this.#running.get(run)?.abort.abort();
  }

  async state(): ReturnType<Queue["state"]> {
    const first = this.#waiting[0];
    return {
      running: [...this.#running.keys()],
      waiting: this.#waiting.map((run) => run.run),
      reason: first === undefined ? null : `run ${first.run} waits: ${this.#whyWaiting(first)}`,
    };
  }

  async whyWaiting(run: string): Promise<string | null> {
    const waiting = this.#waiting.find((candidate) => candidate.run === run);
    return waiting === undefined ? null : this.#whyWaiting(waiting);
  }

  wake(): void {
    this.#startNext();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopped.resolve();
    await Promise.all([...this.#running.values()].map((running) => running.ended));
  }

  /** Puts a run behind those of its priority; one that waits already keeps its place, unless its priority changed. */
  #wait(run: QueuedRun): void {
    const known = this.#waiting.findIndex((waiting) => waiting.run === run.run);
    if (known !== -1 && this.#waiting[known]?.priority === run.priority) {
      this.#waiting[known] = run;
      return;
    }
    if (known !== -1) this.#waiting.splice(known, 1);
    this.#waiting.splice(placeFor(run.priority, this.#waiting), 0, run);
  }

  #whyWaiting(run: QueuedRun): string {
    if (this.#isStopping) return "the server is stopping; it starts with the next server";
    if (this.#work === null) return "no worker has been started";
    if (this.#running.has(run.run)) return "its last attempt is still ending";
    const { concurrency, limits } = this.#settings();
    if (concurrency === 0) return "no server carries out runs here; start one with cellar serve";
    return whyNot(run, queuedOf(this.#running), concurrency, limits) ?? "it is about to start";
  }

  #settings(): { readonly concurrency: number; readonly limits: readonly TagLimit[] } {
    const { concurrency, limits = [] } = this.#options;
    return {
      concurrency: typeof concurrency === "number" ? concurrency : concurrency(),
      limits: typeof limits === "function" ? limits() : limits,
    };
  }

  #startNext(): void {
    const work = this.#work;
    if (work === null || this.#isStopping) return;
    const { concurrency, limits } = this.#settings();
    const mayStart = (run: QueuedRun): boolean =>
      !this.#running.has(run.run) && whyNot(run, queuedOf(this.#running), concurrency, limits) === null;
    while (this.#running.size < concurrency) {
      const place = this.#waiting.findIndex(mayStart);
      const [run] = place === -1 ? [] : this.#waiting.splice(place, 1);
      if (run === undefined) return;
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

/** Where a run of this priority goes: binary search, since ten thousand may wait. */
function placeFor(priority: number, waiting: readonly QueuedRun[]): number {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waiting[middle]?.priority ?? priority) < priority) high = middle;
    else low = middle + 1;
  }
  return low;
}

function* queuedOf(running: ReadonlyMap<string, Running>): Generator<QueuedRun> {
  for (const { queued } of running.values()) yield queued;
}
