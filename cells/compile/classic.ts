import {
  parseCell,
  type ClassicCell,
  type ClassicImport,
  type ClassicName,
  type ClassicSpecifier,
} from "@observablehq/parser";
import type { Cell } from "../model/cell.ts";
import { renderBody } from "./body.ts";
import { canonicalTree } from "./canonical-tree.ts";
import { argumentName, type CompiledCell, type Name } from "./compiled-cell.ts";
import { groupNames, problemOf, toCompiled, type Draft } from "./draft.ts";
import { applyEdits, blank, padded, type Edit } from "./edits.ts";
import { findFeatures } from "./features.ts";
import { isNotebook, renderObservable, renderRequests, rewriteImports } from "./import-code.ts";
import type { Injection } from "./import-gate.ts";
import { isBare, resolveImport, type ImportResolver } from "./imports.ts";
import { analyse } from "./scope.ts";
import { sourceError } from "./syntax.ts";
import { findVolatile } from "./volatile.ts";

/** Compiles a cell of classic Observable JavaScript: one name, `viewof`, `mutable`, blocks, imports of notebooks. */
export function compileClassic(cell: Cell, resolve: ImportResolver): CompiledCell {
  try {
    return toCompiled(cell, draftClassic(cell, resolve));
  } catch (error) {
    return toCompiled(cell, { problems: [problemOf(error)] });
  }
}

/** As `canonicalJavaScript`; the name of the cell is left out. Throws `SourceError`. */
export function canonicalClassic(source: string): string {
  return canonicalTree(parseClassic(source).body);
}

function parseClassic(source: string): ClassicCell {
  try {
    return parseCell(source);
  } catch (error) {
    throw sourceError(error, source);
  }
}

function draftClassic(cell: Cell, resolve: ImportResolver): Draft {
  const parsed = parseClassic(cell.source);
  const { body } = parsed;
  if (body === null) return { body: renderBody("function", [], " {", blank(cell.source), "}"), ...namedBy(cell, null) };
  if (body.type === "ImportDeclaration") return draftImport(cell, body, resolve);

  const analysis = analyse([body]);
  const resolveClassic: ImportResolver = (specifier) => resolve(asClassicSpecifier(specifier));
  const { inputs: gates, edits } = rewriteImports(cell.source, analysis, resolveClassic);
  const inputs = [...groupNames(parsed.references.map(asOccurrence)), ...gates.map((name) => ({ name, spans: [] }))];
  const { files, problems, ...features } = findFeatures(analysis);
  const attached = [...parsed.fileAttachments].map(([name, spans]) => ({ name, spans }));
  const text = applyEdits(cell.source, [
    { start: 0, end: body.start, text: blank(cell.source.slice(0, body.start)) },
    ...parsed.references.flatMap(toEdit),
    ...edits,
    { start: body.end, end: cell.source.length, text: blank(cell.source.slice(body.end)) },
  ]);
  const head = `${parsed.async ? "async " : ""}function${parsed.generator ? "*" : ""}`;
  const names = inputs.map(({ name }) => name);
  return {
    ...namedBy(cell, parsed.id),
    inputs,
    body:
      body.type === "BlockStatement"
        ? renderBody(head, names, "", text, "")
        : renderBody(head, names, " { return (", text, ")}"),
    autodisplay: !cell.hidden,
    async: parsed.async,
    files: [...attached, ...files.filter(({ name }) => !parsed.fileAttachments.has(name))],
    ...features,
    volatile: findVolatile(analysis, resolveClassic),
    problems,
  };
}

