import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storableType, storableValue } from "../../../server/engine/storable-type.ts";
import { materialize, openFixture, read, type EngineFixture } from "./fixture.ts";

let fixture: EngineFixture;
beforeAll(async () => void (fixture = await openFixture()));
afterAll(() => fixture.close());

async function failure(sql: string): Promise<{ message: string; data: unknown; code: unknown }> {
  try {
    await materialize(fixture, { sql });
  } catch (error) {
    if (error instanceof Error)
      return { message: error.message, data: Reflect.get(error, "data"), code: Reflect.get(error, "code") };
  }
  throw new Error("did not fail");
}

describe("materialize: plain SQL to Parquet", () => {
  it("writes the rows, the schema, and the metadata", async () => {
    const { result, target } = await materialize(fixture, {
      sql: "select i, 'r' || i as name from range(3) t(i) order by i desc",
      metadata: { "cellar.asset": "test/result", note: "it's" },
    });
    expect(result).toMatchObject({
      type: "table",
      rows: 3,
      schema: [
        { name: "i", type: "BIGINT" },
        { name: "name", type: "VARCHAR" },
      ],
      bound: "[]",
    });
    expect(await read(fixture, `from '${target}'`)).toEqual([
      ["2", "r2"],
      ["1", "r1"],
      ["0", "r0"],
    ]);
    const metadata = await read(fixture, `select decode(key), decode(value) from parquet_kv_metadata('${target}')`);
    expect(metadata).toEqual([
      ["cellar.asset", "test/result"],
      ["note", "it's"],
    ]);
  });

  it("reads inputs by name and by schema.name", async () => {
    const { target } = await materialize(fixture, { sql: "select range as n from range(4)" });
    const input = { format: "parquet", paths: [target] } as const;
    const { result } = await materialize(fixture, {
      sql: "select sum(o.n) + count(s.n) as n from orders o join sales.orders s using (n)",
      inputs: { orders: input, "sales.orders": input },
    });
    expect(result).toMatchObject({ rows: 1, schema: [{ name: "n", type: "DECIMAL(38,0)" }] });
  });

  it("reads several files of one input as one relation, by the names of their columns", async () => {
    const a = await materialize(fixture, { sql: "select 1 as a, 2 as b" });
    const b = await materialize(fixture, { sql: "select 3 as b, 4 as a" });
    const { target } = await materialize(fixture, {
      sql: "select a, b from parts order by a",
      inputs: { parts: { format: "parquet", paths: [a.target, b.target] } },
    });
    expect(await read(fixture, `from '${target}'`)).toEqual([
      ["1", "2"],
      ["4", "3"],
    ]);
  });

  it.each([
    ["from 'weather.csv'", "2"],
    ["from read_csv('weather.csv')", "2"],
    ["select * from read_csv(['weather.csv', 'weather.csv'])", "4"],
    ["select w.* from range(1) r, 'weather.csv' w where 'weather.csv' = 'weather.csv'", "2"],
    ['select * from "weather.csv" w join weather using (t)', "2"],
  ])("reads files by the name that the cell gives: %s", async (sql, rows) => {
    const path = join(fixture.data, "weather.csv");
    writeFileSync(path, "t,city\n1,Ulm\n2,Bonn\n");
    const { target } = await materialize(fixture, { sql, files: { "weather.csv": path, weather: path } });
    expect(await read(fixture, `select count(*) from '${target}'`)).toEqual([[rows]]);
  });

  it.each([
    ["create table t as select 1 as a; insert into t values (2); select sum(a)::int as s from t;", "3"],
    ["select 7 as s; create table t as select 1", "7"],
    ["create macro twice(x) as x * 2; select twice(21) as s -- done", "42"],
    ["set variable v = 5; select getvariable('v') as s", "5"],
    ["create table t (a int); insert into t values (9) returning a", "9"],
    ["call range(1, 2)", "1"],
    ["pivot (values ('a', 1)) t(k, v) on k using sum(v)", "1"],
    ["select ';' as s; /* ; */", ";"],
    ["create table t as select 1 as a; select a from t; drop table t", "1"],
  ])("runs the statements before and keeps the last that yields rows: %s", async (sql, value) => {
    const { target } = await materialize(fixture, { sql });
    expect(await read(fixture, `from '${target}'`)).toEqual([[value]]);
  });

  it("keeps what one asset creates from the next", async () => {
    await materialize(fixture, { sql: "create table left_over as select 1; select 1" });
    expect(await failure("from left_over")).toMatchObject({ code: "query_failed" });
  });

  it.each([
    ["select 1 +", 1, 11, /syntax error/],
    ["select\n  nope\nfrom range(3)", 2, 3, /"nope" not found/],
    ["select 1;\nselect 'é', 'a'::int", 2, 16, /could not convert string 'a'/],
    ["from nowhere", 1, 6, /nowhere does not exist/],
    ["select 1) to 'x' (format csv", 1, 9, /parenthesis is closed/],
    ["-- nothing", null, null, /SQL is empty/],
    ["create table t as select 1", 1, 1, /no statement of this SQL yields rows/],
  ])("says where a query failed: %s", async (sql, line, column, message) => {
    const error = await failure(sql);
    expect(error.code).toBe("query_failed");
    expect(error.message).toMatch(message);
    if (line !== null) expect(error.data).toMatchObject({ line, column });
  });

  it("names inputs, not paths, in messages", async () => {
    const path = join(fixture.data, "broken.parquet");
    writeFileSync(path, "not parquet at all");
    await expect(
      materialize(fixture, { sql: "from orders", inputs: { orders: { format: "parquet", paths: [path] } } }),
    ).rejects.toThrow(/^(?!.*cellar-engine).*orders/s);
  });

  it("ends a query when it is cancelled", async () => {
    const controller = new AbortController();
    const running = materialize(fixture, {
      sql: "select count(*) from range(100000000000) a, range(1000) b",
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: "cell_cancelled" });
    expect(await fixture.database.isAlive()).toBe(true);
  });
});

