import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reservedKeywords, softKeywords, typeFunctionKeywords } from "../../../cells/compile/sql-keywords.ts";
import { canonicalSql } from "../../../cells/compile/sql.ts";

const same: readonly (readonly [string, string])[] = [
  ["select  a,b\nfrom t -- c", "SELECT a, b FROM t"],
  ["select a/* x */+/* y */1 from t", "Select a + 1 From t;"],
  ["select count(*), SUM(x) from t group by all;;", "select COUNT ( * ), sum(x) FROM t GROUP BY ALL"],
  [
    "select x::INTEGER, cast(y as VarChar), Date '2020-01-01'",
    "select x :: integer, CAST(y AS varchar), date '2020-01-01'",
  ],
  ["select interval 1 YEAR, extract(Year from d)", "select INTERVAL 1 year, EXTRACT(Year FROM d)"],
  ["with recursive r as materialized (select 1) from r", "WITH RECURSIVE r AS MATERIALIZED (SELECT 1) FROM r"],
  [
    "select sum(x) OVER (Partition By y ORDER BY z NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "select sum(x) over (partition by y order by z nulls last rows between 1 preceding and current row)",
  ],
  [
    "create or replace temp table t as from a union all by name from b",
    "CREATE OR REPLACE TEMP TABLE t AS FROM a UNION ALL BY NAME FROM b",
  ],
  ["insert into t values (1) on conflict do nothing", "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"],
  ["pivot t on x using sum(y)", "PIVOT t ON x USING sum(y)"],
  ["select 'a'\n  'b'", "select 'ab'"],
  ["where x = ${ f( a ) /* c */ }", "WHERE x = ${f(a)}"],
  ["from t asof join u using (x)", "FROM t ASOF JOIN u USING (x)"],
];

const different: readonly (readonly [string, string])[] = [
  ["select 1 as Total", "select 1 as total"],
  ["select 1 Total", "select 1 total"],
  ["select sum(Price) from t", "select sum(price) from t"],
  ["select sum(Value) from t", "select sum(value) from t"],
  ["select 1 as Year, 2", "select 1 as year, 2"],
  ["select 1 as End", "select 1 as end"],
  ["select {Ab: 1}, {Year: 2}", "select {ab: 1}, {year: 2}"],
  ["select Year: 1", "select year: 1"],
  ["select 'A'", "select 'a'"],
  ['select "A"', 'select "a"'],
  ["select $$A$$", "select $$a$$"],
  ["select 1 - -1", "select 1 --1"],
  ["select 1.5", "select 1 .5"],
  ["select a > = b", "select a >= b"],
  ["select ${a}", "select ${b}"],
  ["select ${a}", "select $1"],
  ["select 'a' 'b'", "select 'ab'"],
  ["select ${a} from ${b", "select ${a} from ${c"],
];

test.each(same)("%j says what %j says", (one, other) => {
  expect(canonicalSql(one)).toBe(canonicalSql(other));
});

test.each(different)("%j does not say what %j says", (one, other) => {
  expect(canonicalSql(one)).not.toBe(canonicalSql(other));
});

test("texts that are the same but for the case of letters give columns of the same names", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(
    `create table t as select 1 as x, 2 as "year", 3 as "value", date '2020-01-01' as d, [1] as l, {'first': 1} as s`,
  );
  const queries = [
    "select x as Total, sum(value) over (order by year rows between 1 preceding and current row) from t",
    "select count(*), sum(x), max(year), cast(x as bigint), x::integer, s.first, value from t group by all",
    "select case when x is not distinct from value then year else x end as month, x between 1 and value from t",
    "select {first: x, day: value} as data, [year, x], list_transform(l, lambda hour : hour + value) from t",
    "select extract(year from d), d + interval 1 day, trim(both 'a' from 'abc') as text, year in (value, x) from t",
    "select x as position, year as last, t.value, first(x order by year desc nulls last) from t group by all",
    "select * exclude (l, s) replace (x as value) from t order by value, year limit 1",
    "with a(first, data) as materialized (select year, value from t) select data, sum(first) as of_first from a group by data",
    "from t as name select name.year, min(name.value) as type, not x > value group by all",
    "select exists (from t) as is_there, (select max(value) from t) as content, value + year, -value, abs(year) from t",
  ];
  const names = async (text: string): Promise<string> => (await connection.run(text)).columnNames().join("\n");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...queries), fc.infiniteStream(fc.boolean()), async (query, coins) => {
      const iterator = coins[Symbol.iterator]();
      // a word as a whole, as an author would write it
      const other = query.replace(/'[^']*'|\w+/g, (word) =>
        word.startsWith("'") || iterator.next().value === true ? word : word.toUpperCase(),
      );
      if (canonicalSql(query) === canonicalSql(other)) expect(await names(other), other).toBe(await names(query));
    }),
    { numRuns: 400 },
  );
  for (const query of queries) {
    const keywords = query.replace(
      /\b(?:select|from|group by all|order by|as|case|when|then|else|end|over)\b/g,
      (word) => word.toUpperCase(),
    );
    expect(canonicalSql(keywords), query).toBe(canonicalSql(query));
  }
});

test("the keywords are those of the engine", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const reader = await connection.runAndReadAll("select keyword_name, keyword_category from duckdb_keywords()");
  const words = (...categories: readonly string[]): readonly string[] =>
    [
      ...new Set(
        reader
          .getRows()
          .filter(([, category]) => categories.includes(String(category)))
          .map(([name]) => String(name)),
      ),
    ].sort();
  expect([...reservedKeywords].sort()).toEqual(words("reserved"));
  expect([...typeFunctionKeywords].sort()).toEqual(words("type_function"));
  expect([...softKeywords].sort()).toEqual(words("unreserved", "column_name"));
});
