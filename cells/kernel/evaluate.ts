import { placeInStack, scriptOf } from "../compile/body.ts";
import type { CompiledCell } from "../compile/compiled-cell.ts";
import { AppError } from "../errors.ts";
import type { ErrorPlace } from "../protocol/kernel.ts";

// called by another name, `eval` sees no variable of ours
const { eval: indirectEval } = globalThis;

/** A cell's body as a function of its parameters, with a console of its own. */
export type Body = (this: unknown, ...parameters: unknown[]) => unknown;

/**
 * Makes the function of a body. Throws what the engine throws for a text that is no function or where the page's policy
 * does not let text become code.
 */
export function evaluateBody({ id, body }: CompiledCell, console: unknown): Body {
  const make: unknown = indirectEval(scriptOf(`(console) => ${body}`, sourceUrl(id)));
  const made: unknown = isFunction(make) ? make(console) : null;
  if (!isFunction(made)) throw new AppError("internal", `the body of cell ${id} is no function`);
  return made;
}

/** The function that a compiled module is: of its gate, and of what is told its exports. */
export function evaluateModule(
  path: string,
  body: string,
  console: unknown,
): (gate: unknown, tell: unknown) => unknown {
  const make: unknown = indirectEval(scriptOf(`(console) => ${body}`, moduleUrl(path)));
  const made: unknown = isFunction(make) ? make(console) : null;
  if (!isFunction(made)) throw new AppError("internal", `the body of module ${path} is no function`);
  return (gate, tell) => Reflect.apply(made, undefined, [gate, tell]) as unknown;
}

/** The file and line of the module of the workspace that an error was thrown in; null where a cell threw it, or nobody knows. */
export function placeInModule(error: unknown): { readonly file: string; readonly line: number } | null {
  if (!(error instanceof Error) || typeof error.stack !== "string") return null;
  const [, url] = /(?:(module:\S+?)|\bcell-\d+):\d+:\d+/.exec(error.stack) ?? [];
  const place = url === undefined ? null : placeInStack(error.stack, url);
  return url === undefined || place === null
    ? null
    : { file: decodeURI(url.slice("module:".length)), line: place.line };
}

function moduleUrl(path: string): string {
  return `module:${encodeURI(path)}`;
}

function isFunction(value: unknown): value is Body {
  return typeof value === "function";
}

/** Where in the cell's source an error came from: an engine says it of its SQL, else the stack, as far as it tells. */
export function placeOfError(cell: number, error: unknown): ErrorPlace | null {
  if (error instanceof AppError && error.code === "query_failed") {
    const { line, column, cell: of = cell } = error.data;
    if (of === cell && typeof line === "number" && typeof column === "number") return { line, column };
  }
  return error instanceof Error && typeof error.stack === "string" ? placeInStack(error.stack, sourceUrl(cell)) : null;
}

function sourceUrl(cell: number): string {
  return `cell-${cell}`;
}
