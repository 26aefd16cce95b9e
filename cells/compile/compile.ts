import { assertNever } from "../errors.ts";
import { type Cell, typeOfKind } from "../model/cell.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import { canonicalClassic, compileClassic } from "./classic.ts";
import type { CompiledCell } from "./compiled-cell.ts";
import { toCompiled } from "./draft.ts";
import { globalNames } from "./global-names.ts";
import { resolveBundledImport, type ImportResolver } from "./imports.ts";
import { canonicalJavaScript, compileJavaScript } from "./javascript.ts";
import { canonicalSql, compileSql } from "./sql.ts";
import { compileTemplate } from "./template.ts";
import { canonicalTypeScript, compileTypeScript } from "./typescript.ts";

/** What is known where a cell is compiled. */
export interface CompileOptions {
  /** what an import specifier becomes; the default takes what Cellar comes with from it, the rest from a CDN */
  readonly resolve?: ImportResolver;
}

/**
 * Turns the text of a cell into what it reads, what it defines and the function that computes it, without running
 * anything. Whatever the author wrote, it does not throw: what is wrong is in `diagnostics`, and `body` is null.
 */
export function compileCell(cell: Cell, { resolve = resolveBundledImport }: CompileOptions = {}): CompiledCell {
  const problem = findOutputProblem(cell);
  if (problem === null) return compileKind(cell, resolve);
  const compiled = compileKind({ ...cell, output: null }, resolve);
  return { ...compiled, diagnostics: [problem, ...compiled.diagnostics] };
}

/**
 * The text whose hash is the code version of a cell: equal for two sources that compute the same. In JavaScript and SQL
 * white space and comments make no difference; in text cells every character does.
 */
export function canonicalBody(cell: Cell, compiled: CompiledCell): string {
  const flags = [compiled.autoview ? "view" : "", compiled.automutable ? "mutable" : ""].join("");
  return `${familyOf(cell)}${flags && ` ${flags}`}\n${canonicalSource(cell, compiled)}`;
}

function compileKind(cell: Cell, resolve: ImportResolver): CompiledCell {
  switch (cell.kind) {
    case "js":
      return compileJavaScript(cell, resolve);
    case "ts":
      return compileTypeScript(cell, resolve);
    case "ojs":
      return compileClassic(cell, resolve);
    case "sql":
      return compileSql(cell, resolve);
    case "md":
    case "html":
    case "tex":
    case "dot":
      return compileTemplate(cell, cell.kind, resolve);
    case "node":
    case "python":
    case "r":
    case "unknown":
      return refuse(cell);
    default:
      return assertNever(cell.kind);
  }
}

function canonicalSource(cell: Cell, compiled: CompiledCell): string {
  // a text that cannot be parsed has no other form
  if (compiled.body === null && cell.kind !== "sql") return cell.source;
  switch (cell.kind) {
    case "js":
      return canonicalJavaScript(cell.source);
    case "ts":
      return canonicalTypeScript(cell.source);
    case "ojs":
      return canonicalClassic(cell.source);
    case "sql":
      return canonicalSql(cell.source);
    case "md":
    case "html":
    case "tex":
    case "dot":
    case "node":
    case "python":
    case "r":
    case "unknown":
      return cell.source;
    default:
      return assertNever(cell.kind);
  }
}

/** Typed and plain JavaScript that say the same are the same. */
function familyOf(cell: Cell): string {
  return cell.kind === "ts" ? "js" : cell.kind === "unknown" ? `unknown ${cell.type ?? ""}` : cell.kind;
}

/** Words that strict code has for itself. */
const reservedWords: ReadonlySet<string> = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally
   for function if implements import in instanceof interface let new null package private protected public return static super
   switch throw true try typeof var void while with yield`.split(/\s+/),
);

/** What is written for a type elsewhere. */
const otherTypes: Readonly<Record<string, string>> = {
  "text/javascript": typeOfKind.js,
  "application/javascript": typeOfKind.js,
  javascript: typeOfKind.js,
  typescript: typeOfKind.ts,
  markdown: typeOfKind.md,
  latex: typeOfKind.tex,
};

/** The type that was probably meant by one that nobody knows, or null. */
function nearestType(type: string): string | null {
  const word = type.trim().toLowerCase();
  const kind = Object.entries(typeOfKind).find(([name]) => name === word)?.[1];
  const sub = word.replace(/^.*\/(?:x-|vnd\.)?/, "");
  const same = Object.values(typeOfKind).find((known) => known.replace(/^.*\/(?:x-|vnd\.)?/, "") === sub);
  return otherTypes[word] ?? kind ?? same ?? nearest(word, Object.values(typeOfKind));
}

function refuse(cell: Cell): CompiledCell {
  const type = cell.type === null ? "a cell without a type" : `a cell of type ${quote(cell.type)}`;
  const outputs = cell.output === null ? [] : [{ name: cell.output, spans: [] }];
  const meant = cell.kind === "unknown" && cell.type !== null ? nearestType(cell.type) : null;
  const instead = meant === null ? "" : `did you mean ${JSON.stringify(meant)}? `;
  return {
    ...toCompiled(cell, { output: cell.output, outputs }),
    diagnostics: [
      {
        code: "type_unsupported",
        severity: "warning",
        message: `${type} is shown and never executed here; ${instead}use a JavaScript or SQL cell for what Cellar should compute`,
        cell: cell.id,
        span: null,
        attribute: "type",
      },
    ],
  };
}

function findOutputProblem({ id, output }: Cell): Diagnostic | null {
  if (
    output === null ||
    (/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(output) &&
      !globalNames.has(output) &&
      !reservedWords.has(output))
  )
    return null;
  const why = reservedWords.has(output)
    ? "it is a word of JavaScript, so no cell could read it; choose another, as orders"
    : globalNames.has(output)
      ? "it is a global of JavaScript, which no cell may define; choose another, as orders"
      : "write a JavaScript name of letters, digits, _ and $, as orders";
  const message = `invalid output: ${quote(output)} (cell ${id}): ${why}`;
  return { code: "attribute_invalid", severity: "error", message, cell: id, span: null, attribute: "output" };
}
