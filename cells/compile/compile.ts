import { assertNever } from "../errors.ts";
import type { Cell } from "../model/cell.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
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

function refuse(cell: Cell): CompiledCell {
  const type = cell.type === null ? "a cell without a type" : `a cell of type ${JSON.stringify(cell.type)}`;
  const outputs = cell.output === null ? [] : [{ name: cell.output, spans: [] }];
  return {
    ...toCompiled(cell, { output: cell.output, outputs }),
    diagnostics: [
      {
        code: "type_unsupported",
        severity: "warning",
        message: `${type} is shown and never executed here; use a JavaScript or SQL cell for what Cellar should compute`,
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
    (/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(output) && !globalNames.has(output))
  )
    return null;
  const message = `invalid output: ${JSON.stringify(output)}; write a JavaScript name that is not a global, as in output="orders"`;
  return { code: "attribute_invalid", severity: "error", message, cell: id, span: null, attribute: "output" };
}
