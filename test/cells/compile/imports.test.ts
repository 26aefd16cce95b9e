import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { bundledPackages } from "../../../cells/compile/bundled.ts";
import { createImportGate } from "../../../cells/compile/import-gate.ts";
import { dedollar, resolveBundledImport, resolveImport } from "../../../cells/compile/imports.ts";
import { compile, evaluate } from "./support.ts";

const bundled: readonly (readonly [string, string])[] = [
  ["npm:d3", "cellar:d3"],
  ["d3", "cellar:d3"],
  ["npm:d3@7", "cellar:d3"],
  ["npm:d3@^7.8", "cellar:d3"],
  ["npm:d3@7.9.2", "cellar:d3"],
  ["npm:d3@6", "https://cdn.jsdelivr.net/npm/d3@6/+esm"],
  ["npm:d3@^7.99", "https://cdn.jsdelivr.net/npm/d3@^7.99/+esm"],
  ["npm:d3/dist/d3.js", "https://cdn.jsdelivr.net/npm/d3/dist/d3.js"],
  ["npm:d3-array", "cellar:d3"],
  ["npm:d3-hexbin", "https://cdn.jsdelivr.net/npm/d3-hexbin/+esm"],
  ["@observablehq/plot", "cellar:Plot"],
  ["npm:@observablehq/inputs", "cellar:Inputs"],
  ["apache-arrow", "cellar:Arrow"],
  ["npm:d3-array@3", "cellar:d3"],
  ["npm:d3-array@^3.2.1", "cellar:d3"],
  ["npm:d3-array@2", "https://cdn.jsdelivr.net/npm/d3-array@2/+esm"],
  ["lodash", "cellar:_"],
  ["npm:topojson-client@3", "cellar:topojson"],
  ["katex", "cellar:npm:katex"],
  ["https://cdn.jsdelivr.net/npm/htl/+esm", "cellar:htl"],
  ["https://cdn.jsdelivr.net/npm/@observablehq/inputs@0.12/+esm", "cellar:Inputs"],
  ["/npm/d3-path@3.1.0/+esm", "cellar:d3"],
  ["/npm/he@1/+esm", "https://cdn.jsdelivr.net/npm/he@1/+esm"],
  ["he", "https://cdn.jsdelivr.net/npm/he/+esm"],
  ["toString", "https://cdn.jsdelivr.net/npm/toString/+esm"],
  ["./sales.html", "./sales.html"],
  ["node:fs", "node:fs"],
  ["https://example.com/x.js", "https://example.com/x.js"],
];

describe("imports", () => {
  it.each(bundled)("%s comes from %s", (specifier, url) => {
    expect(resolveBundledImport(specifier)).toBe(url);
  });

  it("goes where Observable goes otherwise", () => {
    expect(
      ["npm:a@1/b", "jsr:@std/path", "observable:2d6bf7be248d66f3@1", "observable:@u/n/2", "d3"].map(resolveImport),
    ).toEqual([
      "https://cdn.jsdelivr.net/npm/a@1/b/+esm",
      "https://esm.sh/jsr/@std/path",
      "https://api.observablehq.com/d/2d6bf7be248d66f3@1.js?v=4",
      "https://api.observablehq.com/@u/n/2.js?v=4",
      "d3",
    ]);
  });

  it.each(bundledPackages.map(({ name, version }) => [name, version] as const))(
    "knows the version of %s that is installed",
    (name, version) => {
      expect({ ...manifest.dependencies }).toMatchObject({ [name]: version });
    },
  );

  it("reads the names of classic notebooks", () => {
    expect(["viewof$x", "a$$b", "$", "plain"].map(dedollar)).toEqual(["viewof x", "a$b", " ", "plain"]);
  });

  const gate = createImportGate({
    url: "notebook:sales",
    resolve: resolveBundledImport,
    load: async ({ url, names, type }) => ({ default: [url, names, type], one: 1, "a-b": 2 }),
  });

  it("binds default, named and namespace imports in one go, and keeps the lines", async () => {
    const compiled = compile(
      'import d, {one as a, "a-b" as b} from "./x.json" with {type: "json"}\nimport * as ns from "d3"\nconst c = ns.one',
    );
    expect(await evaluate(compiled, { "@import": gate })).toEqual({
      d: ["./x.json", ["default", "one", "a-b"], "json"],
      a: 1,
      b: 2,
      ns: { default: ["cellar:d3", null, null], one: 1, "a-b": 2 },
      c: 1,
    });
    expect(compiled.imports).toEqual([
      { specifier: "./x.json", names: { default: "d", one: "a", "a-b": "b" }, span: { start: 0, end: 68 } },
      { specifier: "d3", names: { "*": "ns" }, span: { start: 69, end: 93 } },
    ]);
  });

  it("says which export is not there", async () => {
    await expect(evaluate(compile('import {foo} from "npm:x";'), { "@import": gate })).rejects.toThrow(
      new SyntaxError("export 'foo' not found"),
    );
  });

  it("gives import(), import.meta and its options to the gate", async () => {
    const compiled = compile(
      '[await import("npm:d3"), await import(u, {with: {type: "json"}}), import.meta.url, import.meta.resolve("d3")]',
    );
    expect(await evaluate(compiled, { "@import": gate, u: "./y" })).toEqual([
      { default: ["cellar:d3", null, null], one: 1, "a-b": 2 },
      { default: ["./y", null, "json"], one: 1, "a-b": 2 },
      "notebook:sales",
      "cellar:d3",
    ]);
  });

  it("ends the statement before an import that stood between two lines", async () => {
    const compiled = compile('const a = f\nimport "npm:x"\n(1)');
    expect(await evaluate(compiled, { "@import": gate, f: 1 })).toEqual({ a: 1 });
  });

  it("refuses notebooks of observablehq.com where a kernel cannot reach them", async () => {
    const compiled = compile('import {x} from "observable:@u/n"');
    expect(compiled.inputs.map(({ name }) => name)).toEqual(["@variable", "@import"]);
    await expect(evaluate(compiled, { "@import": gate })).rejects.toMatchObject({ code: "type_unsupported" });
  });
});