/** The name before `=`, or the `output` attribute of a cell without one. */
function namedBy(cell: Cell, id: ClassicName | null): Draft {
  if (id === null)
    return { output: cell.output, outputs: cell.output === null ? [] : [{ name: cell.output, spans: [] }] };
  const spans = [{ start: id.start, end: id.end }];
  const named = (...names: readonly string[]): readonly Name[] => names.map((name) => ({ name, spans }));
  switch (id.type) {
    case "Identifier":
      return { output: id.name, outputs: named(id.name) };
    case "ViewExpression":
      return { output: `viewof$${id.id.name}`, outputs: named(`viewof$${id.id.name}`, id.id.name), autoview: true };
    case "MutableExpression":
      return {
        output: `mutable ${id.id.name}`,
        outputs: named(id.id.name, `mutable$${id.id.name}`),
        automutable: true,
      };
  }
}

function asOccurrence(node: ClassicName): { readonly name: string; readonly start: number; readonly end: number } {
  return { name: referenceName(node), start: node.start, end: node.end };
}

function referenceName(node: ClassicName): string {
  switch (node.type) {
    case "Identifier":
      return node.name;
    case "ViewExpression":
      return `viewof$${node.id.name}`;
    case "MutableExpression":
      return `mutable$${node.id.name}`;
  }
}

function toEdit(node: ClassicName): readonly Edit[] {
  const { start, end } = node;
  switch (node.type) {
    case "Identifier":
      return [];
    case "ViewExpression":
      return [{ start, end, text: padded(referenceName(node), node) }];
    case "MutableExpression":
      return [{ start, end, text: padded(`${referenceName(node)}.value`, node) }];
  }
}

/** `import("d3")` in a classic cell means the package, and a file of it its module build. */
function asClassicSpecifier(specifier: string): string {
  if (!isBare(specifier)) return specifier;
  return `npm:${specifier}${/\.(js|mjs|cjs)$/.test(specifier) ? "/+esm" : ""}`;
}

function draftImport(cell: Cell, node: ClassicImport, resolve: ImportResolver): Draft {
  const written = String(node.source.value);
  const local = isNotebook(written);
  const specifier = local || !isBare(written) ? written : `observable:${written}`;
  const names = node.specifiers.flatMap(importedNames);
  const injections = (node.injections ?? []).flatMap(toInjections);
  const request = local
    ? {
        pattern: `{${names.map(([there, here]) => (there === here ? here : `${JSON.stringify(there)}: ${here}`)).join(", ")}}`,
        promise: `${argumentName("@import")}(${JSON.stringify(resolve(written))}, null, ${JSON.stringify(names.map(([there]) => there))})`,
      }
    : renderObservable(resolveImport(specifier), names, injections);
  const inputs = local ? ["@import"] : ["@variable", "@import"];
  const spans = new Map(
    node.specifiers.map((part) => [part.local.name, { start: part.local.start, end: part.local.end }]),
  );
  return {
    inputs: inputs.map((name) => ({ name, spans: [] })),
    outputs: names.map(([, here]) => {
      const span = spans.get(here.replace(/^(viewof|mutable)\$/, ""));
      return { name: here, spans: span ? [span] : [] };
    }),
    body: renderBody(
      "async function",
      inputs,
      ` {${renderRequests([request])}`,
      blank(cell.source),
      `return {${names.map(([, here]) => here).join(", ")}};}`,
    ),
    async: true,
    imports: [{ specifier, names: Object.fromEntries(names), span: { start: node.start, end: node.end } }],
    volatile: local ? [] : [`import "${specifier}"`],
  };
}

/** Pairs of the name there and here; a view brings its value, a mutable its mutator. */
function importedNames({ view, mutable, imported, local }: ClassicSpecifier): readonly (readonly [string, string])[] {
  const plain = [imported.name, local.name] as const;
  if (view) return [plain, [`viewof ${imported.name}`, `viewof$${local.name}`]];
  if (mutable) return [plain, [`mutable ${imported.name}`, `mutable$${local.name}`]];
  return [plain];
}

function toInjections({ view, mutable, imported, local }: ClassicSpecifier): readonly Injection[] {
  const plain = { name: imported.name, alias: local.name };
  const special = view ? "viewof" : mutable ? "mutable" : null;
  return special === null ? [plain] : [plain, { name: `${special} ${plain.name}`, alias: `${special} ${plain.alias}` }];
}
