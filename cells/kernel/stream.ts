/** What the runtime takes for a stream: any object with `next` and `return`. */
export interface Stream {
  next(value?: unknown): unknown;
  return(): unknown;
}

/** Whether a value streams: a generator or anything shaped like one. */
export function isStream(value: unknown): value is Stream {
  return (
    typeof value === "object" &&
    value !== null &&
    "next" in value &&
    typeof value.next === "function" &&
    "return" in value &&
    typeof value.return === "function"
  );
}

/**
 * A stream that survives a recomputation with equal inputs. The runtime returns a generator as soon as any input is
 * recomputed; this one hands out leases instead, and a lease taken later begins with the latest value and goes on.
 */
export class ResumableStream {
  readonly #inner: Stream;
  #lease: object | null = null;
  #latest: unknown = undefined;
  /** how many values have come */
  #count = 0;
  #inFlight: Promise<IteratorResult<unknown>> | null = null;
  #ended = false;

  readonly #returned: () => void;

  /** `returned` is told when the runtime lets go of the latest lease. */
  constructor(inner: Stream, returned: () => void) {
    this.#inner = inner;
    this.#returned = returned;
  }

  /** A stream for the runtime; the one before it yields nothing more. */
  lease(): Stream {
    // a value that came while the runtime changed leases is given to the new one, and never lost
    let given = 0;
    const lease: Stream = {
      next: (sent) => {
        if (this.#lease !== lease) return { done: true, value: undefined };
        if (this.#count > given) {
          given = this.#count;
          return { done: false, value: this.#latest };
        }
        const step = this.#next(sent);
        if (step instanceof Promise)
          return step.then((settled) => {
            given = this.#count;
            return settled;
          });
        given = this.#count;
        return step;
      },
      return: () => {
        if (this.#lease !== lease) return;
        this.#lease = null;
        this.#returned();
      },
    };
    this.#lease = lease;
    return lease;
  }

  /** Ends the inner stream for good. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#lease = null;
    this.#inner.return();
  }

  #next(sent: unknown): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    if (this.#inFlight) return this.#inFlight;
    const result = this.#inner.next(sent);
    if (!(result instanceof Promise)) return this.#keep(readResult(result));
    const settled = result.then(
      (step: unknown) => {
        this.#inFlight = null;
        return this.#keep(readResult(step));
      },
      (error: unknown) => {
        this.#inFlight = null;
        throw error;
      },
    );
    this.#inFlight = settled;
    return settled;
  }

  #keep(step: IteratorResult<unknown>): IteratorResult<unknown> {
    if (!step.done) {
      this.#latest = step.value;
      this.#count++;
    }
    return step;
  }
}

function readResult(step: unknown): IteratorResult<unknown> {
  if (typeof step !== "object" || step === null) return { done: true, value: undefined };
  const done = "done" in step && step.done === true;
  const value = "value" in step ? step.value : undefined;
  return done ? { done, value } : { done: false, value };
}
