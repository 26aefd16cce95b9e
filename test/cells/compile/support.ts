import { scriptOf } from "../../../cells/compile/body.ts";
import { compileCell } from "../../../cells/compile/compile.ts";
import type { CompiledCell } from "../../../cells/compile/compiled-cell.ts";
import { toCell, type CellSpec } from "../../../cells/model/cell.ts";

/** Compiles one cell of the given kind with id 1. */
export function compile(source: string, spec: Partial<CellSpec> = {}): CompiledCell {
  return compileCell(toCell({ id: 1, source, ...spec }));
}

/** What a reader of a table wants to see: `x, y → a` with `=` before what is displayed and `async` before what awaits. */
export function signature(compiled: CompiledCell): string {
  const error = compiled.diagnostics.find(({ severity }) => severity === "error");
  if (error) return `! ${error.message}`;
  const inputs = compiled.inputs.map(({ name }) => name).join(", ");
  const outputs = compiled.outputs.map(({ name }) => name).join(", ");
  const flags = [compiled.autodisplay ? "=" : "", compiled.async ? "async" : ""]
    .filter((flag) => flag !== "")
    .join(" ");
  return [flags, `${inputs} → ${outputs}`.trim()].filter((part) => part !== "").join(" ");
}

/** The names of a list with the texts at their spans: `x: "x" "x"`. */
export function texts(source: string, names: CompiledCell["inputs"]): readonly string[] {
  return names.map(({ name, spans }) => [name, ...spans.map(({ start, end }) => source.slice(start, end))].join(" "));
}

/** Runs a body as a kernel does. */
export function evaluate(
  compiled: CompiledCell,
  values: Readonly<Record<string, unknown>> = {},
  url = "cell:1",
): unknown {
  const compute: unknown = (0, eval)(scriptOf(compiled.body ?? "", url));
  if (typeof compute !== "function") throw new Error("not a function");
  return compute(...compiled.inputs.map(({ name }) => values[name]));
}
