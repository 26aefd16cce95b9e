import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("opening a materialized notebook fetches its assets and computes none of them", async () => {
  await using app = await openApp({
    "data.csv": "city,people\nBerlin,3700000\nRome,2800000\nParis,2100000\n",
    "a.html": notebook([
      ["sql", 'output="cities" pinned', "SELECT * FROM 'data.csv'"],
      ["sql", 'output="largest" pinned', "SELECT city FROM cities ORDER BY people DESC LIMIT 1"],
      ["md", "", "# A view that only a parameter's change needs"],
      [
        "sql",
        'output="ranked" store="view" hidden',
        "SELECT city, row_number() OVER (ORDER BY people DESC) AS rank FROM 'data.csv'",
      ],
      ["js", "", "const rank = view(Inputs.range([1, 3], {step: 1, value: 2}));"],
      ["sql", 'output="chosen" pinned', "SELECT city FROM ranked WHERE rank = ${rank}"],
    ]),
  });
  const { workspace, token, origin } = app.server();
  await fetch(`${origin}/api/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  await expect.poll(async () => (await workspace.store.pointers()).length, { timeout: 20_000 }).toBe(3);
  const outcomes = () =>
    app.page
      .locator("cellar-notebook")
      .evaluate((element) => ({
        ...(Reflect.get(element, "session") as { outcomes: Record<string, number> }).outcomes,
      }));
  const frame = await app.open("a.html");
  await shows(frame, "#cell-2 .grid-row", "Berlin");
  expect(await outcomes()).toEqual({ computed: 0, remembered: 0, hydrated: 3, deferred: 1 });
  await app.edit(2, "SELECT city FROM cities ORDER BY people LIMIT 1");
  await shows(frame, "#cell-2 .grid-row", "Paris");
  expect(await outcomes()).toMatchObject({ computed: 1, hydrated: 3 });
  await frame.locator("#cell-5 input[type=number]").fill("3");
  await shows(frame, "#cell-6 .grid-row", "Paris");
  expect(app.errors).toEqual([]);
});
