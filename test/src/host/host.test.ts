import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeArrow } from "../../../cells/data/arrow.ts";
import type { StoredResult } from "../../../src/host/ports.ts";
import type { MemoryNotebook } from "../../support/page/memory-ports.ts";
import { notebookOf, openPage, type CellSource, type OpenPage } from "../../support/open-page.ts";

let app: OpenPage;
let parquet: Uint8Array;
beforeAll(async () => {
  app = await openPage();
  const folder = await mkdtemp(join(tmpdir(), "cellar-host-"));
  const native = await (await DuckDBInstance.create()).connect();
  const file = join(folder, "a.parquet");
  await native.run(
    `COPY (SELECT i::int AS id, (i / 4)::DECIMAL(9, 2) AS price, DATE '2024-01-01' + i::int AS day, [i, i + 1] AS pair FROM range(3) t(i)) TO '${file}' (FORMAT parquet)`,
  );
  parquet = new Uint8Array(await readFile(file));
  native.closeSync();
  await rm(folder, { recursive: true });
});
afterAll(() => app.close());

/** The rows of the grid of a cell as texts; the engine's own error where it has one. */
async function rowsOf(frame: Frame, cell: number): Promise<readonly (readonly string[])[] | string> {
  await frame.waitForSelector(`#cell-${cell} .grid-row .grid-cell:not([data-pending]), #cell-${cell} .cell-error`);
  const error = await frame.$(`#cell-${cell} .error-text`);
  if (error) return (await error.textContent()) ?? "";
  return frame.$$eval(`#cell-${cell} .grid-row`, (rows) =>
    rows.map((row) => [...row.children].map(({ textContent }) => textContent ?? "")),
  );
}
const run = async (options: Omit<MemoryNotebook, "text">, ...cells: readonly CellSource[]): Promise<Frame> => {
  // bytes cross to the page as lists
  const plain = JSON.parse(
    JSON.stringify(options, (_key, value: unknown) => (value instanceof Uint8Array ? { bytes: [...value] } : value)),
  ) as typeof options;
  return app.open({ ...plain, text: notebookOf(...cells) });
};
const outcomes = (): Promise<Record<string, number>> =>
  app.page.evaluate(() => ({ ...Reflect.get(globalThis, "page").current.element.session.outcomes }));

describe("files that SQL reads by name", () => {
  it.each([
    [
      "csv",
      "a,b\n1,x\n2,\n",
      "FROM 'data.csv'",
      [
        ["1", "x"],
        ["2", "null"],
      ],
    ],
    ["csv with options", "a;b\n1;x\n", "FROM read_csv('data.csv', delim = ';')", [["1", "x"]]],
    ["tsv", "a\tb\n1\tx y\n", "FROM 'data.tsv'", [["1", "x y"]]],
    ["json", '[{"a": 1, "b": {"c": [1, 2]}}]', "SELECT a, b.c[2] AS c FROM 'data.json'", [["1", "2"]]],
    ["json lines", '{"a": 1}\n{"a": 2}\n', "FROM 'data.ndjson'", [["1"], ["2"]]],
    ["text", "hello", "SELECT content FROM read_text('data.txt')", [["hello"]]],
  ])("%s", async (_name, content, sql, rows) => {
    const name = /'(data\.\w+)'/.exec(sql)?.[1] ?? "";
    expect(await rowsOf(await run({ files: { [name]: content } }, ["sql", sql]), 1)).toEqual(rows);
  });

  it("parquet, with its types", async () => {
    const frame = await run(
      { files: { "a.parquet": parquet } },
      ["sql", "FROM 'a.parquet'"],
      ["sql", "SELECT count(*) AS n FROM read_parquet('a.parquet')"],
    );
    expect(await rowsOf(frame, 1)).toEqual([
      ["0", "0.00", "2024-01-01", "[0,1]"],
      ["1", "0.25", "2024-01-02", "[1,2]"],
      ["2", "0.50", "2024-01-03", "[2,3]"],
    ]);
    expect(await frame.$$eval("#cell-1 .grid-type", (all) => all.map(({ textContent }) => textContent))).toEqual([
      "int32",
      "decimal(9,2)",
      "date",
      "bigint[]",
    ]);
    expect(await rowsOf(frame, 2)).toEqual([["3"]]);
  });

  it("arrow", async () => {
    const arrow = encodeArrow([{ a: 1.5, b: "x" }]);
    const frame = await run({ files: { "a.arrow": arrow ?? new Uint8Array() } }, ["sql", "FROM 'a.arrow'"]);
    expect(await rowsOf(frame, 1)).toEqual([["1.5", "x"]]);
  });

  it("a file that is not there, and one that is no Parquet, say so", async () => {
    const frame = await run(
      { files: { "b.parquet": "no parquet" } },
      ["sql", "FROM 'missing.csv'"],
      ["sql", "FROM 'b.parquet'"],
    );
    expect(await rowsOf(frame, 1)).toContain("missing.csv");
    expect(await rowsOf(frame, 2)).toContain("b.parquet cannot be read as Parquet");
  });

  it("nothing outside is read", async () => {
    const frame = await run(
      {},
      ["sql", `SELECT * FROM read_text('${app.server.origin}/frame')`],
      ["sql", "ATTACH 'opfs://x.db'; SELECT 1"],
      ["sql", "SET enable_external_access = true"],
    );
    expect(await rowsOf(frame, 1)).toMatch(/not found|disabled/i);
    expect(await rowsOf(frame, 2)).toMatch(/not found/);
    expect(await rowsOf(frame, 3)).toMatch(/Error/);
  });
});

