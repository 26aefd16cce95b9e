import { CellScoped } from "../builtins/scoped.ts";
import { input, isInputLike } from "../builtins/generators.ts";
import type { KernelCell } from "../protocol/kernel.ts";
import { makeConsole } from "./console.ts";
import type { KernelContext } from "./context.ts";
import { evaluateBody, type Body } from "./evaluate.ts";
import type { Output } from "./output.ts";
import { runQuery, tableInputs, type QueryMemo } from "./query.ts";
import type { Run } from "./run.ts";
import type { Shape } from "./shape.ts";

/** A cell's body made ready: the runtime names that it reads, and how it is called with their values. */
export interface Invocation {
  readonly inputs: readonly string[];
  /** `self` is the previous value, which the functions of classic cells see as `this` */
  invoke(self: unknown, run: Run): unknown;
}

/** Gives one parameter of a body for one run. */
type Supply = (run: Run) => unknown;

/** Built-ins that may be made anew for each run of each cell; a name that an author redefined is passed as it is. */
const scopedNames: ReadonlySet<string> = new Set([
  "FileAttachment",
  "asset",
  "sql",
  "DuckDBClient",
  "db",
  "Secret",
  "secret",
  "resource",
]);

/** Makes the body of a cell ready. Nothing is evaluated before the first run. */
export function prepareInvocation(
  context: KernelContext,
  cell: KernelCell,
  shape: Shape,
  output: Output,
  memo: QueryMemo,
): Invocation {
  const { compiled } = cell;
  const inputs: string[] = [];
  let simple = compiled.kind !== "sql";
  const supplies = compiled.inputs.map(({ name }): Supply => {
    const own = ownSupply(context, compiled.id, name, output);
    if (own !== null) {
      simple = false;
      return own;
    }
    const index = inputs.push(name) - 1;
    if (!scopedNames.has(name)) return (run) => run.inputs[index];
    simple = false;
    return (run) => {
      const value = run.inputs[index];
      return value instanceof CellScoped ? value.make(scopeOf(compiled.id, run)) : value;
    };
  });
  const firstTable = inputs.length;
  if (compiled.kind === "sql") inputs.push(...tableInputs(cell));

  let body: Body | null = null;
  const project =
    shape.type === "single" ? (values: unknown): unknown => Reflect.get(Object(values), shape.name) : null;
  const call = (self: unknown, run: Run): unknown => {
    body ??= evaluateBody(
      compiled,
      makeConsole((level, text) => context.host.log({ cell: compiled.id, level, text })),
    );
    const parameters = simple ? run.inputs : supplies.map((supply) => supply(run));
    if (compiled.kind === "sql") {
      const relations = run.inputs.slice(firstTable);
      return body.call(
        self,
        (values: readonly unknown[]) => runQuery(context, cell, memo, run, values, relations),
        ...parameters,
      );
    }
    const result = body.apply(self, [...parameters]);
    if (project === null) return result;
    if (result instanceof Promise)
      return result.then((values: unknown) => {
        run.finished = true;
        return project(values);
      });
    run.finished = true;
    return project(result);
  };

  let prepared = context.environment.prepare === undefined;
  return {
    inputs,
    invoke(self, run) {
      if (prepared) return call(self, run);
      prepared = true;
      const ready = context.environment.prepare?.(compiled) ?? null;
      return ready === null ? call(self, run) : ready.then(() => call(self, run));
    },
  };
}

function scopeOf(cell: number, run: Run): { readonly cell: number; readonly signal: AbortSignal } {
  return {
    cell,
    get signal() {
      return run.signal;
    },
  };
}

/** The parameters that belong to a cell alone and are never read from other cells. */
function ownSupply({ environment, imports }: KernelContext, cell: number, name: string, output: Output): Supply | null {
  switch (name) {
    case "display":
      return (run) => (value: unknown) => {
        output.display(run, value);
        return value;
      };
    case "view":
      return (run) => (value: unknown) => {
        output.display(run, value);
        if (!isInputLike(value)) throw new TypeError("view needs an input element, such as Inputs.range()");
        return input(value);
      };
    case "invalidation":
      return (run) => run.invalidation;
    case "visibility":
      return (run) => (value: unknown) => {
        const seen = environment.whenVisible?.(cell, run.signal) ?? Promise.resolve();
        return seen.then(() => value);
      };
    case "@import":
      return () => imports;
    case "@variable":
      return () => undefined;
    default:
      return null;
  }
}
