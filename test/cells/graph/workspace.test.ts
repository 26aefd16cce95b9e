import { describe, expect, it } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { sourceKey, type Workspace } from "../../../cells/graph/workspace.ts";
import { workspaceOf, type Sketch } from "./notebooks.ts";

const sql = (output: string, source: string, attributes: Readonly<Record<string, string>> = {}): Sketch => [
  "sql",
  source,
  { output, ...attributes },
];
const node = (workspace: Workspace, key: string) => {
  const found = workspace.assets.get(AssetKey.parse(key));
  if (!found) throw new Error(`no ${key}`);
  return found;
};

describe("how an output is kept", () => {
  const cases: readonly [name: string, cell: Sketch, storage: Readonly<Record<string, string>>][] = [
    ["a table", sql("a", "select 1 as x"), { a: "stored" }],
    ["a view", sql("a", "select 1 as x", { store: "view" }), { a: "virtual" }],
    ["data", ["js", "const a = [1, 2]"], { a: "maybe" }],
    [
      "several",
      ["js", "const a = 1, b = () => a; function c() {}\nclass D {}"],
      { a: "maybe", b: "virtual", c: "virtual", D: "virtual" },
    ],
    ["an input", ["js", "const a = view(Inputs.range([0, 1]))"], { a: "virtual" }],
    ["a plot", ["js", "const a = Plot.plot({})"], { a: "virtual" }],
    ["markup", ["js", "const a = html`<b>1`; const b = await (htl.html`<i>`)"], { a: "virtual", b: "virtual" }],
    ["an import", ["js", 'import {x as a} from "./b.html"'], { a: "virtual" }],
    ["a generator", ["js", "const a = (function* () { yield 1; })()"], { a: "virtual" }],
    ["a mutable", ["js", "const a = Mutable(0)"], { a: "virtual" }],
    ["prose", ["md", "# hi", { output: "a" }], { a: "virtual" }],
    ["a value under a name", ["js", "[1, 2]", { output: "a" }], { a: "maybe" }],
    ["an element under a name", ["js", "Plot.plot({})", { output: "a" }], { a: "virtual" }],
    [
      "typed code",
      ["ts", "const a: (x: number) => number = (x) => x; const b: number = 1"],
      { a: "virtual", b: "maybe" },
    ],
    ["classic code", ["ojs", "a = function () {}"], { a: "virtual" }],
    ["a decided one", ["js", "const a = Plot.plot({})", { store: "json" }], { a: "stored" }],
    ["a check, which is no asset", sql("a", "select 1 where false", { check: "b" }), {}],
  ];
  it.each(cases)("%s", (_name, cell, storage) => {
    const { assets } = workspaceOf({ "n.html": [cell] });
    expect(Object.fromEntries([...assets.values()].map((asset) => [asset.name, asset.storage]))).toEqual(storage);
  });
});

describe("virtual assets are looked through", () => {
  const notebooks = (recent: string) => ({
    "sales.html": [
      sql("orders", "select 1 as id"),
      sql("recent", recent, { store: "view" }),
      sql("totals", "select count(*) as n from recent join orders using (id)"),
    ],
    "team/report.html": [
      ["js", 'import {recent} from "../sales.html"'],
      ["js", "const n = recent.length + params.least"],
      ["sql", "select * from recent", { output: "copy" }],
    ] satisfies readonly Sketch[],
  });
  const workspace = workspaceOf(notebooks("select * from orders"));

  it("sources are the nearest that are stored, through other notebooks", () => {
    expect(
      Object.fromEntries(
        [...workspace.assets].map(([key, { sources }]) => [key, sources.map((s) => [sourceKey(s), s.label])]),
      ),
    ).toEqual({
      "sales/orders": [],
      "sales/recent": [["sales/orders", "orders"]],
      "sales/totals": [["sales/orders", "recent > orders"]],
      "team/report/recent": [["sales/orders", "recent > orders"]],
      "team/report/n": [["sales/orders", "recent > recent > orders"]],
      "team/report/copy": [["sales/orders", "recent > recent > orders"]],
    });
  });

  it("the code of a view counts as that of whoever reads it, and of nobody else", () => {
    const after = workspaceOf(notebooks("select * from orders where id > 1"));
    const changed = [...after.assets.keys()].filter(
      (key) => node(after, key).effectiveCodeVersion !== node(workspace, key).effectiveCodeVersion,
    );
    expect(changed).toEqual([
      "sales/recent",
      "sales/totals",
      "team/report/recent",
      "team/report/n",
      "team/report/copy",
    ]);
  });

  it("white space and comments count for nothing", () => {
    const after = workspaceOf(notebooks("select *   from orders -- all"));
    expect([...after.assets.values()].map((asset) => asset.effectiveCodeVersion)).toEqual(
      [...workspace.assets.values()].map((asset) => asset.effectiveCodeVersion),
    );
  });

  it("order and readers cross notebooks", () => {
    expect(workspace.order).toEqual([
      "sales/orders",
      "sales/recent",
      "sales/totals",
      "team/report/recent",
      "team/report/n",
      "team/report/copy",
    ]);
    expect(workspace.readers.get(AssetKey.parse("sales/recent"))).toEqual(["sales/totals", "team/report/recent"]);
  });

  it("params are those of the notebook that reads them", () => {
    expect(
      [...workspace.assets.values()]
        .filter((asset) => asset.paramsOf.length > 0)
        .map((asset) => [asset.key, asset.paramsOf]),
    ).toEqual([["team/report/n", ["team/report.html"]]]);
  });
});

describe("between notebooks", () => {
  it("an asset that does not exist is a problem of the reader", () => {
    const { problems } = workspaceOf({
      "a.html": [sql("x", "select * from b.y"), sql("z", "select * from c.y")],
      "b.html": [sql("x", "select 1 as x")],
    });
    expect(problems.map(({ notebook, cell, code, message }) => [notebook, cell, code, message])).toEqual([
      ["a.html", 1, "asset_not_found", "asset b/y does not exist: notebook b defines no y; correct the reference"],
      ["a.html", 2, "asset_not_found", "asset c/y does not exist: there is no notebook c; correct the reference"],
    ]);
  });

  it("a circle through notebooks is shown on every member, and left out of the order", () => {
    const { problems, order } = workspaceOf({
      "a.html": [sql("x", "select * from b.y"), sql("w", "select * from x")],
      "b.html": [sql("y", "select * from a.x")],
    });
    expect(problems.map(({ notebook, cell, message }) => [notebook, cell, message])).toEqual([
      ["a.html", 1, "assets depend on each other in a circle: a/x → b/y → a/x; break it at one of them"],
      ["b.html", 1, "assets depend on each other in a circle: a/x → b/y → a/x; break it at one of them"],
    ]);
    expect(order).toEqual(["a/w"]);
  });

  it("two outputs of one cell never share a version", () => {
    const workspace = workspaceOf({ "a.html": [["js", "const x = 1, y = 2"]] });
    expect(node(workspace, "a/x").codeVersion).not.toBe(node(workspace, "a/y").codeVersion);
  });
});
