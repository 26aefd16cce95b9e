import { expect, test } from "vitest";
import { type App, openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

/** Runs everything on the server, until so many assets are there. */
async function materialize(app: App, assets: number): Promise<void> {
  const { workspace, token, origin } = app.server();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  await fetch(`${origin}/api/runs`, { method: "POST", headers, body: "{}" });
  await expect.poll(async () => (await workspace.store.pointers()).length, { timeout: 20_000 }).toBe(assets);
}

function outcomesOf(app: App): Promise<Readonly<Record<string, number>>> {
  return app.page
    .locator("cellar-notebook")
    .evaluate((element) => ({ ...(Reflect.get(element, "session") as { outcomes: Record<string, number> }).outcomes }));
}

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
  await materialize(app, 3);
  const outcomes = () => outcomesOf(app);
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

test("a JavaScript cell whose value the server has does not run; its readers get the very value", async () => {
  const count = (cell: number) => `globalThis.runs = [...(globalThis.runs ?? []), ${cell}];`;
  await using app = await openApp({
    "data.csv": "city,people\nBerlin,3700000\nRome,2800000\nParis,2100000\n",
    "a.html": notebook([
      ["sql", 'output="cities"', "SELECT * FROM 'data.csv'"],
      ["js", "", `${count(2)} const rows = Array.from(cities, (d) => ({...d, when: new Date(d.people)}));`],
      ["js", "", `${count(3)} const stats = {count: rows.length, first: rows[0].city};`],
      ["sql", 'output="small"', "SELECT city FROM rows WHERE people < 3000000 ORDER BY city"],
      ["js", "", `${count(5)} const csv = await FileAttachment('data.csv').csv({typed: true});`],
      ["js", "", `${count(6)} const lost = {when: new Date(5)};`],
      ["js", "", `${count(7)} const again = cities;`],
      [
        "js",
        "",
        "JSON.stringify([rows, Array.isArray(rows), rows[0].when instanceof Date, stats, csv.columns, lost.when.getTime(), again.schema.fields.length, globalThis.runs])",
      ],
      ["js", "", "const most = view(Inputs.range([1, 3], {step: 1, value: 2}));"],
      ["js", "", `${count(10)} const picked = rows.slice(0, most);`],
      ["js", "", "`picked ${picked.length}`"],
    ]),
  });
  await materialize(app, 8);
  const frame = await app.open("a.html");
  await shows(frame, "#cell-8 .cell-output", "Berlin");
  const text = (await frame.textContent("#cell-8 .cell-output")) ?? "";
  const rows = [
    { city: "Berlin", people: 3700000, when: "1970-01-01T01:01:40.000Z" },
    { city: "Rome", people: 2800000, when: "1970-01-01T00:46:40.000Z" },
    { city: "Paris", people: 2100000, when: "1970-01-01T00:35:00.000Z" },
  ];
  const [, runs] = /,(\[[\d,]*\])\]/.exec(text) ?? [];
  expect(text).toContain(
    JSON.stringify([rows, true, true, { count: 3, first: "Berlin" }, ["city", "people"], 5, 2]).slice(0, -1),
  );
  // what JSON does not give back runs, and what hangs on an input
  expect((JSON.parse(runs ?? "[]") as number[]).filter((cell) => cell !== 10)).toEqual([6]);
  await shows(frame, "#cell-11 .cell-output", "picked 2");
  expect(await outcomesOf(app)).toMatchObject({ computed: 0, remembered: 0, deferred: 0 });
  await app.edit(3, "const stats = {count: -rows.length};");
  await shows(frame, "#cell-8 .cell-output", '"count":-3');
  expect(app.errors).toEqual([]);
});
