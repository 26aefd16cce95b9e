import type { Cell } from "../model/cell.ts";
import { renderBody } from "./body.ts";
import { canonicalTree } from "./canonical-tree.ts";
import { findProblems } from "./checks.ts";
import type { CompiledCell } from "./compiled-cell.ts";
import { groupNames, moveIdentifiers, moveNames, moveSpan, problemOf, toCompiled, type Draft } from "./draft.ts";
import { applyEdits } from "./edits.ts";
import { findFeatures } from "./features.ts";
import { rewriteImports } from "./import-code.ts";
import type { ImportResolver } from "./imports.ts";
import { analyse, type Analysis } from "./scope.ts";
import { parseScript, type ParsedScript } from "./syntax.ts";
import { findVolatile } from "./volatile.ts";

/** Compiles a cell of vanilla JavaScript: one expression, whose value is displayed, or a program, whose declarations are outputs. */
export function compileJavaScript(cell: Cell, resolve: ImportResolver): CompiledCell {
  try {
    return toCompiled(
      cell,
      draftScript(cell, cell.source, parseScript(cell.source), (offset) => offset, resolve),
    );
  } catch (error) {
    return toCompiled(cell, { problems: [problemOf(error)] });
  }
}

/** The same text for every source that differs in white space, comments, semicolons and quotes alone. Throws `SourceError`. */
export function canonicalJavaScript(source: string): string {
  return canonicalTree(parseScript(source).root);
}

/**
 * What a parsed script reads, defines and does. `text` is JavaScript whose lines are those of the cell's source; `place`
 * leads an offset in it back to the source.
 */
export function draftScript(
  cell: Cell,
  text: string,
  { root, expression }: ParsedScript,
  place: (offset: number) => number,
  resolve: ImportResolver,
): Draft {
  const analysis = analyse([root]);
  const { imports, edits, inputs: gates, statement, problems: refused } = rewriteImports(text, analysis, resolve);
  const features = findFeatures(analysis);
  const inputs = [...groupNames(analysis.references), ...gates.map((name) => ({ name, spans: [] }))];
  const outputs = declaredNames(analysis);
  const reads = (name: string): boolean => inputs.some((input) => input.name === name);
  const async = analysis.async || statement !== "";
  const head = async ? "async " : "";
  const names = inputs.map(({ name }) => name);
  const inside = applyEdits(text, edits);
  const returned = outputs.length > 0 ? `return {${outputs.map(({ name }) => name).join(", ")}};` : "";
  const problems = [...findProblems(analysis, gates), ...features.problems, ...refused];

  return {
    inputs: moveIdentifiers(inputs, place, cell.source),
    outputs: cell.output === null ? moveIdentifiers(outputs, place, cell.source) : [{ name: cell.output, spans: [] }],
    output: cell.output,
    body: expression
      ? renderBody(head, names, " => (", inside, ")")
      : renderBody(head, names, ` => {${statement}`, inside, `${returned}}`),
    autodisplay: expression && !cell.hidden && !reads("display") && !reads("view"),
    async,
    files: moveNames(features.files, place),
    databases: features.databases,
    secrets: features.secrets,
    assets: moveNames(features.assets, place),
    partitionNames: moveNames(features.partitionNames, place),
    imports: imports.map((found) => ({ ...found, span: moveSpan(found.span, place) })),
    volatile: findVolatile(analysis, resolve),
    problems: problems.map((problem) => ({ ...problem, span: moveSpan(problem.span, place) })),
  };
}

/** Outputs with all their places: the declaration first, then the uses. */
function declaredNames({ declarations, occurrences }: Analysis): Draft["outputs"] & object {
  const uses = declarations.flatMap(({ name }) => occurrences.get(name) ?? []);
  return groupNames([...new Set([...declarations, ...uses])]);
}
