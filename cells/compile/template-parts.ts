import type { Span } from "../model/diagnostic.ts";
import { parseExpressionFrom, skipTrivia, SourceError, type Node } from "./syntax.ts";

/** A text cut at its `${expressions}`: one more text than values. */
export interface TemplateParts {
  readonly texts: readonly Span[];
  readonly values: readonly TemplateValue[];
}

/** One `${…}`; the span holds the braces. */
interface TemplateValue extends Span {
  readonly expression: Node;
}

/**
 * Cuts a text where a template literal would be cut, backticks being plain characters: at each `${` before which no
 * backslash takes its meaning. Throws `SourceError` where an expression cannot be parsed.
 */
export function parseTemplate(source: string): TemplateParts {
  const texts: Span[] = [];
  const values: TemplateValue[] = [];
  let start = 0;
  let at = 0;
  while (at < source.length) {
    if (source[at] === "\\") at += 2;
    else if (source.startsWith("${", at)) {
      const value = parseValue(source, at);
      texts.push({ start, end: at });
      values.push(value);
      start = at = value.end;
    } else at++;
  }
  texts.push({ start, end: source.length });
  return { texts, values };
}

function parseValue(source: string, start: number): TemplateValue {
  const expression = parseExpressionFrom(source, start + 2);
  const brace = skipTrivia(source, expression.end);
  if (source[brace] !== "}")
    throw new SourceError("Unexpected token", { start: brace, end: Math.min(brace + 1, source.length) });
  return { start, end: brace + 1, expression };
}
