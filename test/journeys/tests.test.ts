import { expect, test } from "vitest";
import type { Frame } from "playwright-core";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

const tested = "SELECT region, count(*) AS n, sum(total) AS total FROM orders GROUP BY region";
const files = {
  "sales.html": notebook(
    [
      ["sql", 'output="raw" pinned', "SELECT * FROM 'raw.csv'"],
      [
        "sql",
        'output="orders" pinned store="view"',
        "SELECT region, price * qty AS total FROM raw WHERE qty > ${params.least}",
      ],
      ["sql", 'output="sums" pinned', tested],
      [
        "sql",
        'test="sums" pinned',
        "WITH raw AS (FROM (VALUES ('eu', 2.5, 0), ('eu', 1.5, 2), ('us', 2.0, 3)) AS t(region, price, qty))\nSELECT * FROM (VALUES ('us', 1, 6.0), ('eu', 1, 3.0)) AS t(region, n, total)",
      ],
      ["js", 'output="labels" pinned', "[...raw].map(({region}) => ({region, label: shout(region)}))"],
      ["js", "pinned", "const shout = (text) => text.toUpperCase();"],
      [
        "js",
        'test="labels" pinned',
        "({given: {raw: [{region: 'x'}, {region: 'y'}]}, expect: ['y', 'x'].map((region) => ({region, label: shout(region)}))})",
      ],
    ],
    `params='{"least": 0}'`,
  ),
  "raw.csv": "region,price,qty\nasia,1,1\n",
};
/** Resolves when the verdict of a cell is this, or begins so. */
const says = (frame: Frame, cell: number, text: string): Promise<unknown> =>
  frame.waitForFunction(
    ([at, wanted]) => document.querySelector(at)?.textContent?.replace(/\s+/g, " ").trim().startsWith(wanted) ?? false,
    [`#cell-${cell} .verdict:not([data-running])`, text] as const,
  );
const differing = (frame: Frame, cell: number) =>
  frame.$$eval(`#cell-${cell} .verdict-rows tbody tr`, (rows) =>
    rows.map((row) =>
      [...row.children].map((value) => (value.querySelector("mark") ? "*" : "") + value.textContent?.trim()),
    ),
  );

test("a test follows its asset and its tables: it passes, fails with the rows that differ, and passes again", async () => {
  await using app = await openApp(files);
  const frame = await app.open("sales.html");
  await says(frame, 4, "passed: all 2 rows of sums are as expected");
  await says(frame, 7, "passed: all 2 rows of labels are as expected");
  expect(await frame.getAttribute("#cell-4", "aria-label")).toBe("Cell 4, SQL, test passed");

  // another asset
  await app.edit(3, tested.replace("sum(total)", "max(total) + 1"));
  await says(frame, 4, "failed: 2 rows of sums differ");
  expect(await differing(frame, 4)).toEqual([
    ["expected", "eu", "1", "*3.0"],
    ["came out", "eu", "1", "*4.0"],
    ["expected", "us", "1", "*6.0"],
    ["came out", "us", "1", "*7.0"],
  ]);
  expect(await frame.getAttribute("#cell-4", "data-state")).toBe("failed");
  // an asset that is wrong: where
  await app.edit(3, tested.replace("total)", "totl)"));
  await says(frame, 4, 'could not be run: Binder Error: Referenced column "totl" not found');
  await frame.click("#cell-4 .verdict .link");
  await frame.waitForFunction(() => document.querySelector("#cell-3 .cm-editor.cm-focused") !== null);
  await app.edit(3, tested);
  await says(frame, 4, "passed");

  // a virtual cell on the way, and other tables
  await app.edit(2, "SELECT region, price * qty AS total FROM raw");
  await says(frame, 4, "failed: 1 row of sums differs");
  await app.edit(
    4,
    "WITH orders AS (SELECT 'eu' AS region, 7 AS total) SELECT 'eu' AS region, 7 AS total, 'x' AS extra",
  );
  await says(frame, 4, "failed: sums has no column extra");
  await app.edit(4, "WITH orders AS (SELECT 'eu' AS region, 7 AS total) SELECT 'eu' AS region, 7.0 AS total");
  await says(frame, 4, "passed: the row of sums is as expected");
  await app.edit(4, "SELECT 1 AS n");
  await says(frame, 4, "could not be run: sums reads raw, and the test gives nothing for it; add WITH raw AS (…)");

  // a function that both read
  await app.edit(6, "const shout = (text) => `${text}!`;");
  await says(frame, 7, "passed");
  await app.edit(7, "({given: {raw: [{region: 'x'}]}, expect: [{region: 'x', label: 'X'}]})");
  await says(frame, 7, "failed: 1 row of labels differs");
  expect(await differing(frame, 7)).toEqual([
    ["expected", "x", "*X"],
    ["came out", "x", "*x!"],
  ]);

  // none of this is the notebook's own
  await shows(frame, "#cell-3 .cell-output", "asia");
  await shows(frame, "#cell-5 .cell-output", "Array(1)");
  expect(app.errors).toEqual([]);
});

test("a check says how many rows are wrong and what that means, whatever it gives", async () => {
  await using app = await openApp({
    "checks.html": notebook([
      ["sql", 'output="raw" pinned', "SELECT * FROM range(3) AS t(n)"],
      ["sql", 'check="raw" pinned', "FROM raw WHERE n < 0"],
      ["sql", 'check="raw" severity="warn"', "FROM raw WHERE n > 0"],
      ["js", 'check="raw" blocking', "[...raw].filter(({n}) => n > 1)"],
      ["js", 'check="raw" output="ok"', "({passed: false, mean: 3})"],
      ["js", 'check="raw"', "const listed = [1, 2];"],
      ["js", 'check="raw"', "17"],
    ]),
  });
  const frame = await app.open("checks.html");
  await says(frame, 2, "passed: no rows are wrong");
  expect(await frame.isVisible("#cell-2 .cell-output")).toBe(false);
  await says(frame, 3, "2 rows are wrong (warn)");
  await frame.waitForFunction(() => document.querySelectorAll("#cell-3 .cell-output .grid-row").length === 2);
  await says(frame, 4, "1 row is wrong (error, blocking: the server keeps raw from its readers)");
  await says(frame, 5, "it says that it failed (error)");
  await says(frame, 6, "2 rows are wrong (error)");
  await says(frame, 7, "could not be carried out: a check gives the rows that are wrong");
  await app.edit(2, "FROM raw WHERE n < 1");
  await says(frame, 2, "1 row is wrong (error)");
  await frame.waitForFunction(() => document.querySelector("#cell-2 .cell-output cellar-grid")?.checkVisibility());
  expect(app.errors).toEqual([]);
});
