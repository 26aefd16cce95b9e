import { describe, expect, it } from "vitest";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { buildGraph } from "../../../cells/graph/build.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
import { comparedColumns, judgeDifference, onlyInSql } from "../../../cells/tests/difference.ts";
import { pairRows } from "../../../cells/tests/pair-rows.ts";
import { surroundingsOf, testedAsset } from "../../../cells/tests/surroundings.ts";
import { readSetting, readTestValue } from "../../../cells/tests/test-case.ts";
import { givenSql, readTestSql } from "../../../cells/tests/test-sql.ts";
import { notebook } from "../../support/workspace.ts";

describe("the tables of a SQL test", () => {
  it.each([
    ["SELECT 1", "", []],
    ["-- why\nWITH a AS (SELECT 1) SELECT 2", "-- why\nWITH a AS (SELECT 1)", ["a"]],
    ["with A as (select ')' as x), \"b c\" (y) as materialized (values (1)) from a", null, ["a", "b c"]],
    ["WITH RECURSIVE t(n) USING KEY (n) AS (SELECT (1)), u AS (FROM t) SELECT 1;", null, ["t", "u"]],
  ])("%s", (text, head, names) => {
    const read = readTestSql(text, 1);
    expect(read.names).toEqual(names);
    if (head !== null) expect(read.head).toBe(head);
    if (names.length > 0) expect(text.startsWith(read.head)).toBe(true);
  });

  it("are each a statement over those before it", () => {
    const read = readTestSql('WITH a AS (SELECT 1 AS x), "b""c" AS (FROM a) SELECT 2 AS x', 1);
    expect(givenSql(read, 'b"c')).toBe('WITH a AS (SELECT 1 AS x), "b""c" AS (FROM a) SELECT * FROM "b""c"');
  });

  it.each(["", "CREATE TABLE a AS SELECT 1", "SELECT 1; SELECT 2"])("are refused in %j", (text) => {
    expect(() => readTestSql(text, 7)).toThrow(/^a test is one statement: WITH tables in place of what is read/);
  });
});

describe("what a JavaScript test returns", () => {
  it("is complete with what it leaves out", () => {
    expect(readTestValue({ given: { a: [] }, expect: [1] })).toEqual({
      given: { a: [] },
      expect: [1],
      params: {},
      partition: null,
    });
    expect(readTestValue({ given: {}, expect: [], params: { n: 1 }, partition: "eu" })).toEqual({
      given: {},
      expect: [],
      params: { n: 1 },
      partition: "eu",
    });
  });

  it.each([null, 7, [], { given: {} }, { expect: [] }, { given: [], expect: [] }])("is refused: %j", (value) => {
    expect(() => readTestValue(value)).toThrow(/^a JavaScript test returns \{given:/);
  });

  it("has params and partition, which SQL has in the first rows of two tables", () => {
    expect(readSetting({ least: 1 }, { key: "2026-01-05" })).toEqual({
      params: { least: 1 },
      partition: "2026-01-05",
    });
    expect(readSetting(undefined, { key: 3 })).toEqual({ params: {}, partition: null });
  });
});

describe("what stands in place of what is read", () => {
  const text = notebook([
    ["sql", 'output="raw"', "SELECT * FROM 'raw.csv'"],
    ["sql", 'output="Orders" store="view"', "SELECT id FROM raw JOIN crm.people USING (id)"],
    ["sql", 'output="sums"', "SELECT count(*) AS n FROM orders, 'rates.csv'"],
  ]);
  const workspace = buildWorkspace([buildGraph("sales.html", parseNotebook(text).notebook)]);
  const read = (...given: readonly string[]) =>
    surroundingsOf(workspace, testedAsset(workspace, "sales.html", "sums"), given);

  it("is a table for the asset itself, whatever its case", () => {
    const file = { name: "rates.csv", file: "rates.csv", given: null };
    expect(read("orders")).toEqual({
      inputs: [{ key: "sales/Orders", name: "Orders", given: "orders" }],
      files: [file],
    });
  });

  it("is tables for what a virtual asset on the way reads, under the names that it has for them", () => {
    expect(read("raw", "crm.people", "rates.csv")).toEqual({
      inputs: [
        { key: "sales/raw", name: "raw", given: "raw" },
        { key: "crm/people", name: "crm.people", given: "crm.people" },
      ],
      files: [{ name: "rates.csv", file: "rates.csv", given: "rates.csv" }],
    });
    expect(read("raw", "people").inputs[1]).toEqual({ key: "crm/people", name: "crm.people", given: "people" });
  });

  it("must be there for each", () => {
    expect(() => read("raw")).toThrow(
      'sums reads crm.people, and the test gives nothing for it; add WITH "crm.people" AS (…), or given: {"crm.people": […]}',
    );
    expect(() => testedAsset(workspace, "sales.html", "none")).toThrow("sales.html defines no asset none");
  });
});

describe("the difference", () => {
  it("is looked for in the columns that are expected", () => {
    const column = (name: string) => ({ name, type: "INTEGER" });
    expect(comparedColumns(["a", "b"].map(column), ["c", "a"].map(column))).toEqual({ columns: ["a"], lacking: ["b"] });
    expect(onlyInSql(["a", 'b"'], "e", "t")).toBe('SELECT "a", "b""" FROM e EXCEPT ALL SELECT "a", "b""" FROM t');
    expect(onlyInSql(["a"], "e", null)).toBe('SELECT "a" FROM e');
  });

  it.each([
    [{ lacking: [], missing: 0, unexpected: 0 }, "passed", ""],
    [{ lacking: ["n", "m"], missing: 1, unexpected: 0 }, "failed", "sums has no column n, m"],
    [
      { lacking: [], missing: 1, unexpected: 2 },
      "failed",
      "rows of sums: 1 expected and not there, 2 there and not expected",
    ],
    [{ lacking: [], missing: 0, unexpected: 2 }, "failed", "rows of sums: 2 there and not expected"],
  ])("%j is %s", (difference, state, message) => {
    expect(judgeDifference("sums", difference)).toEqual({ state, message });
  });
});

describe("rows beside each other", () => {
  it("are those that are most alike, with the columns in which they differ", () => {
    const missing = [
      ["a", 1, 5],
      ["b", 2, 6],
    ];
    const unexpected = [
      ["b", 2, 7],
      ["z", 9, 9],
      ["a", 1, 6],
    ];
    expect(pairRows(missing, unexpected)).toEqual([
      { missing: 0, unexpected: 2, differs: [2] },
      { missing: 1, unexpected: 0, differs: [2] },
      { missing: null, unexpected: 1, differs: [] },
    ]);
  });

  it("are alone where nothing is alike, unless there is one of each", () => {
    expect(pairRows([[1]], [[2], [3]])).toEqual([
      { missing: 0, unexpected: null, differs: [] },
      { missing: null, unexpected: 0, differs: [] },
      { missing: null, unexpected: 1, differs: [] },
    ]);
    expect(pairRows([[1, "x"]], [[2, "y"]])).toEqual([{ missing: 0, unexpected: 0, differs: [0, 1] }]);
  });

  it("compare dates, lists and bigints by what they hold", () => {
    expect(
      pairRows(
        [[new Date(5), [1n], 0]],
        [
          [new Date(5), [1n], 1],
          [7, 7, 7],
        ],
      ),
    ).toEqual([
      { missing: 0, unexpected: 0, differs: [2] },
      { missing: null, unexpected: 1, differs: [] },
    ]);
  });
});
