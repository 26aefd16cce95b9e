import type { ErrorData } from "../../cells/errors.ts";
import { placeOf, type Span } from "../../cells/model/diagnostic.ts";
import type { DocumentCell } from "../../cells/protocol/document.ts";
import type { CellState, ErrorPlace } from "../../cells/protocol/kernel.ts";
import type { DocumentStore } from "./document-store.ts";

/** How a cell's state is drawn and read out. */
export interface CellStatus {
  readonly tone: "idle" | "waiting" | "running" | "fresh" | "stale" | "failed" | "blocked";
  readonly label: string;
}

export function statusOf(cell: DocumentCell, state: CellState, dirty: boolean, store: DocumentStore): CellStatus {
  if (dirty && state.type !== "running") return { tone: "stale", label: "changed, not run" };
  if (cell.test !== null) return testStatus(cell, store);
  switch (state.type) {
    case "idle":
      return {
        tone: "idle",
        label: store.paused ? "paused" : cell.run === "auto" ? "not run" : `not run (${cell.run})`,
      };
    case "waiting":
      return { tone: "waiting", label: "waiting for its inputs" };
    case "running":
      return { tone: "running", label: "running" };
    case "fulfilled":
      return { tone: "fresh", label: "up to date" };
    case "rejected":
      if (state.error.code === "cell_skipped") return { tone: "stale", label: `skipped: ${state.error.message}` };
      return { tone: "failed", label: "failed" };
    case "blocked":
      return { tone: "blocked", label: `blocked by ${state.by}` };
    case "stale":
      return { tone: "stale", label: "stale" };
  }
}

/** A test is no part of the notebook's run: its verdict is its state. */
function testStatus({ id, run }: DocumentCell, store: DocumentStore): CellStatus {
  const { verdict, running } = store.verdict(id);
  if (running) return { tone: "running", label: "test is running" };
  if (verdict === null)
    return { tone: "idle", label: store.paused ? "paused" : run === "auto" ? "not run" : `not run (${run})` };
  switch (verdict.state) {
    case "passed":
      return { tone: "fresh", label: "test passed" };
    case "failed":
      return { tone: "failed", label: "test failed" };
    case "errored":
      return { tone: "failed", label: "test could not be run" };
  }
}

/** What went wrong in a cell, as its own line below the output says it. */
export interface CellFailure {
  readonly message: string;
  readonly place: ErrorPlace | null;
  readonly span: Span | null;
  /** what the editor underlines; null where a diagnostic does it already */
  readonly mark: { readonly span: Span; readonly message: string } | null;
  /** the engine in the page lacks something that the server has */
  readonly needsServer: boolean;
}

/** The failure of a cell: of its last run, else of its text. Null where there is none. */
export function failureOf(cell: DocumentCell, state: CellState): CellFailure | null {
  if (state.type === "rejected") {
    const { error } = state;
    if (error.code === "cell_skipped") return null;
    const place = state.place ?? placeInData(error.data);
    const named =
      error.name === "AppError" || error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
    const span = place === null ? null : spanAt(cell.source, place);
    const mark = span && !cell.dirty ? { span, message: named } : null;
    return { message: named, place, span, mark, needsServer: typeof error.data["needs"] === "string" };
  }
  const problem = cell.diagnostics.find(({ severity }) => severity === "error");
  if (!problem) return null;
  // that of an attribute is in its value, which is not in the editor
  const span = problem.attribute === null ? problem.span : null;
  const place = span && placeOf(cell.source, span.start);
  return { message: problem.message, place, span, mark: null, needsServer: false };
}

/** Where an engine or a syntax error says that it is. */
function placeInData({ line, column }: ErrorData): ErrorPlace | null {
  return typeof line === "number" && typeof column === "number" ? { line, column } : null;
}

/** The word at a place, so that an underline is long enough to be seen. */
export function spanAt(source: string, { line, column }: ErrorPlace): Span | null {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = source.indexOf("\n", start);
    if (next === -1) return null;
    start = next + 1;
  }
  start += column - 1;
  const word = /^[\w$]+/.exec(source.slice(start))?.[0].length ?? 1;
  return start > source.length ? null : { start, end: start + word };
}
