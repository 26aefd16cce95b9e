import type { SqlTemplate } from "./compiled-cell.ts";
import type { Problem } from "./draft.ts";
import { readLexeme, skipSpace, type SqlToken } from "./sql-tokens.ts";
import { parseExpressionFrom, skipTrivia, SourceError, type Node } from "./syntax.ts";

/** One `${…}` of a SQL text: a parameter. `start` and `end` hold the braces. */
interface SqlParameter {
  readonly start: number;
  readonly end: number;
  readonly expression: Node;
}

/** A SQL text cut at its parameters. */
export interface SqlCut {
  readonly template: SqlTemplate;
  readonly parameters: readonly SqlParameter[];
  /** tokens of the source; a parameter is one, of type `parameter` */
  readonly tokens: readonly SqlToken[];
  /** parameters that cannot be parsed, and `${}` that is text */
  readonly problems: readonly Problem[];
  /** quotes and comments that are never closed, as DuckDB reads them */
  readonly unclosed: readonly Problem[];
}

/**
 * Cuts the text of a SQL cell at each `${` that stands in SQL proper: in a string, a quoted name or a comment it is text.
 * Of `\${` and `$\{` the backslash is dropped, of `\$\{` none; every other one reaches the engine. What stands between the
 * braces is read by the JavaScript parser, so that braces, quotes and comments in it are its own. Never throws: an
 * expression that cannot be parsed is a problem, and the text behind it is not cut.
 */
export function cutSql(source: string): SqlCut {
  const tokens: SqlToken[] = [];
  const parameters: SqlParameter[] = [];
  const problems: Problem[] = [];
  const unclosed: Problem[] = [];
  for (let at = skipSpace(source, 0); at < source.length; at = skipSpace(source, at)) {
    if (source.startsWith("${", at)) {
      const parameter = readParameter(source, at, problems);
      const end = parameter?.end ?? source.length;
      const text = source.slice(at, end);
      tokens.push({ type: "parameter", value: "${}", text, start: at, end });
      if (parameter) parameters.push(parameter);
      at = end;
      continue;
    }
    const { token, end, problem } = readLexeme(source, at);
    if (token) tokens.push(token);
    if (problem) unclosed.push({ severity: "error", placed: false, ...problem });
    else if (token) problems.push(...findQuoted(token));
    at = end;
  }
  return { template: toTemplate(source, parameters), parameters, tokens, problems, unclosed };
}

/**
 * The text that an engine gets: the strings of a template with `$1`, `$2`, … between them, set off by a space where they
 * would run into a word.
 */
export function statementText(strings: readonly string[]): string {
  return statementParts(strings)
    .map(({ before, text }) => before + text)
    .join("");
}

/** The strings of a template, each with the parameter that stands before it in `statementText`. */
export function statementParts(
  strings: readonly string[],
): readonly { readonly before: string; readonly text: string }[] {
  return strings.map((text, index) => {
    if (index === 0) return { before: "", text };
    const previous = strings[index - 1] ?? "";
    const left = previous === "" ? index > 1 : /[\w$\u0080-\uffff]$/.test(previous);
    const right = /^[\w$\u0080-\uffff]/.test(text);
    return { before: `${left ? " " : ""}$${index}${right ? " " : ""}`, text };
  });
}

/** A backslash before `${`, or between its characters; not the two of the regular expression `\$\{`. */
export const escapedHole = /\\\$\{|(?<!\\)\$\\\{/g;

function readParameter(source: string, start: number, problems: Problem[]): SqlParameter | null {
  try {
    const expression = parseExpressionFrom(source, start + 2);
    const brace = skipTrivia(source, expression.end);
    const end = Math.min(brace + 1, source.length);
    if (source[brace] !== "}") throw new SourceError("Unexpected token", { start: brace, end });
    return { start, end, expression };
  } catch (error) {
    problems.push(parameterProblem(error, source, start));
    return null;
  }
}

function parameterProblem(error: unknown, source: string, start: number): Problem {
  const open = { start, end: start + 2 };
  if (error instanceof SourceError && error.span.start < source.length)
    return { severity: "error", message: error.message, span: error.span };
  const message =
    error instanceof RangeError ? "The code is nested too deeply" : "the ${ is never closed; end it with }";
  return { severity: "error", placed: false, message, span: open };
}

function findQuoted(token: SqlToken): readonly Problem[] {
  if (token.type !== "string" && token.type !== "name") return [];
  return Array.from(token.text.matchAll(/(?<!\\)\$\{[^{}]*\}/g), ({ 0: hole, index }) => {
    const quotes = token.type === "name" ? "a quoted name" : "a string";
    const advice = token.type === "name" ? "a name cannot be a parameter" : "take it out of the quotes, as in x = ${x}";
    // a string that goes on in another line has no such place
    const at = token.end - token.start === token.text.length ? token.start + index : token.start;
    return {
      severity: "warning",
      message: `${hole} inside ${quotes} is text, not a parameter; ${advice}, or write \\\${ for the text`,
      span: { start: at, end: Math.min(at + hole.length, token.end) },
    };
  });
}

function toTemplate(source: string, parameters: readonly SqlParameter[]): SqlTemplate {
  const offsets = [0, ...parameters.map(({ end }) => end)];
  const ends = [...parameters.map(({ start }) => start), source.length];
  const strings = offsets.map((offset, i) => source.slice(offset, ends[i]).replace(escapedHole, "${"));
  const expressions = parameters.map(({ expression }) => source.slice(expression.start, expression.end));
  return { strings, offsets, expressions };
}
