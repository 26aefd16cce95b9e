import { describe, expect, it } from "vitest";
import { compile, evaluate, signature, texts } from "./support.ts";

const cases: readonly (readonly [source: string, signature: string])[] = [
  ["foo = bar + 1", "= bar → foo"],
  ["foo = { return await bar; }", "= async bar → foo"],
  ["function foo(a) { return a + b; }", "= b → foo"],
  ["viewof x = Inputs.range([0, n])", "= Inputs, n → viewof$x, x"],
  ["viewof x.value", "= viewof$x →"],
  ["mutable y = 0", "= → y, mutable$y"],
  ["{ ++mutable y.length; mutable y += 1; }", "= mutable$y →"],
  ["", "→"],
  ['import {figure, viewof rotation as rot} from "@u/n"', "async @variable, @import → figure, rot, viewof$rot"],
  ['import {orders} from "./sales.html"', "async @import → orders"],
  ['FileAttachment("a.csv").csv()', "= FileAttachment →"],
  ["foo = bar = 1", "! Assignment to constant variable bar (1:6)"],
  ["window = 1", "! Identifier 'window' is reserved (1:0)"],
  ["foo = ", "! Unexpected end of input (1:6)"],
  ["x = 1; y = 2", "! Unexpected token (1:7)"],
  ["arguments", "! arguments is not allowed (1:0)"],
  ["FileAttachment(x)", "! FileAttachment requires a single literal string argument (1:0)"],
];

describe("a classic cell", () => {
  it.each(cases)("%s", (source, expected) => {
    expect(signature(compile(source, { kind: "ojs" }))).toBe(expected);
  });

  it("names the places of views and mutables", () => {
    const source = "z = viewof x.value + mutable y + viewof x.max";
    const { inputs, outputs, output } = compile(source, { kind: "ojs" });
    expect(texts(source, inputs)).toEqual(["viewof$x viewof x viewof x", "mutable$y mutable y"]);
    expect([texts(source, outputs), output]).toEqual([["z z"], "z"]);
  });

  it("computes a block, a generator and a mutable", () => {
    expect(evaluate(compile("foo = { const a = bar; return a * 2; }", { kind: "ojs" }), { bar: 2 })).toBe(4);
    const generator = evaluate(compile("{ yield 1; yield x; }", { kind: "ojs" }), { x: 2 });
    expect([...(generator as Iterable<number>)]).toEqual([1, 2]);
    const handle = { value: 1 };
    evaluate(compile("{ mutable   y += 2; }", { kind: "ojs" }), { mutable$y: handle });
    expect(handle.value).toBe(3);
  });

  it("leaves an import of another site to the gate, with its injections", async () => {
    const compiled = compile('import {chart as c} with {mydata as data, viewof x as y} from "@d3/bar-chart"', {
      kind: "ojs",
    });
    const asked: unknown[] = [];
    const gate = { observable: async (...given: unknown[]) => (asked.push(given), { c: 1 }) };
    expect(await evaluate(compiled, { "@variable": "v", "@import": gate })).toEqual({ c: 1 });
    expect(asked).toEqual([
      [
        "v",
        "https://api.observablehq.com/@d3/bar-chart.js?v=4",
        [["chart", "c"]],
        [
          { name: "mydata", alias: "data" },
          { name: "x", alias: "y" },
          { name: "viewof x", alias: "viewof y" },
        ],
      ],
    ]);
  });
});
