import { expect, test } from "vitest";
import { openApp } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("the lineage shows what runs, what waits and what failed as it happens; a press opens the asset", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", 'pinned output="slow"', "await new Promise((resolve) => setTimeout(() => resolve([{i: 1}]), 2500))"],
      ["sql", 'pinned output="after"', "SELECT i + 1 AS j FROM slow"],
      ["sql", 'pinned output="wrong"', "SELECT nothing FROM after"],
    ]),
  });
  const { page } = app;
  const { origin, token } = app.server();
  await page.goto(`${origin}/lineage?as=list`);
  await page.getByRole("rowheader", { name: "a/slow" }).waitFor();
  const state = (name: string) => page.locator(`tr:has(a:text-is("a/${name}")) .status`);
  const states = async () => Promise.all(["slow", "after", "wrong"].map((name) => state(name).textContent()));
  expect(await states()).toEqual(["missing", "missing", "missing"]);
  const headers = { authorization: `Bearer ${token}` };
  expect((await page.request.post(`${origin}/api/runs`, { headers, data: { select: "*" } })).ok()).toBe(true);
  await expect.poll(states, { timeout: 20_000 }).toEqual(["running", "waiting", "waiting"]);

  // who comes while it runs sees the same
  const late = await app.context.newPage();
  await late.goto(`${origin}/lineage?as=list`);
  await late.locator('tr:has(a:text-is("a/slow")) .status', { hasText: "running" }).waitFor();
  await expect.poll(states, { timeout: 20_000 }).toEqual(["fresh", "fresh", "failed"]);

  await page.getByRole("button", { name: "Graph" }).click();
  const graph = page.getByRole("application");
  await graph.focus();
  await page.keyboard.press("Home");
  await page.getByRole("complementary", { name: "a/slow" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/assets/a/slow");
});