describe("values of JavaScript in SQL", () => {
  it.each([
    ["a number", "42", "42"],
    ["a fraction", "0.1", "0.1"],
    ["a text with quotes", '"it\'s; drop table x --"', "it's; drop table x --"],
    ["a text that looks like a parameter", '"$1 ${x}"', "$1 ${x}"],
    ["a bigint", "9007199254740993n", "9007199254740993"],
    ["a date", "new Date(Date.UTC(2024, 0, 31, 12))", "2024-01-31 12:00:00"],
    ["null", "null", "null"],
    ["a list", "[1, 2, 3]", "[1,2,3]"],
    ["infinity", "Infinity", "Infinity"],
  ])("%s is bound", async (_name, expression, shown) => {
    const frame = await run({}, ["js", `const v = ${expression};`], ["sql", "SELECT ${v} AS v, '${v}' AS quoted"]);
    expect(await rowsOf(frame, 2)).toEqual([[shown, "${v}"]]);
  });

  it("rows of JavaScript are a table", async () => {
    const frame = await run(
      {},
      ["js", 'const people = [{name: "Ada", born: 1815}, {name: "Alan", born: 1912}];'],
      ["sql", "SELECT name FROM people WHERE born > 1900"],
    );
    expect(await rowsOf(frame, 2)).toEqual([["Alan"]]);
  });
});

describe("statements", () => {
  it.each([
    [
      "several, the last gives the rows",
      "CREATE TABLE t AS SELECT 1 AS a; INSERT INTO t VALUES (2); FROM t",
      [["1"], ["2"]],
    ],
    ["summarize", "SELECT column_name FROM (SUMMARIZE SELECT 1 AS a)", [["a"]]],
    ["describe", "DESCRIBE SELECT 1 AS a", [["a", "INTEGER", "YES", "null", "null", "null"]]],
    ["pivot", "PIVOT (SELECT 'x' AS k, 2 AS v) ON k USING sum(v)", [["2"]]],
    ["a comment at the end", "SELECT 1 AS a -- done", [["1"]]],
    ["today without ICU", "SELECT today() = current_date AS same", [["true"]]],
    ["a semicolon in a text", "SELECT ';' AS a;", [[";"]]],
  ])("%s", async (_name, sql, rows) => {
    expect(await rowsOf(await run({}, ["sql", sql]), 1)).toEqual(rows);
  });

  it("an equal query is not computed again", async () => {
    const frame = await run(
      {},
      ["js", "const n = 5;"],
      ["sql", "SELECT ${n} AS n", 'output="a"'],
      ["sql", "SELECT n + 1 AS m FROM a"],
    );
    expect(await rowsOf(frame, 3)).toEqual([["6"]]);
    expect(await outcomes()).toMatchObject({ computed: 2, remembered: 0, hydrated: 0 });
    await frame.click("#cell-2 .gutter-run");
    await frame.waitForSelector("#cell-2[data-state=fresh]");
    await expect.poll(outcomes).toMatchObject({ computed: 2, remembered: 1, hydrated: 0 });
  });
});

describe("what the server has", () => {
  const result = (sha256: string): StoredResult => ({
    format: "parquet",
    sha256,
    dataVersion: `v-${sha256}`,
    rows: 3,
    bytes: 1,
    schema: [],
    createdAt: 0,
  });

  it("is loaded instead of computed, and what depends on it finds its own", async () => {
    const frame = await run(
      { blobs: { h1: parquet, h2: parquet }, stored: { orders: result("h1"), totals: result("h2") } },
      ["sql", "SELECT error('computed!') AS id", 'output="orders"'],
      ["sql", "SELECT error('computed!') AS id FROM orders", 'output="totals"'],
      ["sql", "SELECT sum(id) AS s FROM totals", 'output="own"'],
    );
    expect(await rowsOf(frame, 3)).toEqual([["3"]]);
    expect(await outcomes()).toMatchObject({ computed: 1, remembered: 0, hydrated: 2 });
  });

  it("an asset of another notebook is a table by its name, and rows in JavaScript", async () => {
    const frame = await run(
      { blobs: { h1: parquet }, assets: { "sales/orders": result("h1") } },
      ["sql", "SELECT max(price) AS p FROM sales.orders"],
      ["js", '(await asset("sales/orders")).length'],
    );
    expect(await rowsOf(frame, 1)).toEqual([["0.50"]]);
    await frame.waitForFunction(() => document.querySelector("#cell-2 .cell-output")?.textContent === "3");
  });
});
