import { AppError } from "../errors.ts";
import { ResumableStream, isStream } from "./stream.ts";

/** One invocation of a cell's body: its inputs, its abort signal, and the result that a later one may take over. */
export class Run {
  readonly inputs: unknown[];
  startedAt: number;
  /** whether a display, a signal or the like may still know this run, so that it cannot stand for the next one */
  known = false;
  /** whether the previous run's output has been removed from the page */
  cleared = false;
  /** whether the body has finished, whatever became of its value */
  finished = false;
  #ended = false;
  readonly #lazy: boolean;
  #value: unknown = undefined;
  // apart, since there are ten thousand runs and few of them wait, stream or are listened to
  #resources: Resources | null = null;

  /** `lazy`: of a variable that nobody observes, which the runtime drops without a word when nobody reads it any more. */
  constructor(inputs: unknown[], startedAt: number, lazy: boolean) {
    this.inputs = inputs;
    this.startedAt = startedAt;
    this.#lazy = lazy;
  }

  /** Makes a run that nobody knows the next one: an object less for every recomputation of a plain cell. */
  renew(inputs: readonly unknown[], startedAt: number): boolean {
    if (this.known || this.#resources !== null) return false;
    // into the same array: a new one kept by each cell would outlive the young generation
    for (let i = 0; i < inputs.length; i++) this.inputs[i] = inputs[i];
    this.startedAt = startedAt;
    this.cleared = false;
    this.finished = false;
    this.#ended = false;
    return true;
  }

  /** Whether a newer run replaced this one, or the cell is gone. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Aborts when the run is over. Made on first use. */
  get signal(): AbortSignal {
    const resources = (this.#resources ??= noResources());
    if (resources.controller === null) {
      resources.controller = new AbortController();
      if (this.#ended) resources.controller.abort(cancelled());
    }
    return resources.controller.signal;
  }

  /** Resolves when the run is over. Made on first use. */
  get invalidation(): Promise<void> {
    const resources = (this.#resources ??= noResources());
    if (resources.invalidation === null) {
      resources.invalidation = Promise.withResolvers<void>();
      if (this.#ended) resources.invalidation.resolve();
    }
    return resources.invalidation.promise;
  }

  /** Takes the result of the body and gives what the runtime shall wait for. */
  hold(result: unknown): unknown {
    if (!(result instanceof Promise)) return this.#settle(result);
    const resources = (this.#resources ??= noResources());
    resources.promise = result.then((value) => {
      resources.promise = null;
      return this.#settle(value);
    });
    return attach(resources, resources.promise);
  }

  /** The result again, for a recomputation with equal inputs. */
  resume(): unknown {
    const resources = this.#resources;
    if (resources === null) return this.#value;
    if (resources.promise !== null) return attach(resources, resources.promise);
    return resources.stream === null ? this.#value : resources.stream.lease();
  }

  /** Whether the result is a stream. */
  get streams(): boolean {
    return this.#resources !== null && this.#resources.stream !== null;
  }

  /** Frees the runtime, which waits for an old promise before it computes anew. The work itself goes on. */
  detach(): void {
    const resources = this.#resources;
    if (resources === null || resources.release === null) return;
    resources.release(cancelled());
    resources.release = null;
  }

  /**
   * Ends the run: aborts its signal, resolves its invalidation, ends its stream. Tells whether somebody may be waiting
   * for that, and shall have a turn before the next run starts.
   */
  end(reason?: unknown): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    const resources = this.#resources;
    if (resources === null) return false;
    const { controller, invalidation, release, stream } = resources;
    stream?.end();
    invalidation?.resolve();
    // an error is dear, and most runs have nobody to tell
    if (release === null && controller === null) return invalidation !== null;
    const why = reason ?? cancelled();
    resources.release = null;
    release?.(why);
    controller?.abort(why);
    return invalidation !== null;
  }

  #settle(value: unknown): unknown {
    if (!isStream(value)) return (this.#value = value);
    const resources = (this.#resources ??= noResources());
    resources.stream = new ResumableStream(value, () => {
      if (this.#lazy) this.end();
    });
    if (this.#ended) resources.stream.end();
    return resources.stream.lease();
  }
}

/** What a run holds that outlives the call of the body. */
interface Resources {
  /** until the body's promise settles */
  promise: Promise<unknown> | null;
  /** rejects what the runtime waits for */
  release: ((reason: unknown) => void) | null;
  stream: ResumableStream | null;
  controller: AbortController | null;
  invalidation: { readonly promise: Promise<void>; readonly resolve: () => void } | null;
}

function noResources(): Resources {
  return { promise: null, release: null, stream: null, controller: null, invalidation: null };
}

function attach(resources: Resources, promise: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    resources.release = reject;
    promise.then(resolve, reject);
  });
}

function cancelled(): AppError {
  return new AppError("cell_cancelled", "the run of the cell was cancelled");
}
