import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("opening a materialized notebook fetches its assets and computes none of them", async () => {
  await using app = await openApp({
    "data.csv": "city,people\nBerlin,3700000\nRome,2800000\n",
    "a.html": notebook([
      ["sql", 'output="cities" pinned', "SELECT * FROM 'data.csv'"],
      ["sql", 'output="largest" pinned', "SELECT city FROM cities ORDER BY people DESC LIMIT 1"],
    ]),
  });
  const { workspace, token, origin } = app.server();
  await fetch(`${origin}/api/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  await expect.poll(async () => (await workspace.store.pointers()).length, { timeout: 20_000 }).toBe(2);
  const asked: string[] = [];
  app.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const frame = await app.open("a.html");
  await shows(frame, "#cell-2 .grid-row", "Berlin");
  expect(asked.filter((path) => path.startsWith("/api/assets/")).length).toBeGreaterThan(0);
  // the file is what computing would have read
  expect(asked.filter((path) => path.startsWith("/api/files/"))).toEqual([]);
  await app.edit(2, "SELECT city FROM cities ORDER BY people LIMIT 1");
  await shows(frame, "#cell-2 .grid-row", "Rome");
  expect(asked.filter((path) => path.startsWith("/api/files/"))).toEqual([]);
  expect(app.errors).toEqual([]);
});
