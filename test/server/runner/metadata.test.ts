import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

test("every table has nulls, bounds and different values of its columns, in SQL and in JavaScript", async () => {
  const rows =
    "SELECT * FROM (VALUES (1, 'a', true, [1], 1.50), (2, 'b', NULL, [2], 2.25), (2, NULL, false, [3], NULL)) t(id, name, good, list, price)";
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="table"', rows],
      ["js", "", 'const made = [{x: 1, y: "p"}, {x: 3, y: null}];'],
      ["sql", 'output="empty"', "SELECT 1 AS id WHERE false"],
    ]),
  });
  expect((await workspace.run()).state).toBe("succeeded");
  const statistics = async (key: string) =>
    (await workspace.call("history", { key })).materializations[0]?.statistics.map(
      ({ name, nulls, min, max, distinct }) => [name, nulls, min, max, distinct],
    );
  expect(await statistics("a/table")).toEqual([
    ["id", 0, "1", "2", 2],
    ["name", 1, "a", "b", 2],
    ["good", 1, "false", "true", 2],
    ["price", 1, "1.50", "2.25", 2],
  ]);
  expect(await statistics("a/made")).toEqual([
    ["x", 0, "1", "3", 2],
    ["y", 1, "p", "p", 1],
  ]);
  expect((await statistics("a/empty"))?.length ?? 0).toBeLessThan(2);
});

test("what a cell tells by meta is typed, kept with its materialization, and a series where it is a number", async () => {
  const cell = (mean: number) =>
    `const made = (() => {
      meta({mean: ${mean}, note: "low", day: new Date(0), top: [{id: 1, of: null}]});
      meta({doc: meta.markdown("**x**"), source: meta.url("https://example.org/a"), whole: {a: [1]}});
      return [{x: ${mean}}];
    })();`;
  const file = (mean: number) => ({ "a.html": notebook([["js", "", cell(mean)]]) });
  await using workspace = await openLocal(file(1.5));
  await workspace.run();
  await workspace.write("a.html", file(2.5)["a.html"]);
  await workspace.run();
  const { materializations } = await workspace.call("history", { key: "a/made" });
  expect(materializations[0]?.metadata).toEqual({
    mean: { type: "number", value: 2.5 },
    note: { type: "text", value: "low" },
    day: { type: "text", value: "1970-01-01T00:00:00.000Z" },
    top: { type: "table", columns: ["id", "of"], rows: [[1, null]] },
    doc: { type: "markdown", value: "**x**" },
    source: { type: "url", value: "https://example.org/a" },
    whole: { type: "json", value: { a: [1] } },
  });
  const { points } = await workspace.call("series", { key: "a/made", name: "mean" });
  expect(points.map(({ value }) => value)).toEqual([1.5, 2.5]);
  const { names } = await workspace.call("series", { key: "a/made" });
  expect(names.map(({ name, points: count }) => [name, count])).toEqual(
    ["rows", "bytes", "ms", "nulls(x)", "mean"].map((name) => [name, 2]),
  );
  await expect(workspace.call("series", { key: "a/made", name: "median" })).rejects.toThrow(
    'a/made has no figure "median"; it has rows, bytes, ms, nulls(x), mean',
  );
});

test("a value that meta cannot keep fails its cell with a sentence", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([["js", "", "const made = (() => { meta({mean: NaN}); return [{x: 1}]; })();"]]),
  });
  const run = await workspace.run();
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps[0]?.error?.message).toContain("metadata mean is NaN, not a finite number");
});
