import { describe, expect, it } from "vitest";
import type { CellKind } from "../../../cells/model/cell.ts";
import { compile, evaluate, signature, texts } from "./support.ts";

const given = { x: "<x>", y: "<y>" };

/** What a tag is called with: cooked texts, raw texts, values. */
function call(kind: CellKind, source: string): unknown {
  const tag = ({ raw, ...cooked }: TemplateStringsArray, ...values: readonly unknown[]) => [
    Object.values(cooked),
    [...raw],
    values,
  ];
  return evaluate(compile(source, { kind }), { ...given, md: tag, htl: { html: tag }, tex: { block: tag }, dot: tag });
}

const calls: readonly (readonly [CellKind, string, unknown])[] = [
  ["md", "Hello", [["Hello"], ["Hello"], []]],
  [
    "md",
    "# ${x}\n${y}!",
    [
      ["# ", "\n", "!"],
      ["# ", "\n", "!"],
      ["<x>", "<y>"],
    ],
  ],
  ["md", "`a` \\d", [["`a` \\d"], ["\\`a\\` \\\\d"], []]],
  ["md", "a $\\{x} \\${x}", [["a ${x} ${x}"], ["a $\\{x} \\${x}"], []]],
  ["md", "a \\\\${x} b", [["a \\\\", " b"], ["a \\\\\\\\", " b"], ["<x>"]]],
  ["md", "$${x}", [["$", ""], ["$", ""], ["<x>"]]],
  [
    "md",
    "${`nested ${y}`}${ {a: 1}.a /* } */ }",
    [
      ["", "", ""],
      ["", "", ""],
      ["nested <y>", 1],
    ],
  ],
  ["html", "<b>`${x}`</b>", [["<b>`", "`</b>"], ["<b>\\`", "\\`</b>"], ["<x>"]]],
  // upstream's own escape of an escaped backtick ends the template
  ["html", "\\`", [["`"], ["\\`"], []]],
  ["tex", "\\frac{a}{${x}}", [["\frac{a}{", "}"], ["\\frac{a}{", "}"], ["<x>"]]],
  ["tex", "\\users", [[undefined], ["\\users"], []]],
  ["tex", "a\\", [["a", ""], ["a", ""], ["\\"]]],
  ["dot", "digraph { a -> ${x} }", [["digraph { a -> ", " }"], ["digraph { a -> ", " }"], ["<x>"]]],
];

const cases: readonly (readonly [CellKind, string, string])[] = [
  ["md", "", "→"],
  ["md", "# ${x} ${x + y}", "= md, x, y →"],
  ["md", "${display(x)}", "= md, display, x →"],
  ["html", "${await x}", "= async htl, x →"],
  ["html", "<script>${x}</script>", "= htl, x →"],
  ["md", "${x", "! Unexpected token (1:3)"],
  ["md", "a\n${}", "! Unexpected token (2:2)"],
  ["md", "${x; y}", "! Unexpected token (1:3)"],
  ["tex", "${x = 1}", "! Assignment to external variable 'x' (1:2)"],
  ["dot", "${FileAttachment(x)}", "! FileAttachment requires a literal string argument (1:2)"],
];

describe("a text cell", () => {
  it.each(calls)("%s %j calls its tag", (kind, source, expected) => {
    expect(call(kind, source)).toEqual(expected);
  });
  it.each(cases)("%s %j", (kind, source, expected) => {
    expect(signature(compile(source, { kind }))).toBe(expected);
  });

  it("names the places of its expressions", () => {
    const source = "# ${x}\n`${md(x)}` ${y}";
    expect(texts(source, compile(source, { kind: "md" }).inputs)).toEqual(["md md", "x x x", "y y"]);
  });

  it.each(["node", "python", "r", "unknown"] as const)("a %s cell is shown and never executed", (kind) => {
    const compiled = compile("print(1)", { kind, output: "rows", attributes: { type: "text/x" } });
    expect([compiled.body, compiled.output, compiled.inputs]).toEqual([null, "rows", []]);
    expect(compiled.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["type_unsupported", "warning"],
    ]);
  });
});
