import type { Observer } from "./define.ts";
import { sameInputs } from "./relations.ts";
import { Run } from "./run.ts";

/** What a part tells its cell. */
export interface PartOwner {
  readonly now: () => number;
  /** whether every run shall be timed, since something was slow lately */
  readonly isTiming: boolean;
  /** the part began to be computed */
  opened(): void;
  /** the part has a value or error, or is gone */
  closed(): void;
  /** a stream gave one more value or failed */
  changed(): void;
  /** `repeated`: the value is the one before, kept because no input changed */
  gave(part: Part, value: unknown, repeated: boolean): void;
  failed(part: Part, error: unknown): void;
}

/** `startedAt` of a run that is not timed */
const notTimed = -1;
const timedEvery = 16;

export type Phase = "waiting" | "running" | "fulfilled" | "rejected";

/** One observed runtime variable of a cell, with the run that its value came from. */
export class Part implements Observer {
  phase: Phase = "waiting";
  run: Run | null = null;
  error: unknown = undefined;
  /** how long the latest timed computation took until its first value or error; -1 before it */
  ms = -1;
  readonly #owner: PartOwner;
  #open = false;
  #untimed = 0;
  #waits = false;
  #repeats = false;
  #hasValue = false;

  readonly #lazy: boolean;

  /** `lazy`: the variable has no observer, and is computed only while an observed one reads it. */
  constructor(owner: PartOwner, lazy = false) {
    this.#owner = owner;
    this.#lazy = lazy;
  }

  /**
   * Gives the result that equal inputs gave before, or ends the run before and starts anew. `self` goes to `start`: a
   * closure for each call would be felt.
   */
  compute<T>(inputs: unknown[], start: (run: Run, self: T) => unknown, self: T): unknown;
  compute(inputs: unknown[], start: (run: Run) => unknown): unknown;
  compute(inputs: unknown[], start: (run: Run, self: unknown) => unknown, self?: unknown): unknown {
    const { run } = this;
    if (run !== null && !run.isEnded && sameInputs(run.inputs, inputs)) return this.repeat(run);
    this.#repeats = false;
    this.#hasValue = false;
    const startedAt = this.#isTimed() ? this.#owner.now() : notTimed;
    if (run !== null && run.renew(inputs, startedAt)) return this.#start(run, start, self);
    const isAwaited = run?.end() ?? false;
    const next = new Run(inputs, startedAt, this.#lazy);
    this.run = next;
    if (!isAwaited) return this.#start(next, start, self);
    // what hangs on the old run's `invalidation` is cleared away before the new run begins
    return next.hold(Promise.resolve().then(() => start(next, self)));
  }

  #start(run: Run, start: (run: Run, self: unknown) => unknown, self: unknown): unknown {
    const result = start(run, self);
    this.#waits = result instanceof Promise;
    if (this.#waits && run.startedAt === notTimed) run.startedAt = this.#owner.now();
    return run.hold(result);
  }

  /** The clock takes a tenth of a plain cell's time, so cells that were fast are timed now and then. */
  #isTimed(): boolean {
    if (this.ms < 0 || this.ms >= 1 || this.#waits || this.#owner.isTiming || ++this.#untimed === timedEvery) {
      this.#untimed = 0;
      return true;
    }
    return false;
  }

  /** The result of a run that goes on counting. */
  repeat(run: Run): unknown {
    this.#repeats = this.#hasValue;
    return run.resume();
  }

  /** Forgets the result, so that the next computation starts anew. */
  forget(): void {
    this.run?.end();
    this.run = null;
  }

  /** Stops counting: the variable is gone. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.closed();
  }

  pending(): void {
    this.run?.detach();
    this.phase = "waiting";
    if (!this.#open) {
      this.#open = true;
      this.#owner.opened();
    }
  }

  fulfilled(value: unknown): void {
    const repeated = this.#repeats;
    this.#repeats = false;
    this.phase = "fulfilled";
    this.error = undefined;
    const { run } = this;
    if (run !== null && !this.#hasValue && run.startedAt !== notTimed) this.ms = this.#owner.now() - run.startedAt;
    this.#hasValue = true;
    this.#owner.gave(this, value, repeated);
    this.#told();
  }

  rejected(error: unknown): void {
    this.phase = "rejected";
    this.error = error;
    const { run } = this;
    if (run !== null) {
      this.ms = run.startedAt === notTimed ? 0 : this.#owner.now() - run.startedAt;
      run.end();
    }
    this.#owner.failed(this, error);
    this.run = null;
    this.#told();
  }

  #told(): void {
    if (this.#open) {
      this.#open = false;
      this.#owner.closed();
    } else this.#owner.changed();
  }
}
