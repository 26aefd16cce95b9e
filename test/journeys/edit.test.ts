import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("edit → recompute → render: what depends on a changed cell follows, and the file has it", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", "const n = view(Inputs.range([0, 100], {step: 1, value: 5}));"],
      ["sql", 'pinned output="squares"', "SELECT i, i * i AS square FROM range(${n}) t(i)"],
      ["js", "pinned", "Array.from(squares, (row) => row.square).reduce((a, b) => a + b, 0)"],
      ["md", "", "There are **${squares.numRows}** squares."],
    ]),
  });
  const frame = await app.open("a.html");
  await shows(frame, "#cell-3 .cell-output", "30");
  await shows(frame, "#cell-4", "There are 5 squares.");
  await frame.locator("#cell-1 input[type=number]").fill("10");
  await shows(frame, "#cell-3 .cell-output", "285");
  await app.edit(2, "SELECT i, i + 1 AS square FROM range(${n}) t(i)");
  await shows(frame, "#cell-3 .cell-output", "55");
  await expect.poll(() => app.read("a.html")).toContain("i + 1 AS square");
  await app.edit(2, "SELECT nothing FROM range(${n}) t(i)");
  await shows(frame, "#cell-2 .cell-error", "nothing");
  await shows(frame, "#cell-3", "blocked by");
  await app.edit(2, "SELECT i AS square FROM range(3) t(i)");
  await shows(frame, "#cell-3 .cell-output", "3");
  expect(app.errors).toEqual([]);
});

test("a file that another editor changes appears at once", async () => {
  await using app = await openApp({ "a.html": notebook([["js", "pinned", "1 + 1"]]) });
  const frame = await app.open("a.html");
  await shows(frame, "#cell-1 .cell-output", "2");
  await app.write("a.html", notebook([["js", "pinned", "20 + 22"]]));
  await shows(frame, "#cell-1", "20 + 22");
});

test("A12 a notebook from elsewhere runs nothing before it is trusted", async () => {
  await using app = await openApp(
    { "a.html": notebook([["js", "pinned", "(document.title = 'it ran', 6 * 7)"]]) },
    { trustAll: false },
  );
  const frame = await app.open("a.html");
  await frame.waitForSelector("#cell-1");
  const bar = app.page.locator("cellar-notebook").getByRole("button", { name: /^(Run|Trust)/ });
  await bar.first().waitFor();
  expect(await frame.textContent("#cell-1")).not.toContain("42");
  await bar.first().click();
  await app.page.waitForFunction(() => document.querySelector("cellar-notebook") !== null);
  await shows(await app.frame(), "#cell-1 .cell-output", "42");
});
