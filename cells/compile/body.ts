import { argumentName } from "./compiled-cell.ts";

/**
 * How many lines of a body stand before the first line of the author's text. In every body line n of the cell's source
 * is line n + bodyLineOffset, and columns are the same: what a compiler takes out becomes white space. Only behind an
 * `import(…)` or `import.meta` on the same line, a `mutable x` of a classic cell, or code that TypeScript generates
 * (`enum`, parameter properties), columns are larger.
 */
export const bodyLineOffset = 1;

/** A function expression: the first line is ours, then come the author's lines, then ours again. */
export function renderBody(head: string, inputs: readonly string[], open: string, text: string, close: string): string {
  return `${head}(${inputs.map(parameterName).join(", ")})${open}\n${text}\n${close}`;
}

/** A cell that reads `arguments` reads a name that nothing defines; strict code has no such parameter. */
function parameterName(name: string): string {
  return name === "arguments" ? "__arguments" : argumentName(name);
}

/**
 * The text whose value, by indirect `eval`, is the function of a body: strict, and known by `url` in stacks.
 *
 *     const compute = (0, eval)(scriptOf(body, "cell:7"));
 */
export function scriptOf(body: string, url: string): string {
  return `"use strict";(${body})\n//# sourceURL=${url}`;
}

/** The first place in the cell's source, line and column from 1, that a stack of `scriptOf(…, url)` names, or null. */
export function placeInStack(stack: string, url: string): { readonly line: number; readonly column: number } | null {
  for (let at = stack.indexOf(url); at !== -1; at = stack.indexOf(url, at + 1)) {
    const place = /^:(\d+):(\d+)/.exec(stack.slice(at + url.length, at + url.length + 24));
    if (place === null) continue;
    const line = Number(place[1]) - bodyLineOffset;
    if (line >= 1) return { line, column: Number(place[2]) };
  }
  return null;
}
