import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

const sales = (rows: number) =>
  notebook([
    [
      "sql",
      `output="orders" expect="not_null(id); warn: rows(> 100)" fresh="within 24h" blocking`,
      `SELECT i AS id, i * 10 AS price FROM range(${rows}) t(i)`,
    ],
    ["sql", 'output="cheap" check="orders" blocking', "SELECT * FROM orders WHERE price > 50"],
  ]);

it("checks are listed, carried out, and their rows are read; freshness and figures too", async () => {
  await using workspace = await temporaryWorkspace({ "sales.html": sales(3) });
  const w = ["--workspace", workspace.path];
  expect(await document(0, "checks", ...w)).toMatchObject({
    checks: [
      { asset: "sales/orders", check: "not_null(id)", kind: "rule", blocking: true, results: [] },
      { asset: "sales/orders", check: "rows (warn)", kind: "rule", severity: "warn", results: [] },
      { asset: "sales/orders", check: "cheap", kind: "cell", cell: 2, results: [] },
    ],
  });
  expect(await document(0, "run", ...w)).toMatchObject({
    steps: [
      {
        key: "sales/orders",
        state: "succeeded",
        checks: [
          { check: "not_null(id)", status: "passed", failing: 0 },
          {
            check: "rows (warn)",
            status: "failed",
            severity: "warn",
            message: "the number of rows is outside rows(101..)",
          },
          { check: "cheap", status: "passed" },
        ],
      },
    ],
  });
  expect(lines((await cellar(["run", ...w])).out)[1]).toBe(
    "          check rows (warn) warns: the number of rows is outside rows(101..)",
  );
  await writeFile(join(workspace.path, "sales.html"), sales(8));
  const failed = await document(1, "run", ...w);
  expect(failed).toMatchObject({
    state: "failed",
    steps: [{ state: "failed", error: { code: "check_failed", cell: 1 } }],
  });
  const said = await cellar(["checks", "sales/orders", "--failed", ...w]);
  expect(said.code).toBe(1);
  expect(said.out).toMatch(/sales\/orders {2}cheap +error, blocks +failed +\S+ \S+ +2 rows are wrong/);
  expect(await document(0, "checks", "sales/orders", "--rows", "cheap", ...w)).toEqual({
    ...{ asset: "sales/orders", check: "cheap" },
    rows: [
      { id: 6, price: 60 },
      { id: 7, price: 70 },
    ],
  });
  expect(await document(0, "history", "sales/orders", ...w)).toMatchObject({
    materializations: [
      { rows: 8, refused: true, current: false },
      { rows: 3, refused: false, current: true },
    ],
  });
  const history = lines((await cellar(["history", "sales/orders", ...w])).out).slice(1);
  expect(history.map((line) => /refused|see it/.exec(line)?.[0])).toEqual(["refused", "see it"]);
  // an export tells of what it wrote, which is not the newest
  const csv = join(workspace.path, "orders.csv");
  expect(await document(0, "export", "sales/orders", "--format", "csv", "-o", csv, ...w)).toMatchObject({ rows: 3 });
  // readers are on the first version, and its checks pass
  expect(await document(0, "checks", "--run", "--select", "sales/orders", ...w)).toMatchObject({
    checks: [
      { results: [{ status: "passed" }] },
      { results: [{ status: "failed" }] },
      { results: [{ status: "passed" }] },
    ],
  });
  expect(await document(0, "freshness", ...w)).toMatchObject({ assets: [{ asset: "sales/orders", state: "pass" }] });
  expect(await document(1, "freshness", "--at", "2099-01-01T00:00:00Z", ...w)).toMatchObject({
    assets: [{ state: "fail" }],
  });
  expect(await document(0, "series", "sales/orders", "rows", ...w)).toMatchObject({
    name: "rows",
    points: [{ value: 3 }],
  });
});

it("wrong values get one sentence", async () => {
  await using workspace = await temporaryWorkspace({
    "a.html": notebook([
      ["sql", 'output="orders" expect="nul(id)"', "SELECT 1 AS id"],
      ["sql", 'check="ordrs"', "SELECT * FROM orders"],
      ["sql", 'output="other" blocking', "SELECT 1 AS id"],
      ["sql", 'check="orders" blocking="maybe"', "SELECT * FROM orders"],
    ]),
  });
  const w = ["--workspace", workspace.path];
  const { problems } = await document(1, "check", ...w);
  const told = problems as unknown as readonly { cell: number; message: string; severity: string }[];
  expect(told.map(({ cell, severity, message }) => `${cell} ${severity} ${message}`).toSorted()).toEqual([
    expect.stringMatching(/^1 error invalid expect: "nul\(id\)" \(cell 1\): "nul" is no rule; .* \(column 1\)$/),
    '2 error invalid check: "ordrs" (cell 2): this notebook defines no asset ordrs; did you mean orders? there are orders, other',
    "3 warning blocking does nothing here (cell 3): it belongs to a cell with check or expect",
    '4 error invalid blocking: "maybe" (cell 4): write the attribute alone, or true or false',
  ]);
  const refused = await cellar(["checks", "--rows", "cheap", ...w]);
  expect([refused.code, refused.err]).toEqual([
    2,
    "cellar checks: --rows goes with one KEY, as in cellar checks sales/orders --rows cheap\n",
  ]);
  const unknown = await cellar(["checks", "a/other", "--rows", "cheap", ...w]);
  expect([unknown.code, unknown.err]).toEqual([1, 'cellar checks: a/other has no check "cheap"; it has none\n']);
});