describe("types", () => {
  it.each([
    ["INTEGER", "INTEGER"],
    ["DECIMAL(38,9)", "DECIMAL(38,9)"],
    ["TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"],
    ["HUGEINT", "DECIMAL(38,0)"],
    ["HUGEINT[]", "DECIMAL(38,0)[]"],
    ["INTEGER[3][2]", "INTEGER[][]"],
    ["ENUM('a,b', 'c(')", "VARCHAR"],
    [
      'STRUCT("A b" INTEGER, u UUID, n STRUCT(h HUGEINT[2]))',
      'STRUCT("A b" INTEGER, u VARCHAR, n STRUCT(h DECIMAL(38,0)[]))',
    ],
    ["STRUCT(INTEGER, VARCHAR)", "STRUCT(element1 INTEGER, element2 VARCHAR)"],
    ["MAP(UUID, UNION(a INTEGER, b VARCHAR))[]", "MAP(VARCHAR, VARCHAR)[]"],
  ])("%s is kept as %s", (type, stored) => expect(storableType(type)).toBe(stored));

  it.each([
    ["true", "BOOLEAN"],
    ["9007199254740993::bigint", "BIGINT"],
    ["18446744073709551615::ubigint", "UBIGINT"],
    ["12345678901234567890123456789.123456789::decimal(38,9)", "DECIMAL(38,9)"],
    ["-99999999999999999999999999999999999999::hugeint", "DECIMAL(38,0)"],
    ["'nan'::double", "DOUBLE"],
    ["1.5::float", "FLOAT"],
    ["'日本 é'", "VARCHAR"],
    ["'a\\xFF'::blob", "BLOB"],
    ["date '2024-02-29'", "DATE"],
    ["time '10:00:00.123456'", "TIME"],
    ["timestamp '2024-01-01 00:00:00.123456'", "TIMESTAMP"],
    ["timestamp_ns '2024-01-01 00:00:00.123456789'", "TIMESTAMP_NS"],
    ["timestamp_ms '2024-01-01 00:00:00.123'", "TIMESTAMP"],
    ["timestamp_s '2024-01-01 00:00:00'", "TIMESTAMP"],
    ["timestamptz '2024-01-01 00:00:00+02'", "TIMESTAMP WITH TIME ZONE"],
    ["uuid '123e4567-e89b-12d3-a456-426614174000'", "VARCHAR"],
    ["'b'::enum('a', 'b')", "VARCHAR"],
    ["interval '1 month 2 days 0.000001 seconds'", "VARCHAR"],
    ["'10:00:00+02'::timetz", "VARCHAR"],
    ["'0101'::bit", "VARCHAR"],
    ["12345678901234567890123456789012345678901234567890::bignum", "VARCHAR"],
    ["'{\"a\": 1}'::json", "VARCHAR"],
    ["{'a': 1}::variant", "VARCHAR"],
    ["union_value(n := 1)", "VARCHAR"],
    ["[1, null, 3]", "INTEGER[]"],
    ["[1, 2]::int[2]", "INTEGER[]"],
    ["{'a': 1, 'b c': [{'d': null::date}]}", 'STRUCT(a INTEGER, "b c" STRUCT(d DATE)[])'],
    ["map {'k': 1.5, 'n': null}", "MAP(VARCHAR, DECIMAL(2,1))"],
    ["[{'h': 170141183460469231731::hugeint}]", "STRUCT(h DECIMAL(38,0))[]"],
    ["row(1, 'x')", "STRUCT(element1 INTEGER, element2 VARCHAR)"],
    ["null", "INTEGER"],
  ])("%s survives", async (value, type) => {
    const sql = `select ${value} as v, 1 as v, null::${type} as n union all select null, null, null`;
    const { result, target } = await materialize(fixture, { sql });
    const schema = [
      { name: "v", type },
      { name: "v_1", type: "INTEGER" },
      { name: "n", type },
    ];
    expect(result).toMatchObject({ type: "table", rows: 2, schema });
    const described = await read(fixture, `select column_name, column_type from (describe from '${target}')`);
    expect(described).toEqual(schema.map(({ name, type }) => [name, type]));
    const [[equal] = []] = await read(
      fixture,
      `select count(*) from '${target}' where v is not distinct from ${storableValue(`(${value})`, value.endsWith("variant") ? "VARIANT" : "")}::${type} and v is not null`,
    );
    expect(equal).toBe(value === "null" ? "0" : "1");
  });

  it("says so where a HUGEINT has more than 38 digits", async () => {
    expect(await failure("select 170141183460469231731687303715884105727::hugeint as h")).toMatchObject({
      code: "query_failed",
      message: expect.stringMatching(/DECIMAL\(38,0\)/i),
    });
  });
});

