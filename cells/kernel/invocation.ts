import { CellScoped } from "../builtins/scoped.ts";
import { input, isInputLike } from "../builtins/generators.ts";
import type { KernelCell } from "../protocol/kernel.ts";
import { CellConsole, ShownSink, textSink } from "./console.ts";
import type { KernelContext } from "./context.ts";
import { evaluateBody, type Body } from "./evaluate.ts";
import type { Output } from "./output.ts";
import { runQuery, tableInputs, type QueryMemo } from "./query.ts";
import type { Run } from "./run.ts";
import { earlierValueName, type Shape } from "./shape.ts";

/** A cell's body made ready: the runtime names that it reads, and how it is called with their values. */
export interface Invocation {
  readonly inputs: readonly string[];
  /** `self` is the previous value, which the functions of classic cells see as `this` */
  readonly invoke: (run: Run, self: unknown) => unknown;
}

/** Gives one parameter of a body for one run. */
type Supply = (run: Run) => unknown;

/** Built-ins that may be made anew for each run of each cell; a name that an author redefined is passed as it is. */
const scopedNames: ReadonlySet<string> = new Set([
  "FileAttachment",
  "asset",
  "meta",
  "sql",
  "DuckDBClient",
  "db",
  "Secret",
  "secret",
  "resource",
  "htl",
  "html",
  "svg",
  "md",
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
    const isEarlier = cell.earlier !== undefined && name === compiled.output;
    const index = inputs.push(isEarlier ? earlierValueName(cell.earlier) : name) - 1;
    if (!scopedNames.has(name)) return (run) => run.inputs[index];
    simple = false;
    return (run) => {
      const value = run.inputs[index];
      return value instanceof CellScoped ? value.make(scopeOf(compiled.id, run)) : value;
    };
  });
  const firstTable = inputs.length;
  if (compiled.kind === "sql") inputs.push(...tableInputs(cell));

  const parametersOf = simple
    ? (run: Run): readonly unknown[] => run.inputs
    : (run: Run): readonly unknown[] => {
        run.known = true;
        return supplies.map((supply) => supply(run));
      };
  const name = shape.type === "single" ? shape.name : null;
  const callOf = (body: Body): Invocation["invoke"] => {
    if (compiled.kind === "sql")
      return (run, self) => {
        const relations = run.inputs.slice(firstTable);
        const query = (values: readonly unknown[]): unknown => runQuery(context, cell, memo, run, values, relations);
        return Reflect.apply(body, self, [query, ...parametersOf(run)]);
      };
    if (name === null) return (run, self) => Reflect.apply(body, self, parametersOf(run));
    const project = (run: Run, values: unknown): unknown => {
      run.finished = true;
      return typeof values === "object" && values !== null ? Reflect.get(values, name) : undefined;
    };
    return (run, self) => {
      const values = Reflect.apply(body, self, parametersOf(run));
      return values instanceof Promise ? values.then((settled) => project(run, settled)) : project(run, values);
    };
  };

  const firstCall: Invocation["invoke"] = (run, self) => {
    const written = textSink((level, text) => context.host.log({ cell: compiled.id, level, text }));
    const place = context.environment.console?.(compiled.id) ?? null;
    const shown = place && new ShownSink(place, written);
    const call = callOf(evaluateBody(compiled, new CellConsole(shown ?? written)));
    invocation.invoke =
      shown === null
        ? call
        : (run, self) => {
            shown.begin();
            return call(run, self);
          };
    return invocation.invoke(run, self);
  };
  const invocation: { readonly inputs: readonly string[]; invoke: Invocation["invoke"] } = {
    inputs,
    invoke(run, self) {
      const ready = context.environment.prepare?.(compiled) ?? null;
      return ready === null ? firstCall(run, self) : ready.then(() => firstCall(run, self));
    },
  };
  return invocation;
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
