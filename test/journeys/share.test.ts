import { expect, test } from "vitest";
import { openApp } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("a link shows lineage in another browser profile without a login, and is dead after it is revoked", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["sql", 'output="numbers"', "SELECT 1 AS x"],
      ["sql", 'output="double"', "SELECT 2 * x AS y FROM numbers"],
    ]),
  });
  const { origin } = app.server();
  await app.page.goto(`${origin}/lineage?as=list`);
  await app.page.getByText("a/double").first().waitFor();
  await app.page.getByRole("button", { name: "Share" }).first().click();
  await app.page.getByRole("button", { name: "Make link" }).click();
  const url = await app.page.locator("input.share-url").inputValue();
  const stranger = await app.browser.newContext();
  const page = await stranger.newPage();
  await page.goto(url.replace("/s#", "/s?as=list#"));
  await page.getByText("double").first().waitFor();
  // the address no longer has the token once it was read, and nothing else of the workspace opens
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await app.page.goto(`${origin}/shares`);
  await app.page.getByRole("button", { name: "Revoke" }).first().click();
  await expect.poll(async () => (await app.server().workspace.store.shares())[0]?.revokedAt ?? null).not.toBeNull();
  const again = await stranger.newPage();
  await again.goto(url);
  await again
    .getByText(/revoked|no longer|not valid|ended/i)
    .first()
    .waitFor();
  expect(await again.getByText("double").count()).toBe(0);
  await stranger.close();
});
