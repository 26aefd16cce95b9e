import { expect, test } from "vitest";
import { canonicalBody } from "../../../cells/compile/compile.ts";
import type { CompiledCell } from "../../../cells/compile/compiled-cell.ts";
import { compileSql } from "../../../cells/compile/sql.ts";
import { toCell, type CellSpec } from "../../../cells/model/cell.ts";

const compile = (source: string, spec: Partial<CellSpec> = {}): CompiledCell =>
  compileSql(toCell({ id: 7, kind: "sql", source, ...spec }));

/** Calls the body as the kernel does; gives what it hands to the kernel. */
function call({ body, inputs }: CompiledCell, values: Readonly<Record<string, unknown>>): unknown {
  const compute: unknown = (0, eval)(`"use strict";(${body})`);
  if (typeof compute !== "function") throw new Error("the body is no function");
  return compute((params: readonly unknown[]) => params, ...inputs.map(({ name }) => values[name]));
}

test("a cell as data: inputs in order of first use, tables, files, the template", () => {
  const source = "from orders o, sales.\"Items\", 'x.csv'\nwhere o.a = ${b} and o.c = ${a + b}";
  expect(compile(source, { output: "rows" })).toEqual({
    id: 7,
    kind: "sql",
    inputs: [
      {
        name: "b",
        spans: [
          { start: 52, end: 53 },
          { start: 71, end: 72 },
        ],
      },
      { name: "a", spans: [{ start: 67, end: 68 }] },
    ],
    tables: [
      { schema: null, name: "orders", spans: [{ start: 5, end: 11 }] },
      { schema: "sales", name: "Items", spans: [{ start: 15, end: 28 }] },
    ],
    outputs: [{ name: "rows", spans: [] }],
    output: "rows",
    body: `(__sql, b, a) => __sql([\n${" ".repeat(37)}\n${" ".repeat(12)} (b)${" ".repeat(11)},(a + b)\n])`,
    sql: { strings: [source.slice(0, 50), " and o.c = ", ""], offsets: [0, 54, 73], expressions: ["b", "a + b"] },
    autodisplay: true,
    autoview: false,
    automutable: false,
    async: false,
    files: [{ name: "x.csv", spans: [{ start: 30, end: 37 }] }],
    databases: [],
    secrets: [],
    assets: [],
    partitionNames: [],
    imports: [],
    volatile: [],
    diagnostics: [],
  });
});

test("the body gives the kernel the values of its parameters, each as often as it stands there", async () => {
  expect(call(compile("select ${a}, ${[a, b]}, ${a}"), { a: 1, b: 2 })).toEqual([1, [1, 2], 1]);
  expect(call(compile("select 1"), {})).toEqual([]);
  expect(call(compile("select ${x // y\n}, ${(1, 2)}, ${{a: x}.a}"), { x: 3 })).toEqual([3, 2, 3]);
  const awaits = compile("select ${await p}");
  expect(awaits.async).toBe(true);
  expect(await call(awaits, { p: Promise.resolve(5) })).toEqual([5]);
});

test.each(["", " ", "\n-- nothing yet\n", "/* ${x} */ ;"])("a text without a statement is no query: %j", (source) => {
  const compiled = compile(source, { output: "rows" });
  expect(compiled).toMatchObject({
    sql: null,
    tables: [],
    inputs: [],
    autodisplay: false,
    output: "rows",
    diagnostics: [],
  });
  expect(call(compiled, {})).toBe(undefined);
});

test("hidden and output say what is shown and named", () => {
  expect(compile("select 1", { hidden: true }).autodisplay).toBe(false);
  expect(compile("select 1", { hidden: true, output: "x" })).toMatchObject({
    output: "x",
    autoview: false,
    outputs: [{ name: "x" }],
  });
});

test("a database has tables and files of its own, and is not known to give the same twice", () => {
  expect(compile("select * from orders, 'x.csv' where a = ${b}", { database: "pg" })).toMatchObject({
    inputs: [{ name: "b" }],
    tables: [],
    files: [],
    databases: ["pg"],
    volatile: ["database pg"],
  });
  // strings of other engines end elsewhere
  const [warning, ...rest] = compile("select 'it\\'s'", { database: "mysql" }).diagnostics;
  expect(warning).toMatchObject({ severity: "warning", message: "the string is never closed; end it with '" });
  expect(rest).toEqual([]);
});

test("var:NAME asks the client of that name as a tag; var:db is the notebook's engine", () => {
  const compiled = compile("select ${x}, '\\d' from t", { database: "var:client" });
  expect(compiled).toMatchObject({ inputs: [{ name: "client" }, { name: "x" }], tables: [], databases: [] });
  const client = {
    sql: (strings: TemplateStringsArray, ...params: readonly unknown[]) => [strings, strings.raw, params],
  };
  const strings = ["select ", ", '\\d' from t"];
  expect(call(compiled, { client, x: 1 })).toEqual([Object.assign([...strings], { raw: strings }), strings, [1]]);
  expect(compile("from t", { database: "var:db" })).toMatchObject({ inputs: [], tables: [{ name: "t" }] });
});

test("what JavaScript reads in a parameter counts as it does in JavaScript", () => {
  const compiled = compile(
    "select ${asset('sales/orders')}, ${FileAttachment('a.json').json()}, ${secret('KEY')}, ${Math.random()}, random()",
  );
  expect(compiled).toMatchObject({
    assets: [{ name: "sales/orders" }],
    files: [{ name: "a.json" }],
    secrets: ["KEY"],
    volatile: ["random()", "Math.random"],
  });
});

const problems: readonly (readonly [
  source: string,
  severity: string,
  message: string,
  span: readonly [number, number],
])[] = [
  ["select 'a", "error", "the string is never closed; end it with '", [7, 8]],
  ["select 1 /* a", "error", "the comment is never closed; end it with */", [9, 11]],
  ["select ${a", "error", "the ${ is never closed; end it with }", [7, 9]],
  ["select ${}", "error", "Unexpected token (1:9)", [9, 10]],
  ["select\n ${a b}", "error", "Unexpected token (2:5)", [12, 13]],
  ["select ${a = 1}", "error", "Assignment to external variable 'a' (1:9)", [9, 10]],
  ["select ${__sql}", "error", "Identifier '__sql' is reserved (1:9)", [9, 14]],
  ["from ${t}", "warning", "a parameter cannot stand for a table; write the name of the table", [5, 9]],
  ["select $1", "warning", "no value is bound to $1; write ${…} with an expression in it", [7, 9]],
];

test.each(problems)("tells what is wrong with %j", (source, severity, message, [start, end]) => {
  const compiled = compile(source);
  expect(compiled.diagnostics).toEqual([
    { code: "cell_syntax", severity, message, cell: 7, span: { start, end }, attribute: null },
  ]);
  expect(compiled.body === null).toBe(severity === "error");
});

test("what cannot run still tells what it reads", () => {
  expect(compile("from a join b using (x) where y = ${c} and z = 'oops")).toMatchObject({
    body: null,
    inputs: [{ name: "c" }],
    tables: [{ name: "a" }, { name: "b" }],
  });
});

test("the code version of a cell does not follow its white space and comments, in SQL and in JavaScript", () => {
  const canonical = (source: string): string => {
    const cell = toCell({ id: 1, kind: "sql", source });
    return canonicalBody(cell, compileSql(cell));
  };
  expect(canonical("SELECT x -- a\nFROM t WHERE y = ${ a+1 /* b */ };")).toBe(
    canonical("select x from t where y=${a + 1}"),
  );
  expect(canonical("select ${a}")).not.toBe(canonical("select ${b}"));
});
