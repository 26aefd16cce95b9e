import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelCell } from "../../../cells/protocol/kernel.ts";
import { materializeRange } from "../../../server/engine/materialize-range.ts";
import { materializeSql } from "../../../server/engine/materialize.ts";
import type { MaterializeRequest } from "../../../server/engine/messages.ts";
import { compiledSql } from "./compiled-sql.ts";
import { materialize, newTarget, openFixture, read, requestOf, type EngineFixture, type SqlAsset } from "./fixture.ts";

const days = 40;
const hour = 3_600_000;

let fixture: EngineFixture;
let inputs: NonNullable<SqlAsset["inputs"]>;

beforeAll(async () => {
  fixture = await openFixture();
  // days without any rows, one with many, times at the very ends of a day
  const { target } = await materialize(fixture, {
    sql: `select timestamptz '2024-01-01 00:00:00+00' + interval (i * 5 + (i // 97) * 60 * 24) minute as ts, i as n, i % 7 as k,
      case when i % 11 = 0 then null else i / 4 end as x, 'r' || (i % 3) as region from range(6000) t(i)`,
  });
  const names = await materialize(fixture, { sql: "select unnest([0, 1, 2]) as k, unnest(['a', 'b', 'b']) as label" });
  inputs = {
    events: { format: "parquet", paths: [target] },
    labels: { format: "parquet", paths: [names.target] },
  };
});
afterAll(() => fixture.close());

const slices = Array.from({ length: days }, (_, i) => {
  const start = new Date(Date.UTC(2024, 0, 1) + i * 24 * hour).toISOString();
  const end = new Date(Date.UTC(2024, 0, 2) + i * 24 * hour).toISOString();
  return { key: start.slice(0, 10), start, end, dimensions: {} };
});
const within = "ts >= ${partition.start} and ts < ${partition.end}";

function callOf(text: string): { readonly cell: KernelCell; readonly request: MaterializeRequest } {
  const request = requestOf(fixture, { sql: text, inputs });
  const cell = compiledSql(text, request);
  const parts = text.split(/\$\{(.*?)\}/);
  const sql = {
    strings: parts.filter((_, i) => i % 2 === 0),
    offsets: parts.filter((_, i) => i % 2 === 0).map(() => 0),
    expressions: parts.filter((_, i) => i % 2 === 1),
  };
  return { cell: { ...cell, compiled: { ...cell.compiled, sql } }, request };
}

const place = () => ({
  temporary: fixture.temporary,
  folders: [fixture.data, fixture.staging, fixture.temporary],
  signal: new AbortController().signal,
});

/** Every window by itself. */
async function oneByOne(sql: string) {
  const { cell, request } = callOf(sql);
  const all = [];
  for (const partition of slices) {
    const result = await materializeSql(
      fixture.database,
      cell,
      { ...request, partition, target: newTarget(fixture) },
      { ...place(), onWritten: () => undefined, notebook: "test.html", ask: () => Promise.reject(new Error("asked")) },
    );
    if (result.type !== "table") throw new Error("no table");
    all.push({
      rows: result.rows,
      dataVersion: result.dataVersion,
      bound: result.bound,
      statistics: result.statistics,
    });
  }
  return all;
}

function together(sql: string) {
  const { cell, request } = callOf(sql);
  const { store: _store, partition: _partition, target: _target, metadata: _metadata, ...rest } = request;
  const asked = slices.map((partition) => ({
    partition,
    target: newTarget(fixture),
    metadata: { "cellar.partition": partition.key },
  }));
  return { asked, result: materializeRange(fixture.database, cell, { ...rest, slices: asked }, place()) };
}

describe("many windows by one statement", () => {
  it.each([
    ["a filter", `select * from events where ${within}`],
    ["groups", `select k, count(*) as c, sum(n) as s, max(region) as r from events where ${within} group by k`],
    ["one row also where there are none", `select count(*) as c, sum(n) as s, min(k) as k from events where ${within}`],
    [
      "a join and its own key",
      `select \${partition.key} as day, label, count(*) as c from events join labels using (k) where ${within} group by all`,
    ],
    [
      "WITH and HAVING",
      `with e as (select * from events where ${within}) select k, count(*) as c from e group by k having count(*) > 3`,
    ],
    ["UNION", `select n from events where ${within} union all select -n from events where ${within}`],
    ["no rows at all", `select * from events where ${within} and n < 0`],
    [
      "DISTINCT and EXISTS",
      `select distinct region from events where ${within} and exists (select 1 from labels where labels.k = events.k)`,
    ],
    [
      "a date of the window",
      `select \${partition.start}::date as day, count(*) as c from events where ts::date = \${partition.start}::date`,
    ],
    ["no filter", "select count(*) as c, ${partition.key} as day from events"],
  ])("%s: the same as one by one", async (_name, sql) => {
    const { asked, result } = together(sql);
    const range = await result;
    expect(range).toMatchObject({ type: "range" });
    if (range.type !== "range") return;
    expect(range.slices).toEqual(await oneByOne(sql));
    // every window's file holds its own rows, and says whose they are
    for (const at of [0, 17, days - 1]) {
      const { target = "", partition } = asked[at] ?? {};
      expect(await read(fixture, `select count(*) from '${target}'`)).toEqual([[String(range.slices[at]?.rows)]]);
      const metadata = await read(fixture, `select decode(key), decode(value) from parquet_kv_metadata('${target}')`);
      expect(metadata).toEqual([["cellar.partition", partition?.key]]);
    }
  });

  it.each([
    [
      "what the engine cannot turn around (a subquery in it that looks at its rows)",
      `with e as (select * from events where ${within}) select k, (select count(*) from e f where f.k = e.k) as c from e group by k having count(*) > 3`,
      /./,
    ],
    ["ORDER BY", `select * from events where ${within} order by n`, /ORDER gives depends on the order/],
    ["LIMIT", `select * from events where ${within} limit 2`, /LIMIT/],
    ["a list", `select list(n) as l from events where ${within}`, /LIST/],
    ["a sum of floating-point numbers", `select sum(x) as s from events where ${within}`, /floating-point/],
    ["two statements", `create temp table t as select 1; select * from events where ${within}`, /more than one SELECT/],
    ["a dimension", "select * from events where region = ${partition.region}", /binds more than its window/],
    ["names of its own", `select n as cellar_i from events where ${within}`, /cellar_/],
    [
      "an error in one window",
      `select case when \${partition.key} = '2024-01-09' then error('no') else n end as n from events where ${within}`,
      /no/,
    ],
  ])("%s: is left to one by one", async (_name, sql, reason) => {
    expect(await together(sql).result).toMatchObject({
      type: "refused",
      reason: expect.stringMatching(reason) as string,
    });
  });
});
