import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalBody, compileCell } from "../../../cells/compile/compile.ts";
import { toCell, type CellKind, type CellSpec } from "../../../cells/model/cell.ts";

function canonical(source: string, kind: CellKind = "js", spec: Partial<CellSpec> = {}): string {
  const cell = toCell({ id: 1, source, kind, ...spec });
  return canonicalBody(cell, compileCell(cell));
}

const equal: readonly (readonly [CellKind, string, string])[] = [
  ["js", "a+b", " a /* x */ +\n b // y"],
  ["js", "(a + b)", "a + b"],
  ["js", "f('x')", 'f("x")'],
  ["js", "let a = 1", "let a = 1;;"],
  ["js", "0x10", "16"],
  ["ts", "const a: number = x!", "const a: string = x as any"],
  ["ojs", "foo = bar", "other = bar;"],
];

const different: readonly (readonly [CellKind, string, string])[] = [
  ["js", "a", "a;"],
  ["js", "a - b", "b - a"],
  ["js", "() => { return\nx }", "() => { return x }"],
  ["js", "'a  b'", "'a b'"],
  ["js", "String.raw`\\n`", "String.raw`\n`"],
  ["js", "null", "false"],
  ["js", "null", "1e999"],
  ["js", "1n", "1"],
  ["js", "/a/", "/b/"],
  ["js", "a?.b.c", "(a?.b).c"],
  ["js", "[, a]", "[a]"],
  ["js", "const a = 1, b = 2;", "const b = 1, a = 2;"],
  ["js", "import {a} from 'x'", "import {a} from 'y'"],
  ["ojs", "viewof x = y", "x = y"],
  ["md", "a", "a "],
];

/** Statements over few names, so that they share and shadow them. */
const name = fc.constantFrom("a", "b", "c", "d", "x1", "$", "π");
const expression = fc
  .letrec<{ expression: readonly string[] }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3 },
      name.map((id) => [id]),
      fc.constantFrom("1", "'s'", "`t`", "null").map((literal) => [literal]),
      fc
        .tuple(tie("expression"), fc.constantFrom("+", "*", "??", ",", "==="), tie("expression"))
        .map(([l, op, r]) => ["(", ...l, op, ...r, ")"]),
      fc.tuple(name, tie("expression")).map(([id, value]) => ["(", "(", id, ")", "=>", ...value, ")"]),
      fc.tuple(name, tie("expression")).map(([id, value]) => [id, "(", ...value, ")"]),
      fc
        .tuple(name, tie("expression"))
        .map(([id, value]) => ["{", id, ":", ...value, "}"])
        .map((object) => ["(", ...object, ")"]),
      fc.tuple(tie("expression"), name).map(([value, id]) => [...value, ".", id]),
    ),
  }))
  .expression.map((tokens) => (tokens[0] === "1" ? ["(", ...tokens, ")"] : tokens));
const statement = fc.oneof(
  expression.map((value) => [...value, ";"]),
  fc
    .tuple(fc.constantFrom("a", "b", "c", "d"), expression)
    .map(([id, value]) => ["{", "let", id, "=", ...value, ";", "}"]),
  fc.tuple(expression, expression).map(([test, then]) => ["if", "(", ...test, ")", "{", ...then, ";", "}"]),
  fc
    .tuple(name, expression)
    .map(([id, value]) => [
      "function",
      `f_${id === "$" || id === "π" ? "g" : id}`,
      "(",
      ")",
      "{",
      "return",
      ...value,
      ";",
      "}",
    ]),
);
const program = fc.oneof(
  expression,
  fc.uniqueArray(statement, { maxLength: 4, selector: (tokens) => tokens[1] }).map((statements) => statements.flat()),
);
const gap = fc.constantFrom(" ", "  ", "\t", " /* c */ ", " /* let a = ; */");
const breakable = fc.constantFrom(" ", "\n", "\n\n  ", " // c ${ `\n", "/*\n*/");

/** Joins tokens by white space; line breaks only where no statement could end. */
function write(tokens: readonly string[], gaps: readonly string[], breaks: readonly string[]): string {
  return tokens
    .map((token, i) => {
      const next = tokens[i + 1];
      const mayBreak = token !== "return" && next !== "=>" && next !== undefined;
      return token + ((mayBreak ? breaks[i % breaks.length] : gaps[i % gaps.length]) ?? " ");
    })
    .join("");
}

describe("the canonical text of a cell", () => {
  it.each(equal)("%s: %j is %j", (kind, left, right) => {
    expect(canonical(left, kind)).toBe(canonical(right, kind));
  });
  it.each(different)("%s: %j is not %j", (kind, left, right) => {
    expect(canonical(left, kind)).not.toBe(canonical(right, kind));
  });
  it("is the same for TypeScript and for the JavaScript that is left of it", () => {
    expect(canonical("const a: number = b;", "ts")).toBe(canonical("const a = b", "js"));
  });
  it("does not depend on name, pin or title of the output", () => {
    expect(canonical("a + b", "js", { output: "x", pinned: false })).toBe(canonical("a + b"));
  });
  it("is the source itself where the source cannot be parsed", () => {
    expect(canonical("const  a = ;")).toBe("js\nconst  a = ;");
  });

  it("does not see white space and comments, and every body can be evaluated", () => {
    const spaces = fc.array(gap, { minLength: 1, maxLength: 5 });
    const breaks = fc.array(breakable, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(program, spaces, breaks, (tokens, gaps, lines) => {
        const plain = tokens.join(" ");
        const spaced = write(tokens, gaps, lines);
        const compiled = compileCell(toCell({ id: 1, source: spaced }));
        expect(compiled.diagnostics).toEqual([]);
        expect(() => new Function(`return (${compiled.body})`)).not.toThrow();
        expect(canonical(spaced)).toBe(canonical(plain));
        const names = (source: string) => compileCell(toCell({ id: 1, source })).inputs.map((input) => input.name);
        expect(names(spaced)).toEqual(names(plain));
        for (const input of compiled.inputs)
          for (const { start, end } of input.spans) expect(spaced.slice(start, end)).toBe(input.name);
      }),
      { numRuns: 300 },
    );
  });

  it("never throws, whatever the author wrote, and every body can be evaluated", () => {
    const kinds = fc.constantFrom<CellKind[]>("js", "ts", "ojs", "md", "html", "tex", "dot", "node", "unknown");
    const pieces = fc.constantFrom(
      ..."` \\ $ { } ${ ( ) [ ] ; , . = => a b let const class function await import from yield \n // /* */ \" ' 1 : ? as enum viewof mutable <".split(
        " ",
      ),
      "import(",
      '"x"',
    );
    fc.assert(
      fc.property(kinds, fc.array(pieces, { maxLength: 12 }), fc.constantFrom("", " "), (kind, parts, glue) => {
        const cell = toCell({ id: 1, kind, source: parts.join(glue) });
        const compiled = compileCell(cell);
        expect(typeof canonicalBody(cell, compiled)).toBe("string");
        if (compiled.body !== null) expect(() => new Function(`"use strict"; return (${compiled.body})`)).not.toThrow();
        for (const { span } of compiled.diagnostics) {
          if (span)
            expect([span.start >= 0, span.start <= span.end, span.end <= cell.source.length]).toEqual([
              true,
              true,
              true,
            ]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
