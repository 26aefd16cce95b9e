import { describe, expect, it } from "vitest";
import { scriptOf } from "../../../cells/compile/body.ts";
import { compileModule, moduleImports, type ExportNames } from "../../../cells/compile/module.ts";

type Values = Readonly<Record<string, unknown>>;

/** Carries out a module and gives its exports, live. */
async function run(text: string, modules: Readonly<Record<string, Values>> = {}): Promise<Values> {
  const compute: unknown = (0, eval)(scriptOf(compileModule(text).body, "module:x.js"));
  if (typeof compute !== "function") throw new Error("not a function");
  const exports: Record<string, unknown> = {};
  let stars: Parameters<ExportNames>[1] = [];
  const tell: ExportNames = (names, given) => {
    for (const [name, get] of Object.entries(names)) Object.defineProperty(exports, name, { get, enumerable: true });
    stars = given;
  };
  const gate = Object.assign((url: string) => Promise.resolve(modules[url] ?? {}), { meta: { url: "notebook:/x.js" } });
  await compute(gate, tell);
  for (const star of stars) for (const [name, value] of Object.entries(await star)) exports[name] ??= value;
  return exports;
}

describe("module", () => {
  it.each<[string, string, Values]>([
    ["constants", "export const a = 1, {b, c: [d]} = {b: 2, c: [3]};", { a: 1, b: 2, d: 3 }],
    [
      "a list with other names",
      'const a = 1; export {a, a as b, a as "c d", a as default};',
      { a: 1, b: 1, "c d": 1, default: 1 },
    ],
    ["a list before what it names", "export {a}; let a = 4;", { a: 4 }],
    ["a default expression", "export default 1 + 2;\n", { default: 3 }],
    ["a default object", "export default {a: 1}", { default: { a: 1 } }],
    ["a default arrow over two lines", "export default\n  (() => 5)()", { default: 5 }],
    ["names of another module", 'export {a, b as c, default as d} from "./y.js"', { a: "ya", c: "yb", d: "yd" }],
    ["all names of another module", 'export * from "./y.js"; export const a = 0;', { a: 0, b: "yb", default: "yd" }],
    ["another module as a name", 'export * as y from "./y.js";', { y: { a: "ya", b: "yb", default: "yd" } }],
    [
      "what it imports",
      'import d, {a as z} from "./y.js"; export {z}; export const e = d + z;',
      { z: "ya", e: "ydya" },
    ],
    ["what it awaits", "export const a = await Promise.resolve(7);", { a: 7 }],
    ["what it imports while it runs", 'export const a = (await import("./y.js")).a;', { a: "ya" }],
    ["its address", "export const a = import.meta.url;", { a: "notebook:/x.js" }],
    ["nothing", "", {}],
  ])("exports %s", async (_name, text, expected) => {
    expect({ ...(await run(text, { "./y.js": { a: "ya", b: "yb", default: "yd" } })) }).toEqual(expected);
  });

  it.each([
    ["export function f() { return g(); } function g() { return 1; }", "f"],
    ["export async function f() { return 1; }", "f"],
    ["export function* f() { yield 1; }", "f"],
    ["export class f { static one = 1 }", "f"],
    ["export default function f() { return 1; }", "default"],
    ["export default function () { return 1; }", "default"],
    ["export default function(a) { return a; }", "default"],
    ["export default async function *(a) { yield a; }", "default"],
    ["export default class { }", "default"],
    ["export default class extends Array { }", "default"],
    ["export default class A extends Array { }", "default"],
  ])("exports what %s declares", async (text, name) => {
    expect(typeof (await run(text))[name]).toBe("function");
  });

  it("exports live: a reader sees what a variable is now, and functions before the first line has run", async () => {
    const values = await run(
      "export let n = 0; export function add() { n += 1; } export default function () { return n }",
    );
    const { add, default: read } = values;
    if (typeof add !== "function" || typeof read !== "function") throw new Error("no function");
    add();
    expect([values["n"], read()]).toEqual([1, 1]);
  });

  it("keeps lines and columns", () => {
    const text =
      'import {a} from "./y.js";\nexport  const b = boom();\nexport default function () { boom(); }\nexport {a};\n  boom()';
    const lines = compileModule(text).body.split("\n");
    for (const [index, line] of text.split("\n").entries())
      if (line.includes("boom")) expect(lines[index + 1]?.indexOf("boom")).toBe(line.indexOf("boom"));
  });

  it("is strict and has no this", async () => {
    expect({ ...(await run("export const a = this, b = (function () { return this })();")) }).toEqual({
      a: undefined,
      b: undefined,
    });
  });

  it("says which files of the workspace it imports", () => {
    const text =
      'import "./a.js"; import d3 from "npm:d3"; import x from "../x.json" with {type: "json"}; export * from "/lib/b.mjs";' +
      'const c = () => import("./c.js"); import("https://example.com/x.js"); import {y} from "./n.html"; import z from "z.js";';
    expect(moduleImports(text).map(({ specifier, type, dynamic }) => [specifier, type, dynamic])).toEqual([
      ["./a.js", null, false],
      ["../x.json", "json", false],
      ["/lib/b.mjs", null, false],
      ["./c.js", null, true],
    ]);
    expect(moduleImports("const = 1")).toEqual([]);
  });

  it("refuses what cannot be parsed, with its place", () => {
    expect(() => compileModule("const a = 1;\nexport const = 2;")).toThrow(
      expect.objectContaining({ message: "Unexpected token", span: { start: 26, end: 27 } }),
    );
  });
});
