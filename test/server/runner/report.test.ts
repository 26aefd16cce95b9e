import { expect, test } from "vitest";
import { openLocal, runEnded } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const files = {
  "shop.html": notebook([
    ["sql", 'output="raw"', "SELECT 1 AS price"],
    ["sql", 'output="orders" blocking expect="between(price, 0, 100)"', "SELECT price FROM raw"],
    ["sql", 'output="revenue"', "SELECT sum(price)::INT AS price FROM orders"],
    ["sql", 'output="days" partitions="static a b"', "SELECT ${partition.key} AS day"],
    ["js", 'store="json"', "const settings = {a: 1};"],
  ]),
  "made.csv": "price\n3\n4\n",
  "wrong.csv": "price\n1000\n",
  "notes.txt": "nothing",
};

async function reported(
  workspace: Awaited<ReturnType<typeof openLocal>>,
  key: string,
  file: string,
  partition?: string,
) {
  const { run } = await workspace.call("report", { key, file, ...(partition === undefined ? {} : { partition }) });
  await runEnded(workspace.open, run);
  const { steps } = await workspace.call("run", { id: run });
  return steps.map(({ key: asset, partition: slice, state, rows, reason, error }) =>
    [asset, slice, state, rows, error?.message ?? reason].filter((part) => part !== null && part !== "").join(" "),
  );
}

test("rows that were made elsewhere are the asset's newest, read by what depends on it, and found again", async () => {
  await using workspace = await openLocal(files);
  expect(await reported(workspace, "shop/orders", "made.csv")).toEqual(["shop/orders succeeded 2 taken from made.csv"]);
  await workspace.run({ select: "shop/revenue" });
  const [revenue] = await workspace.open.store.pointers(["shop/revenue" as never]);
  expect(revenue?.rows).toBe(1);
  expect(await reported(workspace, "shop/days", "made.csv", "b")).toEqual([
    "shop/days b succeeded 2 taken from made.csv",
  ]);
});

test("with its inputs there it counts as their result, until they change", async () => {
  await using workspace = await openLocal(files);
  await workspace.run({ select: "+shop/orders" });
  await reported(workspace, "shop/orders", "made.csv");
  expect((await workspace.run({ select: "shop/orders" })).steps).toEqual({ "shop/orders": "reused" });
  expect(await workspace.open.store.pointers(["shop/orders" as never])).toMatchObject([{ rows: 2 }]);
});

test("a blocking check refuses it as it would what was computed", async () => {
  await using workspace = await openLocal(files);
  await reported(workspace, "shop/orders", "made.csv");
  const [step] = await reported(workspace, "shop/orders", "wrong.csv");
  expect(step).toMatch(/^shop\/orders failed .*between/);
  expect(await workspace.open.store.pointers(["shop/orders" as never])).toMatchObject([{ rows: 2 }]);
});

test.each([
  ["shop/none", "made.csv", undefined, "no asset has the key shop/none; cellar list shows those there are"],
  ["shop/orders", "none.csv", undefined, "none.csv"],
  ["shop/days", "made.csv", undefined, "shop/days has partitions: say which one the file is, as in --partition KEY"],
  ["shop/days", "made.csv", "a..b", "shop/days has partitions: say which one the file is, as in --partition KEY"],
  ["shop/settings", "made.csv", undefined, "shop/settings is not kept as a table, so no rows can be reported for it"],
])("refused: %s from %s", async (key, file, partition, message) => {
  await using workspace = await openLocal(files);
  await expect(reported(workspace, key, file, partition)).rejects.toThrow(message);
});

test("a file that holds no rows is refused before there is a run", async () => {
  await using workspace = await openLocal(files);
  await expect(reported(workspace, "shop/orders", "notes.txt")).rejects.toThrow(
    "notes.txt holds no rows: report a file of Parquet, Arrow, CSV, TSV or JSON",
  );
  // a slip of the hand is no run that failed
  expect((await workspace.call("runs", {})).runs).toEqual([]);
});
