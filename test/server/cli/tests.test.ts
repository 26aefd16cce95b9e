import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

const files = {
  "sales.html": notebook(
    [
      ["sql", 'output="raw"', "SELECT * FROM 'raw.csv'"],
      ["sql", 'output="orders" store="view"', "SELECT id, price * qty AS total FROM raw WHERE qty > ${params.least}"],
      ["sql", 'output="sums"', "SELECT count(*) AS n, sum(total) AS total FROM orders"],
      [
        "sql",
        'test="sums"',
        "WITH raw AS (FROM (VALUES (1, 2.5, 0), (2, 1.5, 2), (3, 2.0, 3)) AS t(id, price, qty)),\n  params AS (SELECT 1 AS least)\nSELECT 2 AS n, 9.0 AS total",
      ],
      ["sql", 'test="sums"', "WITH orders AS (SELECT 7 AS total) SELECT 1 AS n, 8 AS total"],
      ["sql", 'test="sums"', "SELECT 1 AS n"],
      ["js", 'output="labels"', "raw.map(({id}) => ({id, label: `#${id}`}))"],
      [
        "js",
        'test="labels"',
        "({given: {raw: [{id: 1}, {id: 2}]}, expect: [{id: 2, label: '#2'}, {id: 1, label: '#1'}]})",
      ],
      ["js", 'test="labels"', "({given: {raw: [{id: 1}]}, expect: [{id: 1, name: 'x'}]})"],
      [
        "sql",
        'output="day" partitions="daily from=2026-01-01"',
        "SELECT ${partition.key} AS key, count(*) AS n FROM raw",
      ],
      [
        "sql",
        'test="day"',
        "WITH Raw AS (SELECT 1 AS id), partition AS (SELECT '2026-01-05' AS key) SELECT '2026-01-05' AS key, 1 AS n",
      ],
      ["sql", 'output="dear"', "SELECT id FROM raw WHERE price > 9"],
      ["js", 'test="dear"', "({given: {raw: [{id: 1, price: 2}]}, expect: []})"],
      ["js", 'test="dear"', "({given: {raw: [{id: 1, price: 12}]}, expect: []})"],
      ["js", 'test="labels"', "({given: {raw: []}, expect: [{id: 1}]})"],
    ],
    `params='{"least": 5}'`,
  ),
  "raw.csv": "id,price,qty\n1,1,1\n",
  "wrong.html": notebook([
    ["sql", 'output="one"', "SELECT 1 AS x"],
    ["sql", 'test="two"', "SELECT 1 AS x"],
    ["md", 'test="one"', "prose"],
  ]),
};

describe("test cells", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const w = () => ["--workspace", folder.path];
  const told = (...asked: Parameters<typeof document>): Promise<Readonly<Record<string, unknown>>> =>
    document(...asked);

  it("compare what comes out of fixtures with what is expected", async () => {
    const report = await told(1, "test", "sales.html", ...w());
    const tests = report["tests"] as {
      cell: number;
      state: string;
      message: string;
      missing: unknown;
      unexpected: unknown;
    }[];
    expect(tests.map(({ cell, state, message }) => [cell, state, message])).toEqual([
      [4, "passed", ""],
      [5, "failed", "rows of sums: 1 expected and not there, 1 there and not expected"],
      [6, "errored", 'sums reads raw, and the test gives nothing for it; add WITH raw AS (…), or given: {"raw": […]}'],
      [8, "passed", ""],
      [9, "failed", "labels has no column name"],
      [11, "passed", ""],
      [13, "passed", ""],
      [14, "failed", "rows of dear: 1 there and not expected"],
      [15, "failed", "rows of labels: 1 expected and not there"],
    ]);
    expect(tests[1]).toMatchObject({ missing: [{ n: 1, total: 8 }], unexpected: [{ n: 1, total: 7 }] });
    // they are no assets, and nothing was recorded
    const { assets } = await told(0, "list", ...w());
    expect((assets as { key: string; status: string }[]).map(({ key, status }) => `${key} ${status}`)).toEqual([
      "sales/raw missing",
      "sales/orders virtual",
      "sales/sums missing",
      "sales/labels missing",
      "sales/day missing",
      "sales/dear missing",
      "wrong/one missing",
    ]);
  });

  it("say what is wrong with them in their place", async () => {
    const checked = await cellar(["check", "wrong.html", ...w()]);
    expect(lines(checked.out)).toEqual([
      'wrong.html:7:41 error: invalid test: "two" (cell 2): this notebook defines no asset two; there are one',
      'wrong.html:10:39 error: invalid test: "one" (cell 3): only a SQL or JavaScript cell can be a test',
      "1 notebook, 2 errors, 0 warnings",
    ]);
    const lost = await cellar(["test", "nowhere.html", ...w()]);
    expect([lost.code, lost.err]).toEqual([
      2,
      "cellar test: no notebook at nowhere.html in the workspace; give paths from its root, as in sales.html\n",
    ]);
  });

  it("pass where all do", async () => {
    await writeFile(
      join(folder.path, "good.html"),
      notebook([
        ["sql", 'output="one"', "SELECT x + 1 AS x FROM zero"],
        ["sql", 'output="zero"', "SELECT 0 AS x"],
        ["sql", 'test="one"', "WITH zero AS (SELECT 41 AS x) SELECT 42 AS x"],
      ]),
    );
    const said = await cellar(["test", "good.html", ...w()]);
    expect(said.code).toBe(0);
    expect(lines(said.out).at(-1)).toBe("1 passed, 0 failed, 0 could not be run");
  });
});
