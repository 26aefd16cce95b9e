import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const files = {
  "shop.html": notebook([
    ["sql", 'output="orders"', "SELECT 3 AS price"],
    ["sql", 'output="revenue"', "SELECT sum(price) AS price FROM orders"],
    ["sql", 'output="days" partitions="static a b c"', "SELECT ${partition.key} AS day"],
  ]),
};
const states = async (workspace: Awaited<ReturnType<typeof openLocal>>) =>
  Object.fromEntries((await workspace.call("assets", {})).assets.map(({ key, status }) => [key, status]));

test("what was wiped counts as never materialized, is not found again, and stays in the history", async () => {
  await using workspace = await openLocal(files);
  await workspace.run({ select: "shop/revenue" });
  expect(await workspace.call("wipe", { key: "shop/orders" })).toEqual({ wiped: 1 });
  expect(await states(workspace)).toMatchObject({ "shop/orders": "missing" });
  expect((await workspace.call("history", { key: "shop/orders" })).materializations).toHaveLength(1);
  expect((await workspace.run({ select: "shop/revenue" })).steps).toEqual({
    "shop/orders": "succeeded",
    "shop/revenue": "reused",
  });
  expect(await workspace.call("wipe", { key: "shop/orders" })).toEqual({ wiped: 1 });
  expect(await workspace.call("wipe", { key: "shop/orders" })).toEqual({ wiped: 0 });
});

test("a range of partitions is wiped, and the others stay", async () => {
  await using workspace = await openLocal(files);
  await workspace.run({ select: "shop/days", partition: "*" });
  expect(await workspace.call("wipe", { key: "shop/days", partition: "a..b" })).toEqual({ wiped: 2 });
  const { status } = await workspace.call("partitions", { key: "shop/days" });
  expect(status).toEqual({ missing: 2, materialized: 1, failed: 0, stale: 0 });
});

test.each([
  [{ key: "shop/nothing" }, "no asset has the key shop/nothing; cellar list shows those there are"],
  [{ key: "shop/orders", partition: "a" }, "shop/orders has no partitions, so leave --partition out to wipe all of it"],
  [{ key: "shop/days", partition: "z" }, "z"],
])("what cannot be wiped: %j", async (input, message) => {
  await using workspace = await openLocal(files);
  await expect(workspace.call("wipe", input)).rejects.toThrow(message);
});
