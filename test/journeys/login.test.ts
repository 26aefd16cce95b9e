import { expect, test } from "vitest";
import { openApp } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("a browser without a login is told how to get one, a pasted link is taken, and a used one is not", async () => {
  await using app = await openApp({ "a.html": notebook([["md", "", "# Hello"]]) });
  const used = app.server().loginUrl;
  const { token, origin } = app.server();
  const answer = await fetch(`${origin}/api/login-codes`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  const { url } = (await answer.json()) as { readonly url: string };

  const stranger = await (await app.browser.newContext()).newPage();
  await stranger.goto(`${origin}/n/a`);
  await stranger.getByText("This browser is not logged in to this workspace.").waitFor();
  const link = stranger.getByLabel("Or paste the link here");
  await link.fill(used);
  await stranger.getByRole("button", { name: "Log in" }).click();
  expect(await stranger.getByRole("alert").textContent()).toMatch(/code|link/);
  await link.fill(url);
  await stranger.getByRole("button", { name: "Log in" }).click();
  await stranger.waitForSelector("cellar-notebook iframe", { state: "attached" });
});
