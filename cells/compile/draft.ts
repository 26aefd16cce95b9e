import { AppError } from "../errors.ts";
import type { Cell } from "../model/cell.ts";
import { placeOf, type Diagnostic, type Span } from "../model/diagnostic.ts";
import type { CompiledCell, Name } from "./compiled-cell.ts";
import { emptyCell } from "./empty-cell.ts";
import { SourceError } from "./syntax.ts";

/** Something wrong in the text of a cell, before it is a diagnostic. `message` has no place in it. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly span: Span;
  /** false where the sentence is known without its place */
  readonly placed?: boolean;
}

/** Something to be named: where it stands. */
interface Occurrence extends Span {
  readonly name: string;
}

/** What a compiler of one kind of cell found, with every span already in the cell's source. */
export type Draft = Partial<Omit<CompiledCell, "id" | "kind" | "diagnostics">> & {
  readonly problems?: readonly Problem[];
};

/**
 * Completes what a compiler found. A cell with an error among its problems cannot run, but keeps its inputs and outputs,
 * so that the graph still knows them.
 */
export function toCompiled(cell: Cell, draft: Draft): CompiledCell {
  const { problems = [], ...found } = draft;
  const failed = problems.some(({ severity }) => severity === "error");
  return {
    ...emptyCell(cell.id, cell.kind),
    ...found,
    body: failed ? null : (found.body ?? null),
    diagnostics: problems.map((problem) => toDiagnostic(cell, problem)),
  };
}

/** Errors read as in Observable: the sentence, then the line from 1 and the column from 0 in parentheses. */
function toDiagnostic(cell: Cell, { severity, message, span, placed = severity === "error" }: Problem): Diagnostic {
  const { line, column } = placeOf(cell.source, span.start);
  return {
    code: "cell_syntax",
    severity,
    message: placed ? `${message} (${line}:${column - 1})` : message,
    cell: cell.id,
    span,
    attribute: null,
  };
}

/** The distinct names of some occurrences, in order of first use, each with all its places. */
export function groupNames(occurrences: readonly Occurrence[]): readonly Name[] {
  const spans = new Map<string, Span[]>();
  for (const { name, start, end } of occurrences) {
    const known = spans.get(name);
    if (known) known.push({ start, end });
    else spans.set(name, [{ start, end }]);
  }
  return [...spans].map(([name, places]) => ({ name, spans: places }));
}

/** Names in the coordinates of the source that `place` leads back to. */
export function moveNames(names: readonly Name[], place: (offset: number) => number): readonly Name[] {
  return names.map(({ name, spans }) => ({ name, spans: spans.map((span) => moveSpan(span, place)) }));
}

/**
 * As `moveNames`, for names that stand in the source as they are: what code generated from an `enum` says several times
 * is found once, where the author wrote it.
 */
export function moveIdentifiers(
  names: readonly Name[],
  place: (offset: number) => number,
  source: string,
): readonly Name[] {
  return moveNames(names, place).map(({ name, spans }) => {
    const starts = spans.map(({ start }) => (source.startsWith(name, start) ? start : source.indexOf(name, start)));
    const distinct = [...new Set(starts)].filter((start) => start !== -1);
    return { name, spans: distinct.map((start) => ({ start, end: start + name.length })) };
  });
}

/** A span in the coordinates of the source that `place` leads back to. */
export function moveSpan({ start, end }: Span, place: (offset: number) => number): Span {
  return { start: place(start), end: place(end) };
}

/** The problem that an error of a parser is. Throws again what is not about the author's text. */
export function problemOf(error: unknown): Problem {
  if (error instanceof SourceError)
    return { severity: "error", message: error.message, span: error.span, placed: error.placed };
  if (error instanceof RangeError)
    return { severity: "error", message: "The code is nested too deeply", span: { start: 0, end: 0 } };
  throw error instanceof AppError ? error : new AppError("internal", "a parser of cells failed", { cause: error });
}
