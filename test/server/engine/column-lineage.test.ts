import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CellColumns } from "../../../cells/lineage/column-lineage.ts";
import { columnsOfSql } from "../../../server/engine/column-lineage.ts";
import { Session } from "../../../server/engine/session.ts";
import { type EngineFixture, openFixture } from "./fixture.ts";

const orders = [
  { name: "id", type: "INTEGER" },
  { name: "customer", type: "VARCHAR" },
  { name: "price", type: "DECIMAL(10,2)" },
  { name: "qty", type: "INTEGER" },
  { name: "day", type: "DATE" },
  { name: "tags", type: "VARCHAR[]" },
  { name: "s", type: "STRUCT(a INTEGER, b VARCHAR)" },
];
const customers = [
  { name: "id", type: "INTEGER" },
  { name: "name", type: "VARCHAR" },
  { name: "region", type: "VARCHAR" },
];

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

function columnsOf(
  sql: string,
  options: { files?: Record<string, string>; expressions?: string[]; values?: string[] } = {},
) {
  const { files = {}, expressions = [], values = [] } = options;
  return columnsOfSql(
    fixture.database,
    {
      sql: { strings: sql.split("?"), offsets: [0], expressions },
      tables: [
        { source: "orders", schema: null, name: "orders", columns: orders },
        { source: "crm.customers", schema: "crm", name: "customers", columns: customers },
      ],
      files,
      values,
    },
    { temporary: fixture.temporary, folders: [fixture.data] },
    new AbortController().signal,
  );
}

const data: Readonly<Record<string, readonly (readonly string[])[]>> = {
  orders: Array.from({ length: 12 }, (_, i) => [
    String(i % 9),
    `'c${i % 4}'`,
    `${i % 5}.5`,
    String(i % 4),
    `DATE '2026-01-0${(i % 6) + 1}'`,
    `['t${i % 3}', 'u${i % 2}']`,
    `{'a': ${i}, 'b': 'x${i}'}`,
  ]),
  "crm.customers": Array.from({ length: 6 }, (_, i) => [String(i), `'c${i}'`, `'r${i % 2}'`]),
};
const others: Readonly<Record<string, string>> = {
  INTEGER: "v + 3",
  VARCHAR: "v || 'z'",
  "DECIMAL(10,2)": "v * 3",
  DATE: "v + 2",
  "VARCHAR[]": "v || ['w']",
  "STRUCT(a INTEGER, b VARCHAR)": "{'a': v.a + 1, 'b': v.b || 'y'}",
};

/** What a query gives, column by column, each sorted; every value of the one column that is named is another. */
async function answerOf(
  sql: string,
  changed: { table: string; name: string } | null,
): Promise<readonly (readonly string[])[]> {
  const views = [
    ["orders", orders],
    ["crm.customers", customers],
  ].map(([table, columns]) => {
    const own = columns as typeof orders;
    const cells = own.map(({ name, type }, i) => {
      const cast = `c${i}::${type}`;
      const isChanged = changed !== null && changed.table === table && changed.name === name;
      return `${isChanged ? (others[type] ?? "").replaceAll(/\bv\b/g, `(${cast})`) : cast} AS ${name}`;
    });
    const rows = (data[table as string] ?? []).map((row) => `(${row.join(", ")})`).join(", ");
    const names = own.map((_, i) => `c${i}`).join(", ");
    const [schema, name = ""] = (table as string).includes(".")
      ? (table as string).split(".")
      : [null, table as string];
    return { schema: schema ?? null, name, from: `(SELECT ${cells.join(", ")} FROM (VALUES ${rows}) AS t(${names}))` };
  });
  const session = await Session.open(fixture.database, views);
  try {
    const { columns, rows } = await session.read(`SELECT * FROM (\n${sql}\n)`);
    return columns.map((_, i) => rows.map((row) => String(row[i])).sort());
  } finally {
    await session.close();
  }
}

/** `total: aggregation orders.price` for each column, and what decides the rows behind `rows:`. */
function said(found: CellColumns): readonly string[] {
  if (found.type === "unknown") return [`unknown: ${found.reason}`];
  const list = (from: readonly { use: string; source: string; column: string | null }[]) =>
    from
      .map(({ use, source, column }) => `${use} ${source}.${column ?? "*"}`)
      .sort()
      .join(", ");
  return [...found.columns.map(({ name, from }) => `${name}: ${list(from)}`), `rows: ${list(found.rows.from)}`];
}

