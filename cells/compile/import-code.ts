import type { Span } from "../model/diagnostic.ts";
import { argumentName, type CellImport } from "./compiled-cell.ts";
import type { Problem } from "./draft.ts";
import { blank, type Edit } from "./edits.ts";
import { dedollar, resolveImport, type ImportResolver } from "./imports.ts";
import type { Injection } from "./import-gate.ts";
import { staticString } from "./literals.ts";
import type { Analysis } from "./scope.ts";
import type { ImportDeclaration } from "./syntax.ts";

/** Inputs that imports need, and what to do to the text so that it is the inside of a function. */
export interface ImportCode {
  /** `@import` and `@variable`, where they are needed */
  readonly inputs: readonly string[];
  /** statements for the first line of the body, or empty */
  readonly statement: string;
  readonly edits: readonly Edit[];
  readonly imports: readonly CellImport[];
  readonly problems: readonly Problem[];
}

const gate = argumentName("@import");

/**
 * Takes static imports out of a text (white space stays in their place) and turns dynamic ones, and `import.meta`, into
 * uses of the gate. Specifiers become what `resolve` says.
 */
export function rewriteImports(text: string, analysis: Analysis, resolve: ImportResolver): ImportCode {
  const { imports, dynamicImports, metas } = analysis;
  const edits: Edit[] = [];
  const problems: Problem[] = [];
  const requests = imports.flatMap((node) => renderDeclaration(node, resolve));

  for (const { start, end } of imports) {
    // a semicolon, since the lines around it may not be one statement
    edits.push({ start, end, text: `;${blank(text.slice(start + 1, end))}` });
  }
  for (const { start, end, source } of dynamicImports) {
    edits.push({ start, end: start + "import".length, text: gate });
    const specifier = staticString(source);
    if (specifier === null) continue;
    edits.push({ start: source.start, end: source.end, text: JSON.stringify(resolve(specifier)) });
    if (isNotebook(specifier)) problems.push(unknownNames({ start, end }));
  }
  for (const { start } of metas) edits.push({ start, end: start + "import".length, text: gate });

  for (const node of imports) if (isObservable(node)) problems.push(...node.specifiers.flatMap(refuseNamespace));

  return {
    inputs: [...(imports.some(isObservable) ? ["@variable"] : []), ...(edits.length > 0 ? ["@import"] : [])],
    statement: renderRequests(requests),
    edits,
    imports: imports.map(toCellImport),
    problems,
  };
}

/** Whether a specifier names another notebook of the workspace. */
export function isNotebook(specifier: string): boolean {
  return /^\.{0,2}\/.*\.html$/.test(specifier);
}

/** The code that awaits all imports of a cell at once and binds their names. */
export function renderRequests(requests: readonly ImportRequest[]): string {
  const [first] = requests;
  if (first === undefined) return "";
  if (requests.length === 1) return ` const ${first.pattern} = await ${first.promise};`;
  return ` const [${requests.map(({ pattern }) => pattern).join(", ")}] = await Promise.all([${requests.map(({ promise }) => promise).join(", ")}]);`;
}

/** A pattern and the promise whose value it takes apart. */
export interface ImportRequest {
  readonly pattern: string;
  readonly promise: string;
}

/** The code of an import from observablehq.com: pairs of the name there and the name here. */
export function renderObservable(
  url: string,
  names: readonly (readonly [string, string])[],
  injections: readonly Injection[],
): ImportRequest {
  const locals = names.map(([, local]) => local);
  const given = [argumentName("@variable"), ...[url, names, injections].map((value) => JSON.stringify(value))];
  return { pattern: `{${locals.join(", ")}}`, promise: `${gate}.observable(${given.join(", ")})` };
}

function renderDeclaration(node: ImportDeclaration, resolve: ImportResolver): readonly ImportRequest[] {
  const specifier = String(node.source.value);
  if (isObservable(node)) {
    const names = node.specifiers.map((part) => [dedollar(importedName(part)), part.local.name] as const);
    return [renderObservable(resolveImport(specifier), names, [])];
  }
  const spaces = node.specifiers.filter((part) => part.type === "ImportNamespaceSpecifier");
  const named = node.specifiers.filter((part) => part.type !== "ImportNamespaceSpecifier");
  const requests: ImportRequest[] = spaces.map(({ local }) => ({
    pattern: local.name,
    promise: renderImported(node.source, node.attributes, resolve, null),
  }));
  if (named.length > 0 || spaces.length === 0) {
    const names = named.map(importedName);
    const bindings = named.map((part) => renderBinding(importedName(part), part.local.name));
    requests.push({
      pattern: `{${bindings.join(", ")}}`,
      promise: renderImported(node.source, node.attributes, resolve, names),
    });
  }
  return requests;
}

/** The code that imports a module: a promise of its namespace, which has these names (null: whatever there is). */
export function renderImported(
  source: ImportDeclaration["source"],
  attributes: ImportDeclaration["attributes"],
  resolve: ImportResolver,
  names: readonly string[] | null,
): string {
  const given = attributes.map(({ key, value }) => [key.type === "Identifier" ? key.name : key.value, value.value]);
  const options = given.length === 0 ? null : { with: Object.fromEntries(given) };
  return `${gate}(${[resolve(String(source.value)), options, names].map((value) => JSON.stringify(value)).join(", ")})`;
}

function renderBinding(imported: string, local: string): string {
  return imported === local ? local : `${/^[\w$]+$/.test(imported) ? imported : JSON.stringify(imported)}: ${local}`;
}

function isObservable({ source, attributes }: ImportDeclaration): boolean {
  const type = attributes.find(({ key }) => (key.type === "Identifier" ? key.name : key.value) === "type");
  return type ? type.value.value === "observable" : String(source.value).startsWith("observable:");
}

function importedName(part: ImportDeclaration["specifiers"][number]): string {
  switch (part.type) {
    case "ImportDefaultSpecifier":
      return "default";
    case "ImportNamespaceSpecifier":
      return "*";
    case "ImportSpecifier":
      return part.imported.type === "Identifier" ? part.imported.name : String(part.imported.value);
  }
}

/** Notebooks of Observable have no namespace: their names come alive one by one. */
function refuseNamespace({ type, start, end }: ImportDeclaration["specifiers"][number]): readonly Problem[] {
  if (type !== "ImportNamespaceSpecifier") return [];
  return [{ severity: "error", message: "unexpected namespace specifier", span: { start, end }, placed: false }];
}

function unknownNames(span: Span): Problem {
  const message = `import("./….html") is no edge of the graph; write import {name} from "./….html" at the top of the cell`;
  return { severity: "warning", message, span };
}

function toCellImport({ source, specifiers, start, end }: ImportDeclaration): CellImport {
  return {
    specifier: String(source.value),
    names: Object.fromEntries(specifiers.map((part) => [importedName(part), part.local.name])),
    span: { start, end },
  };
}
