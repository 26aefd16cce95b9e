import type { Cell } from "../model/cell.ts";
import { canonicalTree } from "./canonical-tree.ts";
import type { CompiledCell } from "./compiled-cell.ts";
import { problemOf, toCompiled } from "./draft.ts";
import { eraseTypes, type ErasedTypes } from "./erase-types.ts";
import type { ImportResolver } from "./imports.ts";
import { draftScript } from "./javascript.ts";
import { typescriptSentence } from "./typescript-sentences.ts";
import { parseProgram, parseWholeExpression, SourceError, type ParsedScript } from "./syntax.ts";

/** Compiles a cell of TypeScript as the JavaScript that is left without its types. Types are not checked. */
export function compileTypeScript(cell: Cell, resolve: ImportResolver): CompiledCell {
  try {
    const { script, text, place } = parseTypeScript(cell.source);
    return toCompiled(cell, draftScript(cell, text, script, place, resolve));
  } catch (error) {
    return toCompiled(cell, { problems: [problemOf(error)] });
  }
}

/** As `canonicalJavaScript`; types make no difference either. Throws `SourceError`. */
export function canonicalTypeScript(source: string): string {
  return canonicalTree(parseTypeScript(source).script.root);
}

interface ParsedTypeScript extends ErasedTypes {
  readonly script: ParsedScript;
}

function parseTypeScript(source: string): ParsedTypeScript {
  return parseExpression(source) ?? parseStatements(source);
}

/** Reads the source as one expression, which alone tells `{a: 1 as number}` from a block. Null where it is none. */
function parseExpression(source: string): ParsedTypeScript | null {
  let erased: ErasedTypes;
  try {
    erased = eraseTypes(`(\n${source}\n)`);
  } catch {
    return null;
  }
  // without the parentheses: `a) + (b` is no expression
  const text = erased.text.slice(2, -2);
  const root = parseWholeExpression(text);
  if (root === null) return null;
  return {
    text,
    script: { root, expression: true },
    place: (offset) => Math.min(Math.max(erased.place(offset + 2) - 2, 0), source.length),
  };
}

function parseStatements(source: string): ParsedTypeScript {
  let place = (offset: number): number => offset;
  try {
    const erased = eraseTypes(source);
    place = erased.place;
    return { ...erased, script: { root: parseProgram(erased.text), expression: false } };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const span = { start: place(error.span.start), end: place(error.span.end) };
    const sentence = typescriptSentence(source, span.start, error.message);
    throw new SourceError(sentence ?? error.message, span, { placed: sentence === null, cause: error });
  }
}
