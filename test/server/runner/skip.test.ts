import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const shop = notebook(
  [
    ["js", 'store="none"', 'const helper = params.day === "sunday" ? skip("closed on Sundays") : 3;'],
    ["js", "", "const orders = [{price: helper}];"],
    ["sql", 'output="revenue"', "SELECT sum(price) AS price FROM orders"],
    ["sql", 'output="other"', "SELECT 42 AS answer"],
  ],
  `params='{"day": "monday"}'`,
);

test("a cell that skips, also in what it is made of, fails nothing, and its readers keep what they had", async () => {
  await using workspace = await openLocal({ "shop.html": shop });
  const sunday = { params: { day: "sunday" } };

  const first = await workspace.run(sunday);
  expect(first).toMatchObject({
    state: "succeeded",
    steps: { "shop/orders": "skipped", "shop/revenue": "skipped", "shop/other": "succeeded" },
  });
  const { steps } = await workspace.call("run", { id: first.id });
  expect(Object.fromEntries(steps.map(({ key, reason }) => [key, reason]))).toMatchObject({
    "shop/orders": "closed on Sundays",
    "shop/revenue": "shop/orders was skipped, and has no data of before",
  });

  expect((await workspace.run()).steps).toMatchObject({ "shop/orders": "succeeded", "shop/revenue": "succeeded" });
  expect((await workspace.run(sunday)).steps).toMatchObject({ "shop/orders": "skipped", "shop/revenue": "reused" });
  const { materializations } = await workspace.call("history", { key: "shop/orders" });
  expect(materializations).toHaveLength(1);
});
