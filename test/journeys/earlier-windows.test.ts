import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

const daily = 'partitions="daily from=2026-01-01 to=2026-01-04"';
const cells = notebook(
  [
    [
      "sql",
      `output="total" pinned ${daily} upstream="total: offset -2..-1"`,
      "SELECT ${partition.key} AS day, coalesce((SELECT max(n) FROM total), 0) + 5 AS n",
    ],
    ["js", `output="count" ${daily} upstream="count: offset -1"`, "({made: (count?.made ?? 0) + 1})"],
  ],
  'timezone="UTC"',
);

test("a notebook whose assets read themselves shows their newest window, and computes it from the earlier ones", async () => {
  await using app = await openApp({ "run.html": cells });
  const missing = await app.open("run.html");
  await shows(missing, "#cell-1", "total reads its own partition 2026-01-01, which was never made");
  await shows(missing, "#cell-2", "count reads its own partition 2026-01-02, which was never made");

  const { workspace, token, origin } = app.server();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ partition: "*", select: "run/*" });
  await fetch(`${origin}/api/runs`, { method: "POST", headers, body });
  await expect.poll(async () => (await workspace.store.pointers()).length, { timeout: 30_000 }).toBe(6);
  const outcomes = () =>
    app.page.locator("cellar-notebook").evaluate((element) => ({
      ...(Reflect.get(element, "session") as { outcomes: Record<string, number> }).outcomes,
    }));
  const frame = await app.open("run.html");
  await shows(frame, "#cell-1 .grid-row", "15");
  expect(await outcomes()).toMatchObject({ computed: 0, hydrated: 1 });
  await shows(frame, "#cell-2", "made: 3");
  await app.edit(1, "SELECT ${partition.key} AS day, coalesce((SELECT sum(n) FROM total), 0) + 5 AS n");
  await shows(frame, "#cell-1 .grid-row", "20");
  expect(app.errors).toEqual([]);
});