describe("dataVersion", () => {
  const base =
    "select i as a, case when i % 7 = 0 then null else 'x' || i end as b, [i, null] as c from range(1000) t(i)";
  const versionOf = async (sql: string): Promise<string> => {
    const { result } = await materialize(fixture, { sql });
    return result.type === "virtual" ? "" : result.dataVersion;
  };

  it("is the same after a shuffle and a round trip", async () => {
    const { result, target } = await materialize(fixture, { sql: base });
    const version = result.type === "table" ? result.dataVersion : "";
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    expect(await versionOf(`select * from (${base}) order by hash(a)`)).toBe(version);
    const again = await materialize(fixture, {
      sql: "from data order by a desc",
      inputs: { data: { format: "parquet", paths: [target] } },
    });
    expect(again.result).toMatchObject({ dataVersion: version });
  });

  it.each([
    ["a value", base.replace("'x'", "'y'")],
    ["one value", base.replace("i as a", "case when i = 5 then 6 else i end as a")],
    ["a type", base.replace("i as a", "i::int as a")],
    ["a column's name", base.replace("as a", "as z")],
    ["a null", base.replace("% 7", "% 8")],
    ["a null in a list", base.replace("[i, null]", "[i]")],
    ["a row", `${base} union all select 1, 'x1', [1, null]`],
    ["the order of columns", base.replace(/i as a, (.*), (\[i, null\] as c)/, "$2, $1, i as a")],
    ["no rows", `${base} limit 0`],
  ])("differs with %s", async (_, sql) => {
    expect(await versionOf(sql)).not.toBe(await versionOf(base));
  });
});
