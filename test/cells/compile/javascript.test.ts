import { describe, expect, it } from "vitest";
import { compile, evaluate, signature, texts } from "./support.ts";

const cases: readonly (readonly [source: string, signature: string])[] = [
  // expressions and programs
  ["x + y", "= x, y →"],
  ["1;", "→"],
  ["", "→"],
  ["// nothing", "→"],
  ["{a: 1, b}", "= b →"],
  ["{}", "= →"],
  ["{ let a; }", "→"],
  ["function() {}", "= →"],
  ["function f() { return a; }", "a → f"],
  ["class A extends B {}", "B → A"],
  ["a, b", "= a, b →"],
  ["await x", "= async x →"],
  ["await x;", "async x →"],
  // upstream takes these for programs
  ["(function foo() {})", "= →"],
  ["(class A { static a = A; })", "= →"],
  // outputs
  ["const {a, b: c, ...d} = e;", "e → a, c, d"],
  ["const [a, , b = q, ...r] = s;", "q, s → a, b, r"],
  ["let x = 1, y = x + z;", "z → x, y"],
  ["if (a) { var b = 1; }", "a →"],
  ["using r = open();", "open → r"],
  ["await using r = open();", "async open → r"],
  ["for await (const x of xs);", "async xs →"],
  // scopes
  ["x + (x => x)(1)", "= x →"],
  ["({a, b: c = d}, [e = f], ...g) => a + c + e + g + h", "= d, f, h →"],
  ["for (const x of x) {}", "→"],
  ["switch (a) { case 1: let b = c; } b;", "a, c, b →"],
  ["try {} catch ({message}) { message; } message;", "message →"],
  ["class A { #p = q; static { var s = t; s; } [k]() {} }", "q, t, k → A"],
  ["function f() { return arguments; }", "→ f"],
  ["this.x", "= →"],
  // upstream lets names of blocks out
  ["{ class A {} } A;", "A →"],
  ["{ function f() {} } f;", "f →"],
  ["if (a) { function f() {} } f();", "a, f →"],
  // display
  ["view(Inputs.range())", "view, Inputs →"],
  ["md`${display(1)}`", "md, display →"],
  ["((display) => display(1))", "= →"],
  // errors, in Observable's words
  ["foo = 1", "! Assignment to external variable 'foo' (1:0)"],
  ["let a;\n({...bar} = {});", "! Assignment to external variable 'bar' (2:5)"],
  ["(foo) = 1", "! Assignment to external variable 'foo' (1:1)"],
  ["function f() { foo++; }", "! Assignment to external variable 'foo' (1:15)"],
  ["for (foo of []);", "! Assignment to external variable 'foo' (1:5)"],
  ["a = b = c", "! Assignment to external variable 'b' (1:4)"],
  ["window = 1", "! Assignment to global 'window' (1:0)"],
  ["const window = 1", "! Global 'window' cannot be redefined (1:6)"],
  ["{ const window = 1; }", "→"],
  ["a.b = 1", "= a →"],
  ["FileAttachment(name)", "! FileAttachment requires a literal string argument (1:0)"],
  ["(FileAttachment)(name)", "! FileAttachment requires a literal string argument (1:0)"],
  ["secret(name)", "! secret requires a literal string argument (1:0)"],
  ["export const x = 1", "! Unexpected token 'export' (1:0)"],
  ["export default x;", "! Unexpected token 'export' (1:0)"],
  ["const x = ;", "! Unexpected token (1:10)"],
  ["const x: number = 1;", "! Unexpected token (1:7)"],
  ["#!/bin/sh", "! Unexpected character '!' (1:1)"],
  ["let __import; import('npm:x')", "! Identifier '__import' is reserved (1:0)"],
];

