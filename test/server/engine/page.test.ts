import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPage, readQuery } from "../../../server/engine/page.ts";
import { engineVersion } from "../../../server/engine/engine-version.ts";
import type { StoredInput } from "../../../server/engine/messages.ts";
import { materialize, openFixture, type EngineFixture } from "./fixture.ts";

let fixture: EngineFixture;
let input: StoredInput;
const never = new AbortController().signal;
beforeAll(async () => {
  fixture = await openFixture();
  const { target } = await materialize(fixture, {
    sql: "select i::int as i, 'r' || i as name, case when i % 4 = 0 then null else (i % 3)::int end as k from range(100) t(i)",
  });
  input = { format: "parquet", paths: [target] };
});
afterAll(() => fixture.close());

const place = () => ({ temporary: fixture.temporary, folders: [fixture.staging] });
const rowsOf = (arrow: Uint8Array): readonly unknown[] =>
  tableFromIPC(arrow)
    .toArray()
    .map((row: { toJSON(): unknown }) => row.toJSON());

async function page(request: Partial<Parameters<typeof readPage>[1]>) {
  const { arrow, rows, columns } = await readPage(
    fixture.database,
    { input, offset: 0, limit: 10, orderBy: [], where: null, ...request },
    place(),
    never,
  );
  return { rows, columns, first: rowsOf(arrow)[0] };
}

describe("pages", () => {
  it("the engine is the version that memo keys name", () => expect(fixture.database.version).toBe(engineVersion));

  it("keep the stored order, with an offset and a limit", async () => {
    expect(await page({ offset: 97 })).toEqual({
      rows: 3,
      columns: [
        { name: "i", type: "INTEGER" },
        { name: "name", type: "VARCHAR" },
        { name: "k", type: "INTEGER" },
      ],
      first: { i: 97, name: "r97", k: 1 },
    });
  });

  it("are ordered by columns, NULL last both ways", async () => {
    const orderBy = [
      { column: "k", descending: true },
      { column: "i", descending: false },
    ];
    expect((await page({ orderBy })).first).toEqual({ i: 2, name: "r2", k: 2 });
    expect((await page({ orderBy: [{ column: "k", descending: false }], offset: 99, limit: 1 })).first).toMatchObject({
      k: null,
    });
  });

  it("are filtered by a condition", async () => {
    expect(await page({ where: "k = 1 and name like 'r1%' -- so" })).toMatchObject({ rows: 4, first: { i: 1 } });
  });

  it.each([
    ["i > 5; drop table x", /one condition/],
    ["i > 5) or (1 = 1", /parenthesis/],
    ["nope = 1", /nope/],
    ["i = 'x'", /convert|cast/i],
    ["(from read_text('/etc/passwd')) is null", /workspace/],
  ])("refuse a filter that is none: %s", async (where, message) => {
    await expect(page({ where })).rejects.toThrow(message);
  });

  it("refuse a column that is not there", async () => {
    await expect(page({ orderBy: [{ column: "nope", descending: false }] })).rejects.toMatchObject({ code: "usage" });
  });

  it("read files of other formats", async () => {
    const csv = join(fixture.data, "a.csv");
    const arrow = join(fixture.data, "a.arrow");
    const json = join(fixture.data, "a.json");
    writeFileSync(csv, "a,b\n1,x\n2,y\n");
    writeFileSync(json, '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]');
    writeFileSync(arrow, tableToIPC(tableFromArrays({ a: new Int32Array([1, 2]), b: ["x", "y"] }), "file"));
    for (const [format, path] of [
      ["csv", csv],
      ["json", json],
      ["arrow", arrow],
    ] as const) {
      const { rows, first } = await page({ input: { format, paths: [path] } });
      expect([format, rows, Number(Reflect.get(Object(first), "a")), Reflect.get(Object(first), "b")]).toEqual([
        format,
        2,
        1,
        "x",
      ]);
    }
    expect((await readFile(arrow)).length).toBeGreaterThan(0);
  });
});

describe("queries of a person", () => {
  async function query(sql: string, params: readonly unknown[] = [], limit = 10) {
    const tables = [
      { schema: null, name: "t", input },
      { schema: "sales", name: "t", input },
      { schema: "team/sales", name: "t", input },
    ];
    const { arrow, truncated } = await readQuery(fixture.database, { sql, params, tables, limit }, place(), never);
    return { rows: rowsOf(arrow), truncated };
  }

  it.each([
    ["select count(*)::int as n from t", [], [{ n: 100 }], false],
    ["select a.i from t a join sales.t b using (i) where a.i = $1", [7], [{ i: 7 }], false],
    ["select i from team.sales.t where i = ?", [8], [{ i: 8 }], false],
    [
      "select $1::int as a, $2 as b, $3 as c, len($4) as d",
      [1, "x", null, [1, 2]],
      [{ a: 1, b: "x", c: null, d: 2n }],
      false,
    ],
    ["select i from t order by i", [], Array.from({ length: 10 }, (_, i) => ({ i })), true],
    ["select 1 as a limit 0", [], [], false],
  ])("%s", async (sql, params, rows, truncated) => expect(await query(sql, params)).toEqual({ rows, truncated }));

  it("says where it failed", async () => {
    await expect(query("select\n nope from t")).rejects.toMatchObject({
      code: "query_failed",
      data: { line: 2, column: 2 },
    });
  });
});
