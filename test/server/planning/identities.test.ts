import { rename } from "node:fs/promises";
import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const shop = (orders: string, id = 'id="shop"') =>
  notebook(
    [
      ["sql", `output="${orders}"`, "SELECT 3 AS price"],
      ["sql", 'output="revenue"', `SELECT sum(price) AS price FROM ${orders}`],
    ],
    id,
  );

const history = async (workspace: Awaited<ReturnType<typeof openLocal>>, key: string) =>
  (await workspace.call("history", { key })).materializations.length;

test.each(['id="shop"', ""])("a renamed cell keeps its history (%s)", async (id) => {
  await using workspace = await openLocal({ "shop.html": shop("orders", id) });
  await workspace.run();
  await workspace.write("shop.html", shop("sales", id));

  expect(await history(workspace, "shop/sales")).toBe(1);
  // the reader's text is another: it is computed, and comes out the same
  expect((await workspace.run()).steps).toEqual({ "shop/sales": "reused", "shop/revenue": "succeeded" });
  await expect(workspace.call("history", { key: "shop/orders" })).rejects.toThrow("no asset has the key shop/orders");
  const events = await workspace.open.store.eventsAfter(0, 1000);
  expect(events.map(({ event }) => event)).toContainEqual({
    type: "asset_renamed",
    from: "shop/orders",
    to: "shop/sales",
  });
});

test("a moved notebook keeps the history of all its assets, and what was read of them is the same still", async () => {
  await using workspace = await openLocal({ "shop.html": shop("orders") });
  await workspace.run();
  await rename(`${workspace.path}/shop.html`, `${workspace.path}/store.html`);
  await workspace.open.catalog.refresh("shop.html");
  await workspace.open.catalog.refresh("store.html");

  const { assets } = await workspace.call("assets", {});
  expect(assets.map(({ key, status }) => [key, status])).toEqual([
    ["store/orders", "fresh"],
    ["store/revenue", "fresh"],
  ]);
});

test("a copy of a notebook with its id takes no history away", async () => {
  await using workspace = await openLocal({ "shop.html": shop("orders") });
  await workspace.run();
  await workspace.write("copy.html", shop("orders"));
  expect(await history(workspace, "shop/orders")).toBe(1);
  expect(await history(workspace, "copy/orders")).toBe(0);
});

test("a name that is taken back has its history again", async () => {
  await using workspace = await openLocal({ "shop.html": shop("orders") });
  await workspace.run();
  await workspace.write("shop.html", shop("sales"));
  await workspace.run({ force: true });
  await workspace.write("shop.html", shop("orders"));
  expect(await history(workspace, "shop/orders")).toBe(2);
});

test("a name with a history of its own gets no other", async () => {
  const with2 = (first: string, second: string) =>
    notebook([
      ["sql", `output="${first}"`, "SELECT 1 AS a"],
      ["sql", `output="${second}"`, "SELECT 2 AS a"],
    ]);
  await using workspace = await openLocal({ "shop.html": with2("orders", "old") });
  await workspace.run();
  await workspace.write("shop.html", notebook([["sql", 'output="orders"', "SELECT 1 AS a"]]));
  await workspace.call("assets", {});
  await workspace.write("shop.html", notebook([["sql", 'output="old"', "SELECT 1 AS a"]]));
  expect((await workspace.run()).steps).toEqual({ "shop/old": "reused" });
  const { materializations } = await workspace.call("history", { key: "shop/old" });
  expect(materializations).toHaveLength(1);
});
