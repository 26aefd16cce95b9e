import { Runtime, RuntimeError, type Observer, type Variable } from "@observablehq/runtime";
import { insteadOfNetwork } from "../compile/network-names.ts";
import { microtasks, runTurn } from "./wave.ts";

export type { Observer, Variable };

/** What a reactor is built with. */
export interface ReactorOptions {
  /** built-in name → its definition, run on first use */
  readonly builtins: Readonly<Record<string, () => unknown>>;
  /** value of a name that neither a cell nor a built-in has; undefined where it is missing */
  readonly resolve: (name: string) => { readonly value: unknown } | undefined;
  /** resolves when a generator may advance */
  readonly frame: () => Promise<void>;
  /** called after each turn, with its variables still computing */
  readonly onTurn: () => void;
}

/** Definitions that follow each other by so few microtasks, as from an async function, are one batch and compute once. */
const batchTurns = 5;

/**
 * A runtime whose turns come a few microtasks after the first change, and whose generators advance once a frame. Its
 * turns are ours, see `runTurn`; names, definitions and modules are the runtime's.
 */
export function createRuntime({ builtins, resolve, frame, onTurn }: ReactorOptions): Runtime {
  // a subclass, since the constructor already schedules a turn, for the built-ins
  class FramedRuntime extends Runtime {
    override _computeSoon(): Promise<void> {
      const soon = this._precomputes.length > 0 ? frame() : microtasks(batchTurns);
      return soon.then(() => (this._disposed ? undefined : this._computeNow().then(onTurn)));
    }
    override _computeNow(): Promise<void> {
      return runTurn(this);
    }
  }
  return new FramedRuntime(builtins, (name) => {
    const found = resolve(name);
    if (found === undefined) throw new RuntimeError(missing(name), name);
    return found.value;
  });
}

function missing(name: string): string {
  const instead = insteadOfNetwork(name);
  return `${name} is not defined${instead === null ? "" : `: ${instead}`}`;
}

/** `@observablehq/runtime` 6.0.1 with one module; private fields are for this file, `wave.ts` and `compute.ts`. */
export class Reactor {
  readonly #runtime: Runtime;
  readonly #module;

  constructor(options: ReactorOptions) {
    this.#runtime = createRuntime(options);
    this.#module = this.#runtime.module();
  }

  /** A variable without a definition. One without an observer is computed only while an observed one reads it. */
  variable(observer: Observer | null): Variable {
    return this.#module.variable(observer);
  }

  /** Whether no definition or value waits for a turn. Generators that wait for a frame do not count. */
  get isQuiet(): boolean {
    return this.#runtime._updates.size === 0 && this.#runtime._dirty.size === 0;
  }

  dispose(): void {
    this.#runtime.dispose();
  }
}

/** Deletes a variable at once for its observer, to whom the runtime would still tell that it became undefined. */
export function dropVariable(variable: Variable): void {
  variable._observer = {};
  variable.delete();
}

/** The name of the failing input where an error came down from one, else null. */
export function failingInput(error: unknown): string | null {
  return error instanceof RuntimeError ? (error.input ?? null) : null;
}

/** Whether an error is the runtime's own: a missing, duplicate or circular name, or one passed down from an input. */
export function isRuntimeError(error: unknown): error is Error {
  return error instanceof RuntimeError;
}
