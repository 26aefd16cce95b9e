import { describe, expect, it } from "vitest";
import { graphOf, type Sketch } from "./notebooks.ts";

const places = (cells: readonly Sketch[]) =>
  graphOf("team/report.html", cells).edges.map((edge) =>
    edge.type === "cell"
      ? `${edge.from} -${edge.name}(${edge.as})-> ${edge.to}`
      : edge.type === "asset"
        ? `${edge.asset} -${edge.name}(${edge.as})-> ${edge.to}`
        : `file ${edge.file} -> ${edge.to}`,
  );
const complaints = (cells: readonly Sketch[]) =>
  graphOf("team/report.html", cells).problems.map(({ cell, code, message }) => [cell, code, message]);

describe("names become edges", () => {
  const cases: readonly [rule: string, cells: readonly Sketch[], edges: readonly string[]][] = [
    [
      "a JavaScript name means the cell that defines it",
      [
        ["js", "const x = 1"],
        ["js", "x + 1"],
      ],
      ["1 -x(value)-> 2"],
    ],
    [
      "order in the document does not matter",
      [
        ["js", "x + 1"],
        ["js", "const x = 1"],
      ],
      ["2 -x(value)-> 1"],
    ],
    [
      "a SQL table means the cell of that name",
      [
        ["sql", "select 1 as a", { output: "orders" }],
        ["sql", "select * from orders"],
      ],
      ["1 -orders(relation)-> 2"],
    ],
    [
      "SQL does not tell cases apart",
      [
        ["sql", "select 1 as a", { output: "Orders" }],
        ["sql", "select * from orders"],
      ],
      ["1 -Orders(relation)-> 2"],
    ],
    [
      "a table of schema main is the notebook's own",
      [
        ["sql", "select 1 as a", { output: "orders" }],
        ["sql", "select * from main.orders"],
      ],
      ["1 -orders(relation)-> 2"],
    ],
    [
      "schema.name is an asset of a neighbour",
      [["sql", "select * from sales.orders"]],
      ["team/sales/orders -sales.orders(relation)-> 1"],
    ],
    [
      "schema.name of the notebook itself is its own cell",
      [
        ["js", "const a = [{b: 1}]"],
        ["sql", "select * from report.a"],
      ],
      ["1 -a(relation)-> 2"],
    ],
    [
      "an import is an edge from an asset",
      [["js", 'import {orders as o} from "./sales.html"']],
      ["team/sales/orders -o(value)-> 1"],
    ],
    ["imports climb folders", [["js", 'import {orders} from "../sales.html"']], ["sales/orders -orders(value)-> 1"]],
    ["asset() is an edge", [["js", 'const a = asset("sales/orders")']], ["team/sales/orders -sales/orders(value)-> 1"]],
    ["asset() from the root", [["js", 'const a = asset("/sales/orders")']], ["sales/orders -/sales/orders(value)-> 1"]],
    ["a file is an edge", [["js", 'const a = FileAttachment("data/a.csv").text()']], ["file team/data/a.csv -> 1"]],
    ["a table of another database is not ours", [["sql", "select * from orders", { database: "pg" }]], []],
  ];
  it.each(cases)("%s", (_rule, cells, edges) => {
    expect(places(cells)).toEqual(edges);
  });
});

describe("what is wrong is said in the cell", () => {
  const cases: readonly [rule: string, cells: readonly Sketch[], problems: readonly unknown[]][] = [
    [
      "built-ins and globals are not missing",
      [["js", "const x = Plot.plot(structuredClone(d3.range(Math.max(1, now))))"]],
      [],
    ],
    ["a missing name", [["js", "x + 1"]], [[1, "name_missing", "x is not defined; define it in a cell or import it"]]],
    [
      "a browser's window supplies nothing",
      [["js", "name + status"]],
      [
        [1, "name_missing", "name is not defined; define it in a cell or import it"],
        [1, "name_missing", "status is not defined; define it in a cell or import it"],
      ],
    ],
    [
      "a name defined twice is shown on every definer",
      [
        ["js", "const x = 1"],
        ["js", "const x = 2"],
      ],
      [
        [1, "name_duplicate", "x is defined by cells 1 and 2; rename all but one"],
        [2, "name_duplicate", "x is defined by cells 1 and 2; rename all but one"],
      ],
    ],
    [
      "a circle is shown on every member, with the way round",
      [
        ["sql", "select * from totals", { output: "orders" }],
        ["sql", "select * from orders", { output: "totals" }],
      ],
      [
        [1, "graph_cycle", "cells depend on each other in a circle: orders → totals → orders; break it at one of them"],
        [2, "graph_cycle", "cells depend on each other in a circle: totals → orders → totals; break it at one of them"],
      ],
    ],
    [
      "a missing table",
      [["sql", "select * from orders"]],
      [[1, "name_missing", "table orders is not defined; define it in a cell"]],
    ],
    [
      "two spellings are ambiguous to SQL",
      [
        ["js", "const orders = []"],
        ["js", "const Orders = []"],
        ["sql", "select * from ORDERS"],
      ],
      [[3, "name_duplicate", "table ORDERS may mean orders or Orders; write it as it is defined"]],
    ],
    [
      "a path may not leave the workspace",
      [["js", 'import {a} from "../../x.html"']],
      [[1, "path_invalid", "a leaves the workspace; write a path inside it"]],
    ],
  ];
  it.each(cases)("%s", (_rule, cells, problems) => {
    expect(complaints(cells)).toEqual(problems);
  });
});

describe("order", () => {
  it("each cell stands after what it reads, in document order among equals, without the members of a circle", () => {
    const cells: readonly Sketch[] = [
      ["js", "const d = a + b"],
      ["js", "const b = 1"],
      ["js", "const a = b"],
      ["js", "const e = f"],
      ["js", "const f = e"],
      ["js", "const g = e + 1"],
      ["md", "# hello"],
    ];
    expect(graphOf("n.html", cells).order).toEqual([2, 3, 1, 6, 7]);
  });
});
