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
    import(name: string, alias: string, from: Module): Variable;
    delete(): Variable;
    readonly _promise: Promise<unknown>;
    readonly _value: unknown;
    readonly _reachable: boolean;
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
    readonly _dirty: ReadonlySet<unknown>;
    readonly _updates: ReadonlySet<unknown>;
    readonly _precomputes: readonly unknown[];
    readonly _disposed: boolean;
    _compute(): Promise<void>;
    _computeNow(): Promise<void>;
    _computeSoon(): Promise<void>;
  }
  export class RuntimeError extends Error {
    constructor(message: string, input?: string);
    readonly input: string | undefined;
  }
}
