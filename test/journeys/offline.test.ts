import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("after one visit the workspace opens, edits and recomputes with the server stopped, and saves when it is back", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", "const n = 4;"],
      ["sql", 'pinned output="squares"', "SELECT i * i AS square FROM range(${n}) t(i)"],
      ["js", "pinned", "squares.numRows"],
    ]),
  });
  let frame = await app.open("a.html");
  await shows(frame, "#cell-3 .cell-output", "4");
  // the precache, DuckDB in it, is whole once the worker is active
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await app.page.reload();
  await shows(await app.frame(), "#cell-3 .cell-output", "4");
  await app.stop();
  await app.page.reload();
  frame = await app.frame();
  await shows(frame, "#cell-3 .cell-output", "4");
  await app.edit(1, "const n = 7;");
  await shows(frame, "#cell-3 .cell-output", "7");
  expect(await app.read("a.html")).not.toContain("const n = 7;");
  await app.start();
  await expect.poll(() => app.read("a.html"), { timeout: 60_000 }).toContain("const n = 7;");
});
