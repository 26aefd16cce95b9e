import type { CompiledCell } from "../compile/compiled-cell.ts";
import { parseScript, SourceError, type AnyNode, type Node } from "../compile/syntax.ts";
import type { Cell } from "../model/cell.ts";
import type { CellOptions } from "../model/options.ts";
import type { Storage } from "./graph.ts";

/** Built-ins whose call or template gives an element, a stream or a plot: nothing that could be kept. */
const virtualMakers = new Set([
  "Plot",
  "Inputs",
  "Generators",
  "Mutable",
  "display",
  "dot",
  "htl",
  "html",
  "md",
  "svg",
  "tex",
  "view",
]);

/**
 * How each output of a cell is kept. What can be seen in the code is said now (functions, classes, `view(…)`, Plot,
 * Inputs, markup, imports, generators are virtual); the rest of JavaScript is `maybe`, and its run decides.
 */
export function storageOf(cell: Cell, compiled: CompiledCell, options: CellOptions): Readonly<Record<string, Storage>> {
  const names = compiled.outputs.map(({ name }) => name);
  const all = (storage: Storage) => Object.fromEntries(names.map((name) => [name, storage]));
  if (names.length === 0) return {};
  if (options.store === "view" || options.store === "none") return all("virtual");
  if (options.store === "parquet" || options.store === "json") return all("stored");
  switch (cell.kind) {
    case "md":
    case "html":
    case "tex":
    case "dot":
      return all("virtual");
    case "sql":
      return all("stored");
    case "js":
    case "ts":
    case "ojs": {
      if (compiled.autoview || compiled.automutable) return all("virtual");
      const virtual = virtualNames(compiled);
      for (const { names: imported } of compiled.imports)
        for (const local of Object.values(imported)) virtual.add(local);
      return Object.fromEntries(names.map((name) => [name, virtual.has(name) || isShadow(name) ? "virtual" : "maybe"]));
    }
    case "node":
    case "python":
    case "r":
    case "unknown":
      return all("maybe");
  }
}

/** Names that the runtime keeps beside a value: the element of an input, the box of a mutable. */
function isShadow(name: string): boolean {
  return /^(viewof|mutable|initial)[ $]/.test(name);
}

/** The outputs that the compiled function defines by something that cannot be kept. */
function virtualNames(compiled: CompiledCell): Set<string> {
  const virtual = new Set<string>();
  const root = parseBody(compiled.body);
  if (root?.type !== "ArrowFunctionExpression" && root?.type !== "FunctionExpression") return virtual;
  if (root.generator && compiled.output !== null) virtual.add(compiled.output);
  const statements = root.body.type === "BlockStatement" ? root.body.body : [];
  for (const statement of statements) {
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") {
      virtual.add(statement.id.name);
    } else if (statement.type === "VariableDeclaration") {
      for (const { id, init } of statement.declarations)
        if (id.type === "Identifier" && init && isVirtual(init)) virtual.add(id.name);
    } else if (statement.type === "ReturnStatement" && compiled.output !== null) {
      if (statement.argument && isVirtual(statement.argument)) virtual.add(compiled.output);
    }
  }
  if (root.body.type !== "BlockStatement" && compiled.output !== null && isVirtual(root.body))
    virtual.add(compiled.output);
  return virtual;
}

function parseBody(body: string | null): AnyNode | null {
  if (body === null) return null;
  try {
    return unwrap(parseScript(body).root);
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

/** Acorn's node as the union of its kinds, out of parentheses and `await`. */
function unwrap(node: Node): AnyNode {
  let inner = node as AnyNode;
  for (;;) {
    if (inner.type === "ParenthesizedExpression") inner = inner.expression as AnyNode;
    else if (inner.type === "AwaitExpression") inner = inner.argument;
    else return inner;
  }
}

function isVirtual(expression: Node): boolean {
  const node = unwrap(expression);
  if (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression" || node.type === "ClassExpression")
    return true;
  if (node.type === "TaggedTemplateExpression") return isMaker(unwrap(node.tag));
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return false;
  const callee = unwrap(node.callee);
  return callee.type === "FunctionExpression" ? callee.generator : isMaker(callee);
}

/** Whether `html`, `Plot.plot`, `htl.svg`, …: a built-in maker or a member of one. */
function isMaker(callee: AnyNode): boolean {
  let node = callee;
  while (node.type === "MemberExpression") node = unwrap(node.object);
  return node.type === "Identifier" && virtualMakers.has(node.name);
}
