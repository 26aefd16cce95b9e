/** The part of `@observablehq/runtime` 6.0.1 that `define.ts`, `wave.ts` and `compute.ts` use, its private fields included. */
declare module "@observablehq/runtime" {
  export interface Observer {
    pending?(): void;
    fulfilled?(value: unknown, name: string | null): void;
    rejected?(error: unknown, name: string | null): void;
  }
  export interface Variable {
    define(
      name: string | null,
      inputs: readonly string[],
      definition: (this: unknown, ...inputs: unknown[]) => unknown,
    ): Variable;
    import(name: string, alias: string, from: Module): Variable;
    delete(): Variable;
    readonly _definition: (this: unknown, ...inputs: unknown[]) => unknown;
    /** how many inputs of a wave it waits for; NaN outside one */
    _indegree: number;
    readonly _inputs: readonly Variable[];
    _invalidate: () => void;
    readonly _module: { readonly _runtime: Runtime };
    _observer: unknown;
    readonly _outputs: ReadonlySet<Variable>;
    _promise: Promise<unknown>;
    _reachable: boolean;
    /** throws what readers of a variable that failed shall get for its error */
    readonly _rejector: (error: unknown) => never;
    _value: unknown;
    /** one more for each definition and computation; NaN when the runtime is disposed */
    _version: number;
    _pending(): void;
    _fulfilled(value: unknown): void;
    _rejected(error: unknown): void;
    /** ours, set by `compute.ts` */
    standing?: Standing;
  }
  /** What the latest computation of a variable came to, so that its readers need not ask a promise. */
  export interface Standing {
    /** whether `_promise` is still open; the rest is then of the computation before */
    computing: boolean;
    /** whether the value is of a generator that may not be returned yet */
    streams: boolean;
    failed: boolean;
    value: unknown;
    error: unknown;
  }
  export interface Module {
    variable(
      observer?: Observer | true | null,
      options?: { readonly shadow?: Readonly<Record<string, unknown>> },
    ): Variable;
    define(name: string, inputs: readonly string[], definition: (...inputs: unknown[]) => unknown): Variable;
    redefine(name: string, inputs: readonly string[], definition: (...inputs: unknown[]) => unknown): Variable;
    derive(specifiers: readonly (string | { readonly name: string; readonly alias?: string })[], from: Module): Module;
    builtin(name: string, value: unknown): void;
    value(name: string): Promise<unknown>;
  }
  export class Runtime {
    constructor(builtins: Readonly<Record<string, () => unknown>>, global: (name: string) => unknown);
    module(): Module;
    dispose(): void;
    /** variables whose readers changed */
    readonly _dirty: Set<Variable>;
    /** variables to compute in the next turn */
    readonly _updates: Set<Variable>;
    /** generators that wait to advance */
    _precomputes: (() => void)[];
    /** the turn that is scheduled */
    _computing: Promise<void> | null;
    readonly _disposed: boolean;
    _compute(): Promise<void>;
    _computeNow(): Promise<void>;
    _computeSoon(): Promise<void>;
    _precompute(callback: () => void): void;
  }
  export class RuntimeError extends Error {
    constructor(message: string, input?: string);
    readonly input: string | undefined;
  }
}
