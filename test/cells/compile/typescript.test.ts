import { describe, expect, it } from "vitest";
import { eraseTypes } from "../../../cells/compile/erase-types.ts";
import { compile, evaluate, signature, texts } from "./support.ts";

const cases: readonly (readonly [source: string, signature: string])[] = [
  ["x!", "= x →"],
  ["x as number", "= x →"],
  ["<T,>(x: T) => y", "= y →"],
  ["{a: 1 as number, b}", "= b →"],
  ["{ let x: number = y; x; }", "y →"],
  ["view(Inputs.text() as any)", "view, Inputs →"],
  ["const {a, b}: {a: number; b: string} = c;", "c → a, b"],
  ["type A = number;\nx", "x →"],
  ["interface A { x: B }", "→"],
  ["declare const x: number;", "→"],
  ["enum E { A, B = x }", "x → E"],
  ["abstract class A { constructor(private x: number) {} }", "→ A"],
  ['import {type A, b} from "npm:x";', "async @import → b"],
  ['import type {A} from "npm:x";', "→"],
  ["const x: number = await y;", "async y → x"],
  ["(function f(): void {})", "= →"],
  ["foo = 1 as any;", "! Assignment to external variable 'foo' (1:0)"],
  ["let y: any;\n(x as any) = 1;", "! Assignment to external variable 'x' (2:1)"],
  ["const x = ;", "! Expression expected."],
  ["const x: = 1;", "! Type expected."],
  ["f(1", "! ')' expected."],
  ["a b", "! Unexpected keyword or identifier."],
  ["@dec class A {}", "! Unexpected character '@' (1:0)"],
  ["namespace N { export const a = 1; }", "! TypeScript namespaces are not supported (1:0)"],
  ['"namespace N {"', "= →"],
  ["a) + (b", "! Unexpected keyword or identifier."],
];

describe("a TypeScript cell", () => {
  it.each(cases)("%s", (source, expected) => {
    expect(signature(compile(source, { kind: "ts" }))).toBe(expected);
  });

  it("keeps every token in its line and column", () => {
    const source = "type A = number;\nconst f = (x: A, y?: string): A => x + z!.w;\nlet t = `a ${b as A} c`;";
    expect(eraseTypes(source).text).toBe(
      "                \nconst f = (x   , y) =>             x + z .w;\nlet t = `a ${b     } c`;",
    );
  });

  it("gives spans in the source, behind generated code too", () => {
    const source = "enum E { A, B = x } const y: number = z as any; y + (x as number);\nlet w: string = v;";
    const { inputs, outputs } = compile(source, { kind: "ts" });
    expect(texts(source, inputs)).toEqual(["x x x", "z z", "v v"]);
    expect(outputs.map(({ spans }) => spans[0])).toEqual([5, 26, 71].map((start) => ({ start, end: start + 1 })));
  });

  it("moves no text of strings, templates and patterns", () => {
    const source =
      'const s = `a ${b as A}  c ${ d! }`, r = /x:  y/.test(e as string) ? "q:  z" : f<T>`g  ${h satisfies H}  i`;';
    const given = { b: 1, d: 2, e: "", h: 3, f: ({ raw }: TemplateStringsArray, value: unknown) => [...raw, value] };
    expect(evaluate(compile(source, { kind: "ts" }), given)).toEqual({ s: "a 1  c 2", r: ["g  ", "  i", 3] });
  });

  it("computes what the text says", () => {
    const source =
      "enum E { A = 1, B = A + n }\nclass P { constructor(readonly x: number) {} }\nconst r: number = new P(E.B).x;";
    expect(evaluate(compile(source, { kind: "ts" }), { n: 2 })).toMatchObject({ r: 3 });
  });
});