describe("a JavaScript cell", () => {
  it.each(cases)("%s", (source, expected) => {
    expect(signature(compile(source))).toBe(expected);
  });

  it("names every place of an input in order of first use", () => {
    const source = "y + x +\n  y.x({x, z: y})";
    expect(texts(source, compile(source).inputs)).toEqual(["y y y y", "x x x"]);
    expect(compile(source).inputs[1]?.spans).toEqual([
      { start: 4, end: 5 },
      { start: 15, end: 16 },
    ]);
  });

  it("names an output at its declaration first, then at its uses", () => {
    const { outputs } = compile("f();\nfunction f() { return f; }");
    expect(outputs).toEqual([
      {
        name: "f",
        spans: [
          { start: 14, end: 15 },
          { start: 0, end: 1 },
          { start: 27, end: 28 },
        ],
      },
    ]);
  });

  it("reports every problem with its place and keeps inputs and outputs", () => {
    const { diagnostics, body, inputs, outputs } = compile("const a = b;\nc = 1;\nMath = 2;");
    expect(body).toBe(null);
    expect([inputs, outputs].map((names) => names.map(({ name }) => name))).toEqual([["b", "c"], ["a"]]);
    expect(diagnostics).toEqual([
      {
        code: "cell_syntax",
        severity: "error",
        message: "Assignment to external variable 'c' (2:0)",
        cell: 1,
        span: { start: 13, end: 14 },
        attribute: null,
      },
      {
        code: "cell_syntax",
        severity: "error",
        message: "Assignment to global 'Math' (3:0)",
        cell: 1,
        span: { start: 20, end: 24 },
        attribute: null,
      },
    ]);
  });

  it("exposes a program with an output attribute as one object", () => {
    const compiled = compile("const a = 1, b = x;", { output: "both" });
    expect([compiled.output, compiled.outputs]).toEqual(["both", [{ name: "both", spans: [] }]]);
    expect(evaluate(compiled, { x: 2 })).toEqual({ a: 1, b: 2 });
  });

  it("refuses an output attribute that is no name", () => {
    const compiled = compile("1", { output: "my rows" });
    expect([compiled.output, compiled.outputs]).toEqual([null, []]);
    expect(compiled.diagnostics.map(({ code, attribute }) => [code, attribute])).toEqual([
      ["attribute_invalid", "output"],
    ]);
  });

  it("displays nothing by itself when hidden", () => {
    expect(compile("1", { hidden: true }).autodisplay).toBe(false);
  });

  it("collects files, connections, secrets and assets by their literal names", () => {
    const source =
      'const a = FileAttachment("a" + `.csv`), b = FileAttachment("b"), c = DatabaseClient("pg"), d = resource("lake"),\n' +
      'e = secret("KEY"), f = asset("sales/orders"), g = asset("sales/orders"), h = ((asset) => asset("no"))(1);';
    const { files, databases, secrets, assets } = compile(source);
    expect(texts(source, files)).toEqual(['a.csv "a" + `.csv`', 'b "b"']);
    expect([databases, secrets]).toEqual([["pg", "lake"], ["KEY"]]);
    expect(texts(source, assets)).toEqual(['sales/orders "sales/orders" "sales/orders"']);
  });

  it("allows asset(…) without a literal, with a warning", () => {
    const { body, assets, diagnostics } = compile("asset(key)");
    expect([body === null, assets]).toEqual([false, []]);
    expect(diagnostics.map(({ severity, span }) => [severity, span])).toEqual([["warning", { start: 0, end: 10 }]]);
  });

  it("survives source that is nested too deeply", () => {
    expect(signature(compile("(".repeat(100_000)))).toMatch(/^! /);
  });

  const volatile: readonly (readonly [string, readonly string[]])[] = [
    ["x + 1", []],
    ["now", ["now"]],
    ["const now = 1; now;", []],
    ["Math.random() + Math['random']() + Math.max(1)", ["Math.random"]],
    ["new Date() - new Date(x)", ["new Date()"]],
    ["Date.now() + Date() + performance.now()", ["Date.now", "performance.now", "Date()"]],
    ["fetch(x)", ["fetch"]],
    ["((fetch) => fetch(x))", []],
    ["crypto.randomUUID(), crypto.getRandomValues(x)", ["crypto.randomUUID", "crypto.getRandomValues"]],
    ['import("npm:he")', ['import("npm:he")']],
    ["import(x)", ["import(…)"]],
    ['import {a} from "npm:he"', ['import "npm:he"']],
    ['import {min} from "npm:d3"', []],
    ['import {orders} from "./sales.html"', []],
  ];
  it.each(volatile)("%s is volatile because of %j", (source, reasons) => {
    expect(compile(source).volatile).toEqual(reasons);
  });
});