const cases: readonly (readonly [sql: string, expected: readonly string[]])[] = [
  [
    "SELECT id, price * qty AS total FROM orders",
    ["id: identity orders.id", "total: transformation orders.price, transformation orders.qty", "rows: "],
  ],
  [
    "SELECT price FROM orders WHERE qty > 1 ORDER BY day",
    ["price: identity orders.price", "rows: filter orders.qty, sort orders.day"],
  ],
  [
    "SELECT * EXCLUDE (tags, s, day) REPLACE (price * 2 AS price) FROM orders",
    [
      "id: identity orders.id",
      "customer: identity orders.customer",
      "price: transformation orders.price",
      "qty: identity orders.qty",
      "rows: ",
    ],
  ],
  [
    "SELECT customer, sum(price) AS total, count(*) AS n FROM orders GROUP BY customer",
    ["customer: identity orders.customer", "total: aggregation orders.price", "n: ", "rows: group_by orders.customer"],
  ],
  [
    "SELECT o.id, c.region FROM orders o LEFT JOIN crm.customers c ON o.customer = c.name",
    [
      "id: identity orders.id",
      "region: identity crm.customers.region",
      "rows: join crm.customers.name, join orders.customer",
    ],
  ],
  [
    "WITH a AS (SELECT customer, price FROM orders WHERE qty > 1), b AS (FROM a) SELECT * FROM b UNION ALL SELECT name, 1 FROM crm.customers",
    [
      "customer: identity crm.customers.name, identity orders.customer",
      "price: transformation orders.price",
      "rows: filter orders.qty",
    ],
  ],
  [
    "SELECT id, row_number() OVER (PARTITION BY customer ORDER BY day) AS n, sum(price) OVER (ORDER BY qty) AS running FROM orders",
    [
      "id: identity orders.id",
      "n: window orders.customer, window orders.day",
      "running: aggregation orders.price, window orders.qty",
      "rows: ",
    ],
  ],
  [
    "SELECT CASE WHEN qty > 1 THEN price END AS p FROM orders",
    ["p: conditional orders.qty, transformation orders.price", "rows: "],
  ],
  [
    "SELECT id, (SELECT max(region) FROM crm.customers c WHERE c.name = o.customer) AS region FROM orders o",
    [
      "id: identity orders.id",
      "region: aggregation crm.customers.region, conditional crm.customers.name, conditional orders.customer",
      "rows: ",
    ],
  ],
  [
    "SELECT id FROM orders WHERE customer IN (SELECT name FROM crm.customers)",
    ["id: identity orders.id", "rows: filter crm.customers.name, filter orders.customer"],
  ],
  ["SELECT DISTINCT customer FROM orders", ["customer: identity orders.customer", "rows: group_by orders.customer"]],
  [
    "SELECT id, t FROM orders, unnest(tags) AS u(t)",
    ["id: identity orders.id", "t: transformation orders.tags", "rows: join orders.tags"],
  ],
  [
    "SELECT unnest(tags) AS t, s.a FROM orders",
    ["t: transformation orders.tags", "a: transformation orders.s", "rows: join orders.tags"],
  ],
  [
    "PIVOT (SELECT customer, price, day FROM orders) ON customer IN ('a', 'b') USING sum(price) GROUP BY day",
    [
      "day: identity orders.day",
      "a: aggregation orders.price, conditional orders.customer",
      "b: aggregation orders.price, conditional orders.customer",
      "rows: group_by orders.day",
    ],
  ],
  [
    "WITH RECURSIVE t(n) AS (SELECT id FROM orders UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t",
    ["n: identity orders.id, transformation orders.id", "rows: filter orders.id"],
  ],
  [
    "SELECT id FROM orders EXCEPT SELECT id FROM crm.customers",
    ["id: identity orders.id", "rows: filter crm.customers.id, filter orders.id, group_by orders.id"],
  ],
  [
    "SELECT list_transform(tags, x -> x || customer) AS l FROM orders",
    ["l: transformation orders.customer, transformation orders.tags", "rows: "],
  ],
  ["SELECT price FROM orders ORDER BY day LIMIT 3", ["price: identity orders.price", "rows: sort orders.day"]],
  ["SELECT * FROM (VALUES (1, 'a')) AS t(x, y)", ["x: ", "y: ", "rows: "]],
  ["SELECT max(id) AS m FROM orders HAVING max(qty) > 1", ["m: aggregation orders.id", "rows: filter orders.qty"]],
  ["SELECT COLUMNS('^(id|price)$') FROM orders", ["id: identity orders.id", "price: identity orders.price", "rows: "]],
];

