import { AppError, encodeError, type ErrorCode, type WireError } from "../errors.ts";
import type { CellState } from "../protocol/kernel.ts";
import type { LiveCell } from "./cell.ts";
import { failingInput, isRuntimeError } from "./define.ts";
import { placeInModule, placeOfError } from "./evaluate.ts";
import type { Part } from "./part.ts";

/** What is known of names: the cells that define one, and the error of a hidden variable, null where it has none. */
export interface NameBook {
  definers(name: string): readonly LiveCell[];
  hiddenError(name: string): unknown;
}

/** What a cell is doing, from its variables. A part that failed shows before one that still runs. */
export function stateOf(cell: LiveCell, names: NameBook): CellState {
  if (!cell.isLive || cell.shape.type === "inert") return { type: "idle" };
  const { phase, ms, run } = cell.main;
  switch (phase) {
    case "waiting":
      return { type: "waiting" };
    case "running":
      return { type: "running", startedAt: run?.startedAt ?? 0 };
    case "rejected":
      return failedState(cell, cell.main, names);
    case "fulfilled": {
      if (cell.stale) return { type: "stale", ms };
      const failed = failedPart(cell);
      if (failed !== null) return failedState(cell, failed, names);
      return { type: "fulfilled", ms };
    }
  }
}

/** Whether a cell is what was told of it last, for the usual case: it has a result as it had before. */
export function isAsTold({ told, main, stale, extras, isLive }: LiveCell): boolean {
  if (told === null || told.type !== "fulfilled" || main.phase !== "fulfilled" || !isLive) return false;
  return told.ms === main.ms && !stale && extras.length === 0;
}

/** Whether two states say the same, so that only one need be told. */
export function sameState(a: CellState | null, b: CellState): boolean {
  if (a === null || a.type !== b.type) return false;
  switch (b.type) {
    case "idle":
    case "waiting":
      return true;
    case "fulfilled":
    case "stale":
      return a.type === b.type && a.ms === b.ms;
    case "running":
      return a.type === b.type && a.startedAt === b.startedAt;
    case "rejected":
      return a.type === b.type && a.ms === b.ms && a.error.message === b.error.message;
    case "blocked":
      return a.type === b.type && a.by === b.by && a.root === b.root && a.error.message === b.error.message;
  }
}

/** The cell that failed first, and its error, for a cell whose value failed. */
export function rootFailure(
  cell: LiveCell,
  names: NameBook,
): { readonly cell: LiveCell; readonly error: unknown } | null {
  return follow(cell, names, new Set());
}

/** An error as the kernel tells it: the runtime's sentences get their codes, what the author's code threw `cell_failed`. */
function wireOf(error: unknown): WireError {
  const wire = encodeError(error);
  if (wire.code !== null) return wire;
  const place = placeInModule(error);
  const where = place === null ? "" : ` (${place.file}, line ${place.line})`;
  return { ...wire, message: wire.message + where, code: codeOf(error) };
}

/** The error of a cell as `take` rejects with it. */
export function toCellError(cell: LiveCell, error: unknown): AppError {
  const { code, message, data } = wireOf(error);
  const place = placeOfError(cell.id, error);
  const where = place === null ? {} : { line: place.line, column: place.column };
  return new AppError(code ?? "cell_failed", message, { data: { ...data, cell: cell.id, ...where }, cause: error });
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof SyntaxError && error.message !== "") return "cell_syntax";
  if (!isRuntimeError(error)) return "cell_failed";
  if (error.message === "circular definition") return "graph_cycle";
  if (error.message.endsWith(" is defined more than once")) return "name_duplicate";
  return / is not defined(: |$)/.test(error.message) ? "name_missing" : "cell_failed";
}

function failedPart(cell: LiveCell): Part | null {
  if (cell.main.phase === "rejected") return cell.main;
  return cell.extras.find(({ observed, part }) => observed && part.phase === "rejected")?.part ?? null;
}

function failedState(cell: LiveCell, part: Part, names: NameBook): CellState {
  const { ms } = part;
  const error = ownError(part, names);
  const by = failingName(cell, error);
  const others = by === null ? [] : names.definers(by).filter((other) => other !== cell);
  if (by !== null && others.length > 0) {
    const root = rootFailure(cell, names);
    return { type: "blocked", by, root: root?.cell.id ?? null, error: encodeError(error) };
  }
  return { type: "rejected", ms: Math.max(0, ms), error: wireOf(error), place: placeOfError(cell.id, error) };
}

function follow(
  cell: LiveCell,
  names: NameBook,
  visited: Set<LiveCell>,
): { readonly cell: LiveCell; readonly error: unknown } | null {
  visited.add(cell);
  const part = failedPart(cell);
  if (part === null) return null;
  const error = ownError(part, names);
  const by = failingName(cell, error);
  const next = by === null ? [] : names.definers(by).filter((other) => !visited.has(other));
  for (const definer of next) {
    const root = follow(definer, names, visited);
    if (root !== null) return root;
  }
  // a definer without an error of its own: the value failed on its way, as rows that could not be fetched
  return { cell, error };
}

/** The error of a part; that of the hidden variable between it and what failed, where the runtime's sentence hides it. */
function ownError(part: Part, names: NameBook): unknown {
  const name = failingInput(part.error);
  return (name === null ? null : names.hiddenError(name)) ?? part.error;
}

/** The name of another cell's value that an error came down from, without the prefix of a hidden variable. */
function failingName(cell: LiveCell, error: unknown): string | null {
  const name = failingInput(error);
  return name === null || name === `cell ${cell.id}` ? null : name.replace(/^table (?!asset )/, "");
}
