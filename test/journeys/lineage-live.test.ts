import { expect, test } from "vitest";
import { openApp, type App } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

/** What the list of the lineage says of assets of the notebook `a`. */
const statesOf =
  (page: App["page"], ...names: readonly string[]) =>
  (): Promise<readonly (string | null)[]> =>
    Promise.all(names.map((name) => page.locator(`tr:has(a:text-is("a/${name}")) .status`).textContent()));

async function post(app: App, path: string, data: unknown = {}): Promise<unknown> {
  const { origin, token } = app.server();
  const answer = await app.page.request.post(`${origin}/api/${path}`, {
    headers: { authorization: `Bearer ${token}` },
    data,
  });
  expect(answer.ok()).toBe(true);
  return answer.json();
}

test("the lineage shows what runs and what waits, also to who comes later, until the run is over", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", 'pinned output="slow"', "await new Promise((resolve) => setTimeout(() => resolve([{i: 1}]), 120_000))"],
      ["sql", 'pinned output="after"', "SELECT i + 1 AS j FROM slow"],
    ]),
  });
  const { page } = app;
  const address = `${app.server().origin}/lineage?as=list`;
  await page.goto(address);
  const states = statesOf(page, "slow", "after");
  await expect.poll(states).toEqual(["missing", "missing"]);
  const { run } = (await post(app, "runs", { select: "*" })) as { run: string };
  await expect.poll(states, { timeout: 20_000 }).toEqual(["running", "waiting"]);
  const late = await app.context.newPage();
  await late.goto(address);
  await expect.poll(statesOf(late, "slow", "after"), { timeout: 20_000 }).toEqual(["running", "waiting"]);
  await post(app, `runs/${run}/cancel`);
  await expect.poll(states, { timeout: 20_000 }).toEqual(["missing", "missing"]);
});

test("what failed says so, and Enter opens the asset", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["sql", 'pinned output="good"', "SELECT 1 AS i"],
      ["sql", 'pinned output="wrong"', "SELECT nothing FROM good"],
    ]),
  });
  const { page } = app;
  await page.goto(`${app.server().origin}/lineage?as=list`);
  const states = statesOf(page, "good", "wrong");
  await expect.poll(states).toEqual(["missing", "missing"]);
  await post(app, "runs", { select: "*" });
  await expect.poll(states, { timeout: 20_000 }).toEqual(["fresh", "failed"]);
  await page.getByRole("button", { name: "Graph" }).click();
  await page.locator("[role=application][aria-busy=false]").focus();
  await page.keyboard.press("Home");
  await page.getByRole("complementary", { name: "a/good" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/assets/a/good");
});