describe("columns of a SQL cell", () => {
  test.each(cases)("%s", async (sql, expected) => {
    expect(said(await columnsOf(sql))).toEqual(expected);
  });

  test.each(cases)("DuckDB agrees that no other column matters: %s", async (sql) => {
    const found = await columnsOf(sql);
    if (found.type === "unknown") throw new Error(found.reason);
    const before = await answerOf(sql, null);
    for (const [table, columns] of [
      ["orders", orders],
      ["crm.customers", customers],
    ] as const)
      for (const { name } of columns) {
        const after = await answerOf(sql, { table, name });
        for (const [i, own] of found.columns.entries()) {
          if (JSON.stringify(before[i]) === JSON.stringify(after[i])) continue;
          const sources = [...own.from, ...found.rows.from].map(({ source, column }) => `${source}.${column}`);
          expect(sources, `${own.name} differs once ${table}.${name} does`).toContain(`${table}.${name}`);
        }
      }
  });

  test("what cannot be told is unknown, and says why", async () => {
    expect(said(await columnsOf("CREATE TEMP TABLE t AS FROM orders; FROM t"))).toEqual([
      "unknown: it is more than one SELECT",
    ]);
    expect(said(await columnsOf("PIVOT orders ON customer USING sum(price)"))[0]).toMatch(/^unknown: /);
    expect(said(await columnsOf("SELECT nothing FROM orders"))[0]).toMatch(/^unknown: .*nothing/s);
  });

  test("files are sources, whichever function reads them", async () => {
    writeFileSync(join(fixture.data, "raw.csv"), "a,b\n1,x\n");
    const files = { "raw.csv": join(fixture.data, "raw.csv") };
    expect(said(await columnsOf("SELECT a FROM 'raw.csv' WHERE b = 'x'", { files }))).toEqual([
      "a: identity file:raw.csv.a",
      "rows: filter file:raw.csv.b",
    ]);
    expect(said(await columnsOf("SELECT raw.b FROM read_csv('raw.csv', header = true) AS raw", { files }))).toEqual([
      "b: identity file:raw.csv.b",
      "rows: ",
    ]);
  });

  test("a value in a parameter takes part in all rows", async () => {
    const found = await columnsOf("SELECT id FROM orders WHERE qty > ?", { expressions: ["least"], values: ["least"] });
    expect(said(found)).toEqual(["id: identity orders.id", "rows: filter least.*, filter orders.qty"]);
  });

  test.each([
    ["SELECT id, price FROM orders", "SELECT id, price AS price FROM orders -- same", []],
    ["SELECT id, price FROM orders", "SELECT id, price * 2 AS price FROM orders", ["price"]],
    ["SELECT id, price FROM orders", "SELECT id, price, qty FROM orders", ["qty"]],
    ["SELECT id, price FROM orders", "SELECT id, price FROM orders WHERE qty > 1", ["id", "price"]],
    ["WITH a AS (FROM orders) SELECT id FROM a", "SELECT id FROM orders", []],
    ["SELECT id FROM orders ORDER BY id", "SELECT id FROM orders", []],
    ["SELECT id FROM orders ORDER BY id LIMIT 2", "SELECT id FROM orders ORDER BY qty LIMIT 2", ["id"]],
  ])("definitions tell which columns differ: %s → %s", async (before, after, differing) => {
    const [one, two] = [await columnsOf(before), await columnsOf(after)];
    if (one.type === "unknown" || two.type === "unknown") throw new Error("unknown");
    const known = new Map(one.columns.map(({ name, definition }) => [name, definition]));
    const rowsDiffer = one.rows.definition !== two.rows.definition;
    expect(
      two.columns
        .filter(({ name, definition }) => rowsDiffer || known.get(name) !== definition)
        .map(({ name }) => name),
    ).toEqual(differing);
  });
});
