import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const numbers = "SELECT i, i * 2 AS twice FROM range(10) t(i)";
const chain = (first: string, extra = "") =>
  notebook([
    ["sql", 'output="numbers"', first],
    ["sql", 'output="big"', "SELECT * FROM numbers WHERE twice > 10"],
    ["sql", 'output="total"', `SELECT sum(twice) AS total FROM big${extra}`],
    ["sql", 'output="other"', "SELECT 42 AS answer"],
  ]);
const all = (state: string) => ({ "a/numbers": state, "a/big": state, "a/total": state, "a/other": state });

test("a second run with nothing changed computes nothing", async () => {
  await using workspace = await openLocal({ "a.html": chain(numbers) });
  expect(await workspace.run()).toMatchObject({ state: "succeeded", steps: all("succeeded") });
  expect(await workspace.run()).toMatchObject({ state: "succeeded", steps: all("reused") });
  const { assets } = await workspace.call("assets", {});
  expect(assets.map(({ key, status }) => [key, status])).toEqual(
    [
      ["a/numbers", "fresh"],
      ["a/other", "fresh"],
      ["a/big", "fresh"],
      ["a/total", "fresh"],
    ].sort((x, y) => assets.findIndex(({ key }) => key === x[0]) - assets.findIndex(({ key }) => key === y[0])),
  );
});

test("a changed comment computes nothing; a changed cell computes itself and what depends on it", async () => {
  await using workspace = await openLocal({ "a.html": chain(numbers) });
  await workspace.run();
  await workspace.write("a.html", chain(`-- all of them\n${numbers.toLowerCase().replace("twice", "twice  ")}`));
  expect((await workspace.run()).steps).toEqual(all("reused"));
  await workspace.write("a.html", chain(numbers.replace("range(10)", "range(11)")));
  expect((await workspace.run()).steps).toEqual({ ...all("succeeded"), "a/other": "reused" });
});

test("equal data cuts off the rest, and a change taken back is found again", async () => {
  await using workspace = await openLocal({ "a.html": chain(numbers) });
  await workspace.run();
  await workspace.write("a.html", chain("SELECT i, i + i AS twice FROM range(10) t(i) ORDER BY i DESC"));
  expect((await workspace.run()).steps).toEqual({ ...all("reused"), "a/numbers": "succeeded" });
  await workspace.write("a.html", chain(numbers));
  expect((await workspace.run()).steps).toEqual(all("reused"));
});

test("a failed cell fails its step with its place, blocks what depends on it, and nothing else", async () => {
  await using workspace = await openLocal({ "a.html": chain("SELECT i,\n  nothing AS twice FROM range(10) t(i)") });
  const run = await workspace.run();
  expect(run).toMatchObject({
    state: "failed",
    steps: { "a/numbers": "failed", "a/big": "blocked", "a/total": "blocked", "a/other": "succeeded" },
  });
  const { steps } = await workspace.call("run", { id: run.id });
  const failed = steps.find(({ key }) => key === "a/numbers");
  expect(failed?.error).toMatchObject({ code: "query_failed", cell: 1, line: 2, column: 3 });
  expect(steps.find(({ key }) => key === "a/big")?.reason).toBe("blocked by a/numbers, which failed");
  await workspace.write("a.html", chain(numbers));
  const again = await workspace.call("retryRun", { id: run.id, fromFailure: true });
  expect(again.steps.map(({ key }) => key).sort()).toEqual(["a/big", "a/numbers", "a/total"]);
});

test("force computes again, and equal data keeps its version", async () => {
  await using workspace = await openLocal({ "a.html": chain(numbers) });
  await workspace.run();
  expect((await workspace.run({ force: true })).steps).toEqual(all("succeeded"));
  const { materializations } = await workspace.call("history", { key: "a/numbers" });
  expect(new Set(materializations.map(({ dataVersion }) => dataVersion)).size).toBe(1);
  expect(materializations).toHaveLength(2);
});

test("another notebook reads an asset as schema.name", async () => {
  await using workspace = await openLocal({
    "a.html": chain(numbers),
    "b.html": notebook([["sql", 'output="double"', "SELECT 2 * total AS total FROM a.total"]]),
  });
  const run = await workspace.run({ select: "b/double" });
  expect(run).toMatchObject({ state: "succeeded", steps: { "b/double": "succeeded", "a/total": "succeeded" } });
});

test("files are inputs: a changed file makes stale, a missing one is named", async () => {
  const cells = notebook([["sql", 'output="rows"', "SELECT * FROM 'data.csv'"]]);
  await using workspace = await openLocal({ "a.html": cells, "data.csv": "x,y\n1,2\n" });
  expect((await workspace.run()).steps).toEqual({ "a/rows": "succeeded" });
  expect((await workspace.run()).steps).toEqual({ "a/rows": "reused" });
  await workspace.write("data.csv", "x,y\n1,2\n3,4\n");
  const { assets } = await workspace.call("assets", {});
  expect(assets[0]).toMatchObject({ status: "stale" });
  expect(assets[0]?.reason).toContain("data.csv");
  expect((await workspace.run()).steps).toEqual({ "a/rows": "succeeded" });
  await workspace.write("a.html", cells.replace("data.csv", "none.csv"));
  const run = await workspace.run();
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps[0]?.error).toMatchObject({ code: "file_not_found" });
  expect(steps[0]?.error?.message).toContain("none.csv");
});

test("the run keeps to the published revision while the draft changes", async () => {
  await using workspace = await openLocal({ "a.html": chain(numbers) });
  await workspace.call("publish", { path: "a.html" });
  await workspace.write("a.html", chain("SELECT 1 AS i, 100 AS twice"));
  await workspace.run();
  expect((await workspace.call("history", { key: "a/numbers" })).materializations[0]?.rows).toBe(10);
  await workspace.run({ draft: true });
  expect((await workspace.call("history", { key: "a/numbers" })).materializations[0]?.rows).toBe(1);
});

test("an asset is exported in every format, in its present and in an older version", async () => {
  await using workspace = await openLocal({ "a.html": chain(numbers) });
  await workspace.run();
  const before = (await workspace.call("history", { key: "a/other" })).materializations[0];
  const read = async (format: "csv" | "json" | "parquet" | "arrow" | "arrow-stream") => {
    const { body } = (await workspace.call("data", { key: "a/other", format } as never)) as unknown as {
      body: AsyncIterable<Uint8Array>;
    };
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  expect((await read("csv")).toString()).toBe("answer\n42\n");
  expect(JSON.parse((await read("json")).toString())).toEqual([{ answer: 42 }]);
  expect((await read("parquet")).subarray(0, 4).toString()).toBe("PAR1");
  expect((await read("arrow")).subarray(0, 6).toString()).toBe("ARROW1");
  expect((await read("arrow-stream")).length).toBeGreaterThan(100);
  expect(before?.rows).toBe(1);
});
