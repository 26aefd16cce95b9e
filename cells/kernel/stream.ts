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
  #latest: { readonly value: unknown } | null = null;
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
    const lease: Stream = {
      next: (value) => (this.#lease === lease ? this.#next(value) : { done: true, value: undefined }),
      return: () => {
        if (this.#lease !== lease) return;
        this.#lease = null;
        this.#returned();
      },
    };
    let replay = this.#latest;
    this.#lease = lease;
    if (replay === null) return lease;
    const { next } = lease;
    lease.next = (value) => {
      if (replay === null) return next(value);
      const first = replay;
      replay = null;
      return { done: false, value: first.value };
    };
    return lease;
  }

  /** Ends the inner stream for good. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#lease = null;
    this.#inner.return();
  }

  #next(sent: unknown): unknown {
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
    if (!step.done) this.#latest = { value: step.value };
    return step;
  }
}

function readResult(step: unknown): IteratorResult<unknown> {
  if (typeof step !== "object" || step === null) return { done: true, value: undefined };
  const done = "done" in step && step.done === true;
  const value = "value" in step ? step.value : undefined;
  return done ? { done, value } : { done: false, value };
}
