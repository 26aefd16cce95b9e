import type { Observer } from "./define.ts";
import { sameInputs } from "./relations.ts";
import { Run } from "./run.ts";

/** What a part tells its cell. */
export interface PartOwner {
  readonly now: () => number;
  /** the part began (true) or stopped (false) to be computed */
  counted(open: boolean): void;
  /** something about the part changed: the cell's state may have */
  touched(part: Part): void;
  /** `repeated`: the value is the one before, kept because no input changed */
  gave(part: Part, value: unknown, repeated: boolean): void;
  failed(part: Part, error: unknown): void;
}

export type Phase = "waiting" | "running" | "fulfilled" | "rejected";

/** One observed runtime variable of a cell, with the run that its value came from. */
export class Part implements Observer {
  phase: Phase = "waiting";
  run: Run | null = null;
  error: unknown = undefined;
  /** how long the latest computation took until its first value or error; -1 before it */
  ms = -1;
  readonly #owner: PartOwner;
  #open = false;
  #repeats = false;
  #hasValue = false;

  readonly #lazy: boolean;

  /** `lazy`: the variable has no observer, and is computed only while an observed one reads it. */
  constructor(owner: PartOwner, lazy = false) {
    this.#owner = owner;
    this.#lazy = lazy;
  }

  /** Gives the result that equal inputs gave before, or starts anew after ending the run before. */
  compute(inputs: readonly unknown[], start: (run: Run) => unknown): unknown {
    const { run } = this;
    if (run !== null) {
      if (!run.isEnded && sameInputs(run.inputs, inputs)) return this.repeat(run);
      run.end();
    }
    const next = new Run(inputs, this.#owner.now(), this.#lazy);
    this.run = next;
    this.#repeats = false;
    this.#hasValue = false;
    return next.hold(start(next));
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

  /** Stops counting: the variable is gone or will be computed anew by itself. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.counted(false);
  }

  pending(): void {
    this.run?.detach();
    this.phase = "waiting";
    if (!this.#open) {
      this.#open = true;
      this.#owner.counted(true);
    }
    this.#owner.touched(this);
  }

  fulfilled(value: unknown): void {
    const repeated = this.#repeats;
    this.#repeats = false;
    this.phase = "fulfilled";
    this.error = undefined;
    const { run } = this;
    if (run !== null && !this.#hasValue) this.ms = this.#owner.now() - run.startedAt;
    this.#hasValue = true;
    this.#owner.gave(this, value, repeated);
    this.#owner.touched(this);
    this.close();
  }

  rejected(error: unknown): void {
    this.phase = "rejected";
    this.error = error;
    const { run } = this;
    if (run !== null) {
      this.ms = this.#owner.now() - run.startedAt;
      run.end();
    }
    this.#owner.failed(this, error);
    this.run = null;
    this.#owner.touched(this);
    this.close();
  }
}
