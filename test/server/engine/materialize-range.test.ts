import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlOfRule } from "../../../cells/checks/expect-sql.ts";
import type { Rule } from "../../../cells/model/check.ts";
import type { KernelCell } from "../../../cells/protocol/kernel.ts";
import { materializeRange } from "../../../server/engine/materialize-range.ts";
import { materializeSql } from "../../../server/engine/materialize.ts";
import type { MaterializeRequest, RangeCheck, SlicedInput } from "../../../server/engine/messages.ts";
import { compiledSql } from "./compiled-sql.ts";
import { materialize, newTarget, openFixture, read, requestOf, type EngineFixture, type SqlAsset } from "./fixture.ts";

const days = 40;
const hour = 3_600_000;

let fixture: EngineFixture;
let inputs: NonNullable<SqlAsset["inputs"]>;
/** files of an input in partitions, one a window */
let parts: readonly string[];

beforeAll(async () => {
  fixture = await openFixture();
  // days without any rows, one with many, times at the very ends of a day
  const { target } = await materialize(fixture, {
    sql: `select timestamptz '2024-01-01 00:00:00+00' + interval (i * 5 + (i // 97) * 60 * 24) minute as ts, i as n, i % 7 as k,
      case when i % 11 = 0 then null else i / 4 end as x, 'r' || (i % 3) as region from range(6000) t(i)`,
  });
  const names = await materialize(fixture, { sql: "select unnest([0, 1, 2]) as k, unnest(['a', 'b', 'b']) as label" });
  const files: string[] = [];
  // the fifth has no rows
  for (const [i] of slices.entries()) {
    const sql = `select (i * 7 + ${i})::bigint as n, i % 5 as k, 'r' || (i % 3) as region from range(${i === 4 ? 0 : 20 + i}) t(i)`;
    files.push((await materialize(fixture, { sql })).target);
  }
  parts = files;
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

/** What the windows read of the partitions, the `last` of them up to their own. */
const slicedInput = (last: number): SlicedInput => ({
  key: requestOf(fixture, { sql: "" }).asset,
  name: "parts",
  paths: parts,
  reads: slices.map((_, i) => Array.from({ length: Math.min(last, i + 1) }, (__, back) => i - back).reverse()),
});

function callOf(
  text: string,
  more: SqlAsset["inputs"] = {},
): { readonly cell: KernelCell; readonly request: MaterializeRequest } {
  const request = requestOf(fixture, { sql: text, inputs: { ...inputs, ...more } });
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

const metadataOf = (partition: string) => ({ "cellar.partition": partition, "cellar.note": "é".repeat(100) });

/** Every window by itself: what comes out, and where. */
async function oneByOne(sql: string, last = 0) {
  const all = [];
  for (const [i, partition] of slices.entries()) {
    const { paths, reads } = slicedInput(last);
    const own = (reads[i] ?? []).flatMap((path) => paths[path] ?? []);
    const { cell, request } = callOf(sql, last === 0 ? {} : { parts: { format: "parquet", paths: own } });
    const target = newTarget(fixture);
    const result = await materializeSql(
      fixture.database,
      cell,
      { ...request, partition, target, metadata: metadataOf(partition.key) },
      { ...place(), onWritten: () => undefined, notebook: "test.html", ask: () => Promise.reject(new Error("asked")) },
    );
    if (result.type !== "table") throw new Error("no table");
    const { rows, dataVersion, bound, statistics, schema } = result;
    all.push({ target, schema, out: { rows, dataVersion, bound, statistics, failing: [] as number[] } });
  }
  return all;
}

function together(
  sql: string,
  { last = 0, checks = [] as readonly RangeCheck[], cells = [] as readonly KernelCell[] } = {},
) {
  const sliced = last === 0 ? [] : [slicedInput(last)];
  const { cell, request } = callOf(sql, last === 0 ? {} : { parts: { format: "parquet", paths: parts } });
  const { store: _store, partition: _partition, metadata: _metadata, ...rest } = request;
  const fixed = rest.inputs.filter(({ name }) => name !== "parts");
  const asked = slices.map((partition) => ({ partition, metadata: metadataOf(partition.key) }));
  const target = newTarget(fixture);
  const range = { ...rest, inputs: fixed, target, slices: asked, sliced, checks };
  return { target, result: materializeRange(fixture.database, cell, range, { ...place(), cells }) };
}

/** Both ways, which are to be one: the answers, and the files with their rows, columns and metadata. */
async function expectSame(sql: string, last = 0): Promise<void> {
  const { target, result } = together(sql, { last });
  const range = await result;
  expect(range).toMatchObject({ type: "range" });
  if (range.type !== "range") return;
  const alone = await oneByOne(sql, last);
  expect(range.slices).toEqual(alone.map(({ out }) => out));
  for (const at of [0, 4, 17, days - 1]) {
    const [own, other] = [join(target, String(at)), alone[at]?.target ?? ""];
    expect(range.schema).toEqual(alone[at]?.schema);
    const metadata = (file: string) =>
      read(fixture, `select decode(key), decode(value) from parquet_kv_metadata('${file}')`);
    expect(await metadata(own)).toEqual(await metadata(other));
    const difference = `((from read_parquet('${own}') except all from '${other}') union all (from '${other}' except all from read_parquet('${own}')))`;
    expect(await read(fixture, `select count(*) from ${difference}`)).toEqual([["0"]]);
  }
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
  ])("%s: the same as one by one", async (_name, sql) => expectSame(sql));

  it.each([
    ["its own partition", 1, "select k, count(*) as c, sum(n)::bigint as s from parts group by k"],
    ["all rows of it", 1, "select *, ${partition.key} as day from parts where n % 2 = 0"],
    ["three partitions", 3, "select region, max(n) as n, count(*) as c from parts group by all"],
    ["one row also where there are none", 1, "select count(*) as c, min(n) as least from parts"],
    ["with another input", 1, "select label, count(*) as c from parts join labels using (k) group by all"],
    ["with WITH", 2, "with p as (select * from parts where k > 1) select k, count(*) as c from p group by k"],
    ["twice", 1, "select k, count(*) as c from parts where n > (select avg(n) from parts) group by k"],
    ["united", 1, "select n from parts union select k from parts"],
    [
      "with a window of the rows",
      1,
      `select p.k, count(*) as c from parts p join events e on e.n = p.n where ${within} group by all`,
    ],
  ] as const)("an input in partitions, %s", async (_name, last, sql) => expectSame(sql, last));

  it("files are what they are one by one, byte by byte where there is one way to write the rows", async () => {
    const sql = "select count(*) as c, ${partition.key} as day from parts";
    const { target, result } = together(sql, { last: 1 });
    await result;
    const alone = await oneByOne(sql, 1);
    for (const [i, { target: other }] of alone.entries())
      expect((await readFile(join(target, String(i)))).equals(await readFile(other))).toBe(true);
  });

  it("checks are held against every window", async () => {
    const columns = [
      { name: "n", type: "BIGINT" },
      { name: "k", type: "BIGINT" },
    ];
    const ruleOf = (rule: Rule): RangeCheck => {
      const what = { table: "result", columns, previous: null };
      const together = sqlOfRule(rule, { ...what, columns: [], by: "cellar_i" });
      return { type: "rule", table: "result", sql: sqlOfRule(rule, what), together };
    };
    const called = callOf(`select * from result where n > 30 and day = \${partition.key}`);
    const cell = {
      ...called.cell,
      tables: [{ schema: null, name: "result", source: { type: "cell", name: "result" } as const }],
    };
    const checks: readonly RangeCheck[] = [
      ruleOf({ type: "between", column: "n", min: 5, max: null }),
      ruleOf({ type: "unique", columns: ["k"] }),
      ruleOf({ type: "unique", columns: ["k", "n"] }),
      ruleOf({ type: "accepted", column: "k", values: [0, 1, 2, 3] }),
      ruleOf({ type: "not_null", columns: ["n", "k"] }),
      { type: "cell", cell: cell.compiled.id, table: "result" },
    ];
    const { result } = together("select *, ${partition.key} as day from parts", { last: 1, checks, cells: [cell] });
    const range = await result;
    if (range.type !== "range") throw new Error(range.reason);
    // 20 + i rows of i * 7 + at
    const expected = slices.map((_, at) => {
      const rows = at === 4 ? [] : Array.from({ length: 20 + at }, (__, i) => ({ n: i * 7 + at, k: i % 5 }));
      const count = (isWrong: (row: { readonly n: number; readonly k: number }) => boolean) =>
        rows.filter(isWrong).length;
      const twice = count(({ k }) => rows.filter((row) => row.k === k).length > 1);
      return [count(({ n }) => n < 5), twice, 0, count(({ k }) => k === 4), 0, count(({ n }) => n > 30)];
    });
    expect(range.slices.map(({ failing }) => failing)).toEqual(expected);
  });

  it.each([
    [
      "a WITH that a subquery reads (DuckDB 1.5.5 then mixes the windows)",
      `with e as (select k, count(*) as c from events where ${within} group by k) select * from e where k in (select k from e where c > 2)`,
      /WITH, and a subquery/,
    ],
    [
      "the same with a subquery that looks at its rows",
      `with e as (select * from events where ${within}) select k, (select count(*) from e f where f.k = e.k) as c from e group by k having count(*) > 3`,
      /WITH, and a subquery/,
    ],
    [
      "what the engine cannot turn around",
      `select * from labels semi join events on labels.k = events.k and ${within}`,
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
