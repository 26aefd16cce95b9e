import { expect, it } from "vitest";
import { lineageOf } from "../../../cells/lineage/lineage.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { stalenessOf } from "../../../cells/staleness/staleness.ts";
import { workspaceOf } from "../graph/notebooks.ts";
import { FakeFacts, nine } from "../staleness/fake-facts.ts";

const workspace = workspaceOf({
  "sales.html": [
    ["sql", "select * from orders", { output: "recent", store: "view" }],
    ["sql", "select * from 'raw.csv'", { output: "orders", tags: "pii" }],
  ],
  "team/report.html": [["js", 'const n = (await asset("/sales/recent")).length']],
});

it("nodes stand after what they read, with all that is known of them", () => {
  const facts = new FakeFacts();
  facts.materialize(workspace, AssetKey.parse("sales/orders"), "1");
  const { nodes, edges } = lineageOf(workspace, { staleness: stalenessOf(workspace, facts) });
  expect(nodes.map((node) => [node.id, node.status, node.virtual, node.rows])).toEqual([
    ["file:raw.csv", null, false, null],
    ["sales/orders", "fresh", false, 3],
    ["sales/recent", "virtual", true, null],
    ["team/report/n", "missing", false, null],
  ]);
  expect(nodes[1]).toEqual({
    id: "sales/orders",
    type: "asset",
    key: "sales/orders",
    name: "orders",
    notebook: "sales.html",
    notebookTitle: "Untitled",
    cell: 2,
    kind: "sql",
    virtual: false,
    status: "fresh",
    reason: "up to date (09:00)",
    rows: 3,
    bytes: 100,
    lastRunAt: nine,
    ms: 5,
    group: "sales",
    tags: { pii: "" },
  });
  expect(edges).toEqual([
    { from: "file:raw.csv", to: "sales/orders" },
    { from: "sales/orders", to: "sales/recent" },
    { from: "sales/recent", to: "team/report/n" },
  ]);
  expect(JSON.parse(JSON.stringify({ nodes, edges }))).toEqual({ nodes, edges });
});

it("a part shows the edges within it, and the files that it reads unless others are asked for", () => {
  const ids = (lineage: ReturnType<typeof lineageOf>) => [lineage.nodes.map(({ id }) => id), lineage.edges.length];
  expect(ids(lineageOf(workspace, { keys: [AssetKey.parse("sales/orders")] }))).toEqual([
    ["file:raw.csv", "sales/orders"],
    1,
  ]);
  expect(ids(lineageOf(workspace, { keys: [AssetKey.parse("sales/orders")], files: [] }))).toEqual([
    ["sales/orders"],
    0,
  ]);
});
