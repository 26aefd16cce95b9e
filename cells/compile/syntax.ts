import { parse, parseExpressionAt, type Node, type Options, type Program } from "acorn";
import { recursive, type RecursiveVisitors } from "acorn-walk";
import type { Span } from "../model/diagnostic.ts";

export type {
  AnyNode,
  CallExpression,
  Class,
  ExportAllDeclaration,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  Expression,
  Function as FunctionNode,
  Identifier,
  ImportDeclaration,
  ImportExpression,
  MemberExpression,
  MetaProperty,
  ModuleDeclaration,
  NewExpression,
  Node,
  Pattern,
  PrivateIdentifier,
  Program,
  SpreadElement,
  Statement,
} from "acorn";

/** The source of a cell as a tree: one expression (its value is the cell's), or a program. */
export interface ParsedScript {
  readonly root: Node | Program;
  readonly expression: boolean;
}

/** A source that cannot be parsed. `message` has no place in it; `span` is the place. */
export class SourceError extends SyntaxError {
  readonly span: Span;
  /** whether the sentence is shown with its place */
  readonly placed: boolean;

  constructor(message: string, span: Span, { placed = true, cause }: { placed?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = "SyntaxError";
    this.span = span;
    this.placed = placed;
  }
}

/** Parentheses are kept as nodes, so that a node's end is where its text ends. */
const options: Options = { ecmaVersion: "latest", sourceType: "module", preserveParens: true, allowHashBang: false };

/** Parses a text as one expression where that is possible, else as a program. Throws `SourceError`. */
export function parseScript(text: string): ParsedScript {
  const root = parseWholeExpression(text);
  return root === null ? { root: parseProgram(text), expression: false } : { root, expression: true };
}

/** Parses a text as a program. Throws `SourceError`. */
export function parseProgram(text: string): Program {
  try {
    return parse(text, options);
  } catch (error) {
    throw sourceError(error, text);
  }
}

/**
 * The expression that a whole text is, or null. A named function or class is none: it declares its name. In parentheses
 * it is one.
 */
export function parseWholeExpression(text: string): Node | null {
  let node: Node & { id?: unknown };
  try {
    node = parseExpressionAt(text, 0, options);
  } catch {
    return null;
  }
  if (skipTrivia(text, node.end) !== text.length) return null;
  const declares = node.type === "FunctionExpression" || node.type === "ClassExpression";
  return declares && node.id ? null : node;
}

/** The expression that begins at an offset; the rest of the text is not looked at. Throws `SourceError`. */
export function parseExpressionFrom(text: string, offset: number): Node {
  try {
    return parseExpressionAt(text, offset, options);
  } catch (error) {
    throw sourceError(error, text);
  }
}

/** The offset of the first character at or after `offset` that is neither white space nor comment. */
export function skipTrivia(text: string, offset: number): number {
  const trivia = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
  trivia.lastIndex = offset;
  trivia.exec(text);
  return trivia.lastIndex;
}

/** What to do at a node, by its type; the two last types are those of classic Observable JavaScript. */
export type Visitors<State> = RecursiveVisitors<State> & {
  readonly ViewExpression?: (node: Node) => void;
  readonly MutableExpression?: (node: Node) => void;
};

/** Walks a tree with a state. A visitor walks on itself, by calling its third argument. */
export function walk<State>(root: Node, state: State, visitors: Visitors<State>): void {
  recursive(root, state, visitors);
}

/** Turns an error of a parser that gives `pos` and ends its message with "(line:column)" into one of ours. */
export function sourceError(error: unknown, text: string): SourceError {
  if (error instanceof SourceError) return error;
  if (!(error instanceof SyntaxError)) throw error;
  const given = "pos" in error && typeof error.pos === "number" ? error.pos : 0;
  const start = Math.min(given, text.length);
  const message = error.message.replace(/ \(\d+:\d+\)$/, "");
  return new SourceError(message, { start, end: Math.min(start + 1, text.length) }, { cause: error });
}
