import { compileCell } from "../../cells/compile/compile.ts";
import type { CompiledCell } from "../../cells/compile/compiled-cell.ts";
import { resolveImport } from "../../cells/compile/imports.ts";
import { toCell, type CellKind } from "../../cells/model/cell.ts";
import { exceptions } from "./exceptions.ts";
import { same, type VectorResult } from "./suite.ts";

/** One recorded cell: what it is, and under every other member what its analysis gave. */
export interface CellCase {
  readonly id: string;
  readonly mode: CellKind;
  readonly input: string;
  readonly error?: { readonly name: string; readonly message: string };
  readonly [field: string]: unknown;
}

/** The cases of a vector file. */
export function casesOf(document: unknown): readonly CellCase[] {
  return (document as { readonly cases: readonly CellCase[] }).cases;
}

/** Compiles the input as Observable would resolve its imports. */
export function compileCase({ mode, input }: CellCase): CompiledCell {
  return compileCell(toCell({ id: 1, kind: mode, source: input }), { resolve: resolveImport });
}

/** Compares what was recorded, error or members, with what we give. Members that were not recorded are not compared. */
export function compareCase(
  recorded: CellCase,
  compiled: CompiledCell,
  given: Readonly<Record<string, unknown>>,
): VectorResult {
  // one that our body need not repeat: `bodyCompiles: false`
  const wanted = recorded["bodyCompiles"] === false ? { ...recorded, bodyCompiles: true } : recorded;
  const problem = compiled.diagnostics.find(({ severity }) => severity === "error");
  const error = problem && { name: "SyntaxError", message: problem.message };
  const expected = recorded.error ? { error: recorded.error } : pick(wanted, Object.keys(given));
  const got = error ? { error } : pick(given, Object.keys(expected));
  return { id: nameOf(recorded), passed: same(expected, got), expected, got };
}

/** The members that js, ts and ojs cases share. */
export function describeScript(compiled: CompiledCell): Readonly<Record<string, unknown>> {
  const body = compiled.body ?? "";
  return {
    // the gate stands for a native import
    references: namesOf(compiled.inputs).filter((name) => name !== "@import"),
    declarations: compiled.output === null ? namesOf(compiled.outputs) : [],
    kind: / => \($/.test(body.split("\n", 1)[0] ?? "") ? "expression" : "program",
    autodisplay: compiled.autodisplay,
    async: compiled.async,
    generator: /^(async )?function\*/.test(body),
    files: namesOf(compiled.files),
    databases: compiled.databases,
    secrets: compiled.secrets,
    importUrls: [...body.matchAll(/__import(?:\.observable)?\((?:__variable, )?("[^"]+")/g)].map(([, url = ""]) =>
      JSON.parse(url),
    ),
    bodyCompiles: compiles(body),
  };
}

/** The names of a list, in its order. */
export function namesOf(list: readonly { readonly name: string }[]): readonly string[] {
  return list.map(({ name }) => name);
}

/** The id, or the input where an exception is listed by it: the reference lists upstream's defects by their text. */
function nameOf({ id, mode, input }: CellCase): string {
  return Object.hasOwn(exceptions[`observable-${mode}-cells`] ?? {}, input) ? input : id;
}

function compiles(body: string): boolean {
  try {
    return typeof new Function(`"use strict"; return (${body})`) === "function";
  } catch {
    return false;
  }
}

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
}
