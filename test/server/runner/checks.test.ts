import { expect, test } from "vitest";
import { openLocal, type LocalWorkspace } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const orders = (rows: number, extra = "", attributes = "") =>
  notebook([
    ["sql", `output="orders" ${attributes}`, `SELECT i AS id, i * 10 AS price FROM range(${rows}) t(i)`],
    ["sql", 'output="total"', "SELECT sum(price) AS total FROM orders"],
    ["sql", `output="cheap" check="orders" ${extra}`, "SELECT * FROM orders WHERE price > 50"],
  ]);

async function checksOf(workspace: LocalWorkspace, run: string, key = "a/orders") {
  const { steps } = await workspace.call("run", { id: run });
  const step = steps.find((one) => one.key === key);
  return { state: step?.state, error: step?.error?.message, checks: step?.checks };
}

test("a blocking check that fails keeps readers on the version of before", async () => {
  await using workspace = await openLocal({ "a.html": orders(3, "blocking") });
  expect(await workspace.run()).toMatchObject({ state: "succeeded" });
  await workspace.write("a.html", orders(8, "blocking"));
  const run = await workspace.run();
  expect(run).toMatchObject({ state: "failed", steps: { "a/orders": "failed", "a/total": "blocked" } });
  console.log(JSON.stringify(await checksOf(workspace, run.id)));
  const pointers = await workspace.open.store.pointers();
  expect(pointers.map(({ asset, rows }) => [asset, rows])).toEqual([
    ["a/orders", 3],
    ["a/total", 1],
  ]);
});
