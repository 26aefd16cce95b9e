/** The part of `@observablehq/runtime` 6.0.1 that `define.ts` uses, its private fields included. */
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
    delete(): Variable;
  }
  export interface Module {
    variable(observer?: Observer | null): Variable;
  }
  export class Runtime {
    constructor(builtins: Readonly<Record<string, () => unknown>>, global: (name: string) => unknown);
    module(): Module;
    dispose(): void;
    readonly _dirty: ReadonlySet<unknown>;
    readonly _updates: ReadonlySet<unknown>;
    readonly _precomputes: readonly unknown[];
    readonly _disposed: boolean;
    _computeNow(): Promise<void>;
    _computeSoon(): Promise<void>;
  }
  export class RuntimeError extends Error {
    constructor(message: string, input?: string);
    readonly input: string | undefined;
  }
}
