import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

/** Sixty cells, so that those at the end have no editor yet. */
const many = notebook([
  ["js", "pinned", "const price = 1;"],
  ...Array.from(
    { length: 58 },
    (_, at) => ["js", "pinned", `const other${at} = ${at};\n// a line\n// another`] as const,
  ),
  ["js", "", "display(price + 1); // Price"],
]);

test("Ctrl-F finds in cells that have no editor yet, replaces everywhere, and one undo takes it back", async () => {
  await using app = await openApp({ "a.html": many });
  const { page } = app;
  const frame = await app.open("a.html");
  await shows(frame, "#cell-60 .cell-output", "2");
  expect(await frame.$("#cell-60 .cm-content")).toBeNull();
  await frame.click("#cell-1 .cell-source");
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("ControlOrMeta+f");
  const bar = frame.getByRole("search", { name: "Find in the notebook" });
  await bar.getByRole("textbox", { name: "Find" }).fill("price");
  const count = bar.locator(".find-count");
  await expect.poll(() => count.textContent()).toBe("1 of 3");
  await page.keyboard.press("Enter");
  await expect.poll(() => count.textContent()).toBe("2 of 3");
  // its source was not shown, and is now, with the place in sight
  await frame.waitForSelector("#cell-60 .cm-found-here");
  expect(await frame.$eval("#cell-60 .cm-found-here", (mark) => mark.getBoundingClientRect().top < innerHeight)).toBe(
    true,
  );
  await page.keyboard.press("Alt+c");
  await expect.poll(() => count.textContent()).toBe("2 of 2");
  await page.keyboard.press("Shift+Enter");
  await expect.poll(() => count.textContent()).toBe("1 of 2");

  await page.keyboard.press("ControlOrMeta+h");
  await bar.getByRole("textbox", { name: "Replace by" }).fill("cost");
  await bar.getByRole("button", { name: "Replace all" }).click();
  await expect.poll(() => bar.locator(".find-said").textContent()).toContain("2 replaced in 2 cells");
  await expect.poll(() => app.read("a.html")).toContain("display(cost + 1); // Price");
  expect(await app.read("a.html")).toContain("const cost = 1;");
  await bar.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => app.read("a.html")).toContain("const price = 1;");
  expect(await app.read("a.html")).toContain("display(price + 1); // Price");
  expect(app.errors).toEqual([]);
});

test("a regular expression with groups replaces one by one, and closing runs what changed", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", 'const words = "one-two";'],
      ["js", "pinned", "words.toUpperCase()"],
    ]),
  });
  const { page } = app;
  const frame = await app.open("a.html");
  await shows(frame, "#cell-2 .cell-output", "ONE-TWO");
  await frame.focus("#cell-1");
  await page.keyboard.press("ControlOrMeta+h");
  const bar = frame.getByRole("search", { name: "Find in the notebook" });
  const field = bar.getByRole("textbox", { name: "Find" });
  await bar.getByRole("button", { name: /Regular expression/ }).click();
  await field.fill("(\\w+");
  await expect.poll(() => bar.getByRole("alert").textContent()).toContain("Unterminated group");
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  await field.fill("(\\w+)-(\\w+)");
  await expect.poll(() => bar.locator(".find-count").textContent()).toBe("1 of 1");
  await bar.getByRole("textbox", { name: "Replace by" }).fill("$2-$1");
  await page.keyboard.press("Enter");
  await expect.poll(() => bar.locator(".find-count").textContent()).toBe("1 of 1");
  await page.keyboard.press("Escape");
  await shows(frame, "#cell-2 .cell-output", "TWO-ONE");
  expect(await bar.isVisible()).toBe(false);
  expect(app.errors).toEqual([]);
});
