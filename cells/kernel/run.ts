import { AppError } from "../errors.ts";
import { ResumableStream, isStream } from "./stream.ts";

/** One invocation of a cell's body: its inputs, its abort signal, and the result that a later one may take over. */
export class Run {
  readonly inputs: readonly unknown[];
  readonly startedAt: number;
  /** whether the previous run's output has been removed from the page */
  cleared = false;
  /** whether the body has finished, whatever became of its value */
  finished = false;
  #ended = false;
  #stream: ResumableStream | null = null;
  #value: unknown = undefined;
  #promise: Promise<unknown> | null = null;
  #release: ((reason: unknown) => void) | null = null;
  #controller: AbortController | null = null;
  #invalidation: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  readonly #lazy: boolean;

  /** `lazy`: of a variable that nobody observes, which the runtime drops without a word when nobody reads it any more. */
  constructor(inputs: readonly unknown[], startedAt: number, lazy: boolean) {
    this.inputs = inputs;
    this.startedAt = startedAt;
    this.#lazy = lazy;
  }

  /** Whether a newer run replaced this one, or the cell is gone. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Aborts when the run is over. Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(cancelled());
    }
    return this.#controller.signal;
  }

  /** Resolves when the run is over. Made on first use. */
  get invalidation(): Promise<void> {
    if (this.#invalidation === null) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#invalidation = { promise, resolve };
      if (this.#ended) resolve();
    }
    return this.#invalidation.promise;
  }

  /** Takes the result of the body and gives what the runtime shall wait for. */
  hold(result: unknown): unknown {
    if (result instanceof Promise) {
      this.#promise = result.then((value) => {
        this.#promise = null;
        return this.#settle(value);
      });
      return this.#attach(this.#promise);
    }
    return this.#settle(result);
  }

  /** The result again, for a recomputation with equal inputs. */
  resume(): unknown {
    if (this.#promise !== null) return this.#attach(this.#promise);
    return this.#stream === null ? this.#value : this.#stream.lease();
  }

  /** Whether the result is a stream. */
  get streams(): boolean {
    return this.#stream !== null;
  }

  /** Frees the runtime, which waits for an old promise before it computes anew. The work itself goes on. */
  detach(): void {
    this.#release?.(cancelled());
    this.#release = null;
  }

  /** Ends the run: aborts its signal, resolves its invalidation, ends its stream. */
  end(reason: unknown = cancelled()): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release?.(reason);
    this.#release = null;
    this.#stream?.end();
    this.#invalidation?.resolve();
    this.#controller?.abort(reason);
  }

  #settle(value: unknown): unknown {
    if (isStream(value)) {
      this.#stream = new ResumableStream(value, () => {
        if (this.#lazy) this.end();
      });
      if (this.#ended) this.#stream.end();
      return this.#stream.lease();
    }
    this.#value = value;
    return value;
  }

  #attach(promise: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#release = reject;
      promise.then(resolve, reject);
    });
  }
}

function cancelled(): AppError {
  return new AppError("cell_cancelled", "the run of the cell was cancelled");
}
