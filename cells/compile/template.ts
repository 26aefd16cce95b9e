import { assertNever } from "../errors.ts";
import type { Cell } from "../model/cell.ts";
import { renderBody } from "./body.ts";
import { findProblems } from "./checks.ts";
import type { CompiledCell } from "./compiled-cell.ts";
import { groupNames, problemOf, toCompiled, type Draft } from "./draft.ts";
import { applyEdits, blank, type Edit } from "./edits.ts";
import { findFeatures } from "./features.ts";
import { rewriteImports } from "./import-code.ts";
import type { ImportResolver } from "./imports.ts";
import { analyse } from "./scope.ts";
import { parseTemplate } from "./template-parts.ts";
import { findVolatile } from "./volatile.ts";

/** A cell whose text is a template with `${expressions}`. */
export type TemplateKind = "md" | "html" | "tex" | "dot";

/** Compiles a cell of Markdown, HTML, TeX or DOT: a call of its tag with the texts and values of the template. */
export function compileTemplate(cell: Cell, kind: TemplateKind, resolve: ImportResolver): CompiledCell {
  try {
    return toCompiled(cell, draftTemplate(cell, kind, resolve));
  } catch (error) {
    return toCompiled(cell, { problems: [problemOf(error)] });
  }
}

/**
 * The values stand where their expressions stand in the source, in an array; the texts follow as a template literal of
 * their own, so that the tag gets the engine's own strings, cooked and raw:
 *
 *     (md, x) => md(...[0
 *          ,(x)
 *     ].with(0, ((strings) => strings)`# Hi ${0}`))
 */
function draftTemplate(cell: Cell, kind: TemplateKind, resolve: ImportResolver): Draft {
  const { source } = cell;
  const outputs = cell.output === null ? [] : [{ name: cell.output, spans: [] }];
  if (source === "") return { body: renderBody("", [], " => (", "undefined", ")"), output: cell.output, outputs };

  const { texts, values } = parseTemplate(source);
  const analysis = analyse(values.map(({ expression }) => expression));
  const { inputs: gates, edits } = rewriteImports(source, analysis, resolve);
  const { name, tag } = tagOf(kind);
  const inputs = [
    ...groupNames([{ name, start: 0, end: 0 }, ...analysis.references]).map((input) =>
      input.name === name ? { ...input, spans: input.spans.slice(1) } : input,
    ),
    ...gates.map((gate) => ({ name: gate, spans: [] })),
  ];
  const holes: readonly Edit[] = [
    ...texts.map(({ start, end }) => ({ start, end, text: blank(source.slice(start, end)) })),
    ...values.flatMap(({ start, end }) => [
      { start, end: start + 2, text: ",(" },
      { start: end - 1, end, text: ")" },
    ]),
  ];
  const strings = texts.map(({ start, end }) => (kind === "md" ? escapeCooked : escapeRaw)(source.slice(start, end)));
  const last = strings.at(-1) ?? "";
  // a raw text cannot end in half an escape: the backslash becomes a value
  const dangling = kind !== "md" && backslashesBefore(last, last.length) % 2 === 1;
  if (dangling) strings.splice(-1, 1, last.slice(0, -1), "");
  const literal = strings.join("${0}");
  const { problems, ...features } = findFeatures(analysis);
  return {
    inputs,
    outputs,
    output: cell.output,
    body: renderBody(
      analysis.async ? "async " : "",
      inputs.map((input) => input.name),
      ` => ${tag}(...[0`,
      applyEdits(source, [...holes, ...edits]),
      `${dangling ? ',"\\\\"' : ""}].with(0, ((strings) => strings)\`${literal}\`))`,
    ),
    autodisplay: !cell.hidden,
    async: analysis.async,
    ...features,
    volatile: findVolatile(analysis, resolve),
    problems: [...findProblems(analysis, gates), ...problems],
  };
}

function tagOf(kind: TemplateKind): { readonly name: string; readonly tag: string } {
  switch (kind) {
    case "md":
      return { name: "md", tag: "md" };
    case "html":
      return { name: "htl", tag: "htl.html" };
    case "tex":
      return { name: "tex", tag: "tex.block" };
    case "dot":
      return { name: "dot", tag: "dot" };
    default:
      return assertNever(kind);
  }
}

/** The template literal whose cooked text is this one; `\${` and `$\{` stay what they are, a `${` that is none. */
function escapeCooked(text: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === "\\" && !escapesHole(text, i)) escaped += "\\\\";
    else escaped += character === "`" ? "\\`" : character;
  }
  return escaped;
}

/** Whether the backslash at this offset keeps a `${` from beginning an expression. */
function escapesHole(text: string, at: number): boolean {
  const before = backslashesBefore(text, at);
  if (text[at - 1 - before] === "$" && text[at + 1] === "{") return true;
  return before % 2 === 0 && text.startsWith("${", at + 1);
}

/** The template literal whose raw text is this one, but for its backticks, which have a backslash. */
function escapeRaw(text: string): string {
  return text.replace(/`/g, (backtick, at: number) =>
    backslashesBefore(text, at) % 2 === 0 ? `\\${backtick}` : backtick,
  );
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text[at - 1 - count] === "\\") count++;
  return count;
}
