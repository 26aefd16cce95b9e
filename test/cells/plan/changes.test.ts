import { describe, expect, it } from "vitest";
import type { WorkspaceColumns } from "../../../cells/lineage/column-graph.ts";
import type { CellColumns, ColumnOrigin, ColumnUse } from "../../../cells/lineage/column-lineage.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { changesBetween } from "../../../cells/plan/changes.ts";
import { type Sketch, workspaceOf } from "../graph/notebooks.ts";

const key = (name: string) => AssetKey.of("sales", name);
const from = (text: string): ColumnOrigin => {
  const [use = "", source = "", column = ""] = text.split(" ");
  return { use: use as ColumnUse, source: key(source), column };
};
/** Columns by name, each made of origins; `rows` are those that decide the rows. */
const known = (
  columns: Readonly<Record<string, readonly string[]>>,
  rows: readonly string[] = [],
  by = "",
): CellColumns => ({
  type: "known",
  columns: Object.entries(columns).map(([name, origins]) => ({
    ...{ name, type: "INTEGER" },
    from: origins.map(from),
    definition: `${name}: ${origins.join()}${by}`,
  })),
  rows: { from: rows.map(from), definition: rows.join() },
});
const unknown: CellColumns = { type: "unknown", columns: null, reason: "its code is not SQL" };

const cells = (orders: string): readonly Sketch[] => [
  ["sql", orders, { output: "orders" }],
  ["sql", "SELECT total FROM orders", { output: "totals" }],
  ["sql", "SELECT id FROM orders", { output: "ids" }],
  ["sql", "SELECT id FROM orders WHERE total > 1", { output: "large" }],
  ["js", "orders.length", { output: "length" }],
  ["sql", "SELECT id FROM ids", { output: "below" }],
  ["sql", "SELECT 1 AS x", { output: "other" }],
];
const columnsOf = (orders: CellColumns): WorkspaceColumns =>
  new Map([
    [key("orders"), orders],
    [key("totals"), known({ total: ["identity orders total"] })],
    [key("ids"), known({ id: ["identity orders id"] })],
    [key("large"), known({ id: ["identity orders id"] }, ["filter orders total"])],
    [key("length"), unknown],
    [key("below"), known({ id: ["identity ids id"] })],
    [key("other"), known({ x: [] })],
  ]);
const before = "SELECT id, price AS total FROM 'raw.csv'";
const compare = (after: string, now: CellColumns) =>
  changesBetween(
    { workspace: workspaceOf({ "sales.html": cells(before) }), columns: columnsOf(known({ id: [], total: [] })) },
    { workspace: workspaceOf({ "sales.html": cells(after) }), columns: columnsOf(now) },
  ).map(
    ({ key: of, change, isAffected, reason }) => `${AssetKey.name(of)} ${change}${isAffected ? "!" : ""} ${reason}`,
  );

describe("what an edit changes", () => {
  it("nothing, where only white space does", () => {
    expect(
      compare(`${before} -- as before`, known({ id: [], total: [] })).every((line) => line.includes("unchanged")),
    ).toBe(true);
  });

  it("one column: whoever reads it is affected, and where that cannot be told", () => {
    const lines = compare("SELECT id, price * 2 AS total FROM 'raw.csv'", {
      ...known({ id: [], total: ["transformation orders price"] }),
    });
    expect(lines).toEqual([
      "orders direct! its code changed; total otherwise",
      "totals indirect! reads orders.total, which changes",
      "ids indirect what it reads changes, but none of the columns that it uses",
      "large indirect! reads orders.total, which changes, to choose its rows",
      "length indirect! reads orders, and which columns of it cannot be told",
      "below indirect what it reads changes, but none of the columns that it uses",
      "other unchanged unchanged",
    ]);
  });

  it("a new column: nobody reads it yet, but who reads everything", () => {
    const lines = compare(
      "SELECT id, price AS total, 1 AS extra FROM 'raw.csv'",
      known({ id: [], total: [], extra: [] }),
    );
    expect(lines.filter((line) => line.includes("!"))).toEqual([
      "orders direct! its code changed; new extra",
      "length indirect! reads orders, and which columns of it cannot be told",
    ]);
  });

  it("its rows: everything below is affected", () => {
    const lines = compare(`${before} WHERE id > 1`, known({ id: [], total: [] }, ["filter orders id"]));
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "orders direct!",
      "totals indirect!",
      "ids indirect!",
      "large indirect!",
      "length indirect!",
      "below indirect!",
      "other unchanged",
    ]);
  });

  it("how it is written alone: nothing below is affected", () => {
    const lines = compare("WITH r AS (SELECT id, price AS total FROM 'raw.csv') FROM r", known({ id: [], total: [] }));
    expect(lines.filter((line) => line.includes("!"))).toEqual(["orders direct! its code changed; the same comes out"]);
  });

  it("assets that came and went", () => {
    const one = workspaceOf({ "sales.html": [["sql", "SELECT 1 AS x", { output: "a" }]] });
    const two = workspaceOf({ "sales.html": [["sql", "SELECT 1 AS x", { output: "b" }]] });
    expect(
      changesBetween({ workspace: one, columns: new Map() }, { workspace: two, columns: new Map() }).map(
        ({ key: of, change }) => `${of} ${change}`,
      ),
    ).toEqual(["sales/b added", "sales/a removed"]);
  });
});
