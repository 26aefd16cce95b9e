import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("what a cell prints stands under it, with levels, values to open and a count", async () => {
  await using app = await openApp({
    "a.html": notebook([
      [
        "js",
        "pinned",
        'console.log("rows", {a: [1, 2]}); console.warn("careful %d", 3); console.error(new TypeError("no")); 7',
      ],
      ["js", "pinned", 'console.table([{x: 1, y: "one"}, {x: 2, y: "two"}]);'],
      ["js", "pinned", "1 + 1"],
    ]),
  });
  const frame = await app.open("a.html");
  await shows(frame, "#cell-1 .cell-console summary", "Console 3");
  expect((await frame.textContent("#cell-1 .cell-console summary"))?.trim()).toBe("Console 31 warning1 error");
  const lines = await frame.$$eval("#cell-1 .console-line", (all) =>
    all.map((line) => [line.getAttribute("data-level"), line.textContent?.replace(/\s+/g, " ")]),
  );
  expect(lines).toEqual([
    ["log", "rows Object {a: Array(2)}"],
    ["warn", "warning: careful 3"],
    ["error", "error: TypeError: no"],
  ]);
  await frame.click("#cell-1 .console-value a");
  await shows(frame, "#cell-1 .console-line", "Array(2) [1, 2]");
  expect(
    await frame.$$eval("#cell-2 .console-table tr", (rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent)),
    ),
  ).toEqual([
    ["", "x", "y"],
    ["0", "1", "one"],
    ["1", "2", "two"],
  ]);
  expect(await frame.$("#cell-3 .cell-console")).toBeNull();

  await frame.click("#cell-1 .cell-console summary");
  await app.edit(1, 'console.log("again"); display(8);');
  await shows(frame, "#cell-1 .cell-output", "8");
  await shows(frame, "#cell-1 .cell-console summary", "Console 1");
  expect(await frame.$eval("#cell-1 details", (details) => details.hasAttribute("open"))).toBe(false);
  await app.edit(1, "9");
  await frame.waitForFunction(() => document.querySelector("#cell-1 .cell-console") === null);
  expect(app.errors).toEqual([]);
});

test("a cell that prints 100,000 lines is counted, and the page goes on", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", 'for (let i = 0; i < 100_000; i++) console.log("line", i, {i});\n"done"'],
      ["js", "pinned", "1 + 1"],
    ]),
  });
  const frame = await app.open("a.html");
  await shows(frame, "#cell-1 .cell-console summary", "Console 100,000");
  await shows(frame, "#cell-2 .cell-output", "2");
  expect(await frame.textContent("#cell-1 .console-note")).toBe("100,000 lines were printed; the last 1,000 are kept.");
  expect(
    await frame.$$eval("#cell-1 .console-line", (all) => [all.length, all.at(-1)?.textContent?.replace(/\s+/g, " ")]),
  ).toEqual([100, "line 99999 Object {i: 99999}"]);
  await frame.click("#cell-1 .console-scroll > .link");
  await frame.waitForFunction(() => document.querySelectorAll("#cell-1 .console-line").length === 200);
  expect(app.errors).toEqual([]);
});
