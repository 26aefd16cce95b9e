import { expect, test } from "vitest";
import { openApp } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("publish → tick → headless run → Parquet → page", async () => {
  await using app = await openApp({
    "a.html": notebook(
      [["sql", 'output="numbers" pinned', "SELECT i, i * 2 AS twice FROM range(1000) t(i)"]],
      'id="a" schedule="* * * * * *"',
    ),
  });
  await app.open("a.html");
  await app.page.getByRole("button", { name: "Publish", exact: true }).click();
  const { store } = app.server().workspace;
  await expect
    .poll(
      async () =>
        (await store.runs({ limit: 10 })).filter(
          ({ trigger, state }) => trigger.type === "schedule" && state === "succeeded",
        ).length,
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  await app.page.goto(`${app.server().origin}/runs`);
  await app.page.getByText("succeeded").first().waitFor();
  await app.page.goto(`${app.server().origin}/assets/a/numbers`);
  await app.page
    .getByText(/1[, ]?000/)
    .first()
    .waitFor();
  expect(app.errors).toEqual([]);
});
