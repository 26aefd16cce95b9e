import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

const files = {
  "raw.csv": "id,price,qty\n1,2,3\n",
  "sales.html": notebook([
    ["sql", 'output="orders"', "SELECT id, price * qty AS total FROM 'raw.csv' WHERE qty > 0"],
    ["sql", 'output="view" store="view"', "SELECT * FROM orders"],
  ]),
  "sums.html": notebook([
    ["sql", 'output="sum"', "SELECT sum(total) AS total FROM sales.view"],
    ["js", 'output="shown"', "sum.length"],
  ]),
};

describe("lineage of columns", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const w = () => ["--workspace", folder.path];

  it("is told before anything has run, through files, views and notebooks", async () => {
    const report: Readonly<Record<string, unknown>> = await document(0, "lineage", "--columns", ...w());
    const columns = report["columns"] as {
      key: string;
      columns: { name: string; from: object[] }[];
      unknown: string | null;
    }[];
    expect(columns.map(({ key, unknown }) => [key, unknown === null])).toEqual([
      ["sales/orders", true],
      ["sales/view", true],
      ["sums/sum", true],
      ["sums/shown", false],
    ]);
    expect(columns[0]?.columns[1]).toMatchObject({
      name: "total",
      from: [
        { id: "file:raw.csv", column: "price", use: "transformation" },
        { id: "file:raw.csv", column: "qty", use: "transformation" },
      ],
    });
    // told again from the store, without an engine
    expect(await document(0, "lineage", "--columns", ...w())).toEqual(report);
  });

  it("traces one column up and down", async () => {
    const { out } = await cellar(["lineage", "--column", "sales/orders.total", ...w()]);
    expect(lines(out)).toEqual([
      "sales/orders.total",
      "comes from",
      "  file:raw.csv.price (direct)",
      "  file:raw.csv.qty (direct)",
      "goes into",
      "  sales/view.total (direct)",
      "    sums/sum.total (direct)",
      "      sums/shown.* (unknown)",
    ]);
    const wrong = await cellar(["lineage", "--column", "sales/orders.price", ...w()]);
    expect([wrong.code, wrong.err]).toEqual([
      2,
      'cellar lineage: sales/orders has no column "price"; it has id, total\n',
    ]);
  });
});
