// Long because the table of cases is the specification of the reader.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { findTables } from "../../../cells/compile/sql-references.ts";
import { lowerAscii } from "../../../cells/compile/sql-tokens.ts";
import { createOracle, type SqlOracle } from "./sql-oracle.ts";
import { cpuMs } from "../../support/cpu-time.ts";

let oracle: SqlOracle;
beforeAll(async () => void (oracle = await createOracle()));

/** What ours finds, as the oracle says it: files in FROM are relations to it, arguments of functions are not. */
function ours(text: string): readonly string[] {
  const { tables, files } = findTables(text);
  const names = tables.map(({ schema, name }) => (schema === null ? name : `${schema.replaceAll("/", ".")}.${name}`));
  return [...new Set([...names, ...files.map((file) => file.name)].map(lowerAscii))].sort();
}

/** Queries that the oracle answers, each with what they read; functions over files are left to the tests below. */
const queries: readonly (readonly [text: string, reads: string])[] = [
  ["select 1", ""],
  ["from a", "a"],
  ["SELECT * FROM Orders, oRDERS", "orders"],
  ['from "a""b", "C d"', 'a"b c d'],
  ["from main.a, m.main.a", "m.main.a main.a"],
  ['from "a.b".c', "a.b.c"],
  ["from 'x.parquet'", "x.parquet"],
  ["from 'x.csv' t(a)", "x.csv"],
  ["from 'orders'", "orders"],
  ["table a", "a"],
  ["values ((from a)), (2)", "a"],
  ["from values (1), (x) t(a), b", "b"],
  ["from (values (1), (2)), b", "b"],
  ["from (values (1)) t union values (2)", ""],
  ["select 1 union from a", "a"],
  ["from a union all by name from b", "a b"],
  ["(select 1) union (from b)", "b"],
  ["((from a) union from b)", "a b"],
  ["from ((select 1) union select * from c)", "c"],
  ["select 1 union all select 2 from a intersect select 3 from b except (select 4 from c)", "a b c"],
  ["((from a) limit 1) union (from b)", "a b"],
  ["select * from (((select * from a)))", "a"],
  // common table expressions
  ["with x as (select 1) from x, y", "y"],
  ["with A as (from a) from A", "a"],
  ["with X as (from a) from x", "a"],
  ["with x as (from a), y as (from x), z as (from y) from z", "a"],
  ["with x as (from y), y as (select 1) from x", "y"],
  ["with a as (with b as (from a) from b) from b", "a b"],
  ["(with a as (select 1) from a) union from a", "a"],
  ["with a as (select 1) (from a) union from a", ""],
  ["select (with a as (select 1) from a), x from a", "a"],
  ["with a as (from b), c as (from a) select (with a as (from d) select 1 from a, c) from a", "b d"],
  ["with x as (select 1) from main.x", "main.x"],
  ['with "A b" as (from x) from "a B"', "x"],
  ["with é as (from x) from É", "x É"],
  ["with x(a) as not materialized (from b) table x", "b"],
  ["with x as materialized (from b) table x", "b"],
  ["with x as (with y as (from z) from y), y as (from x) from y", "z"],
  ["from (with x as (from a) from x) y, x", "a x"],
  ["select y from a where exists (with a as (from b) from a, c)", "a b c"],
  ["with x as (from a) (with y as (from x) from y, b) union from y", "a b y"],
  ["with x as (pivot a on b in (1) using sum(c)) from x", "a"],
  ["with x as (from a) pivot x on y in (1) using sum(z)", "a"],
  ["with x as (values (1)) select 1; select * from x", "x"],
  ["with recursive a as (select 1 union all select x + 1 from a where x < 9) from a", ""],
  ["with recursive a as (select 1 union all select x+1 from a), b as (from a) from b, a", ""],
  ["with recursive a as (from a) from a", "a"],
  ["with recursive a as ((select 1 union all from a)) from a", ""],
  ["with recursive a as (select 1 except from a) from a", "a"],
  ["with recursive a as (select 1 union select 2 except from a) from a", "a"],
  ["with recursive a as (select 1 union select 2 intersect from a) from a", ""],
  ["with recursive r(a, b) using key (a) as (select 1, 2 union select * from recurring.r, r) from r", ""],
  ["with recursive r as (select 1 as x union all (select x from r, t)) select (from r)", "t"],
  ["with a as (select 1 union from a) from a", "a"],
  ["with recursive a as (with b as (select 1) (select 2 union all from a, b)) from a", ""],
  // joins and the rest of FROM
  ["select * from a join b on a.x = b.x, c", "a b c"],
  ["from a t(x) join b u(y) on true", "a b"],
  ["from a as t(x), b", "a b"],
  ["from a join (b join c on true) on true, d", "a b c d"],
  ["from a join b join c on true on true, d", "a b c d"],
  ["from ((a join b on true) join c on true)", "a b c"],
  ["from ((a join b using (x)))", "a b"],
  [
    "from a positional join b asof join c on (a.t >= c.t) semi join d using (x) anti join e using (x) cross join f natural join g",
    "a b c d e f g",
  ],
  ["from a left outer join b using (x) full join c using (x) right join d using (x)", "a b c d"],
  ["from a asof left join b on a.x >= b.x, c", "a b c"],
  ["from a join b on a.x = [1, c][1] and a.y in (b.z, d), e", "a b e"],
  ["from a join b on a.x = {'k': c, 'l': d}.k, e", "a b e"],
  ["from a, lateral (from b where b.x = a.x)", "a b"],
  ["from a cross join lateral (from b)", "a b"],
  ["from a, lateral f(a.x) u, c", "a c"],
  ["from (from a) as f(x) join lateral unnest(x) on true", "a"],
  ["from unnest([1, 2]) with ordinality", ""],
  ["from range(3), generate_series(1, 2) t(i), b", "b"],
  ["from main.f(1), b", "b"],
  ["from f('x') as (a int, b text), c", "c"],
  ["from f((from a), (select 1 from b)), c", "a b c"],
  ["from x: a, y: b join z: c on true", "a b c"],
  ["from x: (from a), y: f(1), b", "a b"],
  ["select foo: a, bar: (from b) from c", "b c"],
  ["from a at (version => 1), b", "a b"],
  ["from a at (timestamp => now()), b", "a b"],
  ["from a tablesample reservoir(10), b", "a b"],
  ["select * from a using sample 10 rows", "a"],
  ["from a t tablesample 10% join b on true", "a b"],
  ["from duckdb_tables, information_schema.tables, duckdb_tables()", "duckdb_tables information_schema.tables"],
  ["from trim, year, value, range, range(1)", "range trim value year"],
  ["from a select *, (from b select max(x)) group by all", "a b"],
  // subqueries anywhere
  ["select * from a where exists (from b) and x in (select y from c) and z = any (from d)", "a b c d"],
  ["from a where x > all (select 1 from b)", "a b"],
  ["select * from a where (a, b) in (from c)", "a c"],
  ["select * from a where x not in (from b)", "a b"],
  ["select * from a where x in b", "a"],
  ["select array(select 1 from c), (select 1 from d)", "c d"],
  ["select [x for x in (from t)] from b", "b t"],
  ["select {'a': (from t), 'b': 1} from b", "b t"],
  ["select count(*) filter (where x in (from t)) from a", "a t"],
  ["select sum(x) over (partition by (from t) order by (from u)) from a", "a t u"],
  ["select a from b window w as (partition by c), v as (order by d)", "b"],
  ["select a from b group by (from c) having (from d) order by (from e) limit (from f) offset (from g)", "b c d e f g"],
  ["select a from b group by grouping sets ((a), (b))", "b"],
  ["from a qualify row_number() over (order by x) = (from b)", "a b"],
  ["select case when exists (from a) then (from b) else (from c) end", "a b c"],
  ["select distinct on (a) b from c", "c"],
  ["select list_transform(l, x -> x in (from b)), list_filter(l, lambda y : y > 1) from a", "a b"],
  ["select columns(c -> c like 'x%'), columns('y.*'), * exclude (z) replace (1 as w) rename (v as u) from a", "a"],
  // FROM that is no clause
  ["select extract(year from a) from b", "b"],
  ["select substring(a from 2 for 3), substring(a from (select 1 from c)) from b", "b c"],
  ["select trim(both 'x' from a), trim(from a), trim(leading from (from c)) from b", "b c"],
  ["select overlay(a placing b from 1 for 2), position('a' in b) from c", "c"],
  ["select a is distinct from b from c", "c"],
  ["select a is not distinct from b from c where d is distinct from e", "c"],
  ["from a join b on a.x is not distinct from b.x, c", "a b c"],
  ["select a.from from b", "b"],
  ['select "from" from a', "a"],
  ["select from_, a.from_b from a", "a"],
  ["from a where 'from b' = $$ from c $$ /* from d /* from e */ */ -- from f", "a"],
  ["select $1 from a where b = $2 and c = $1", "a"],
  ["select x::int, cast(y as date), y::decimal(3, 2) from a", "a"],
  ["select interval (x) day, interval 1 year, date '2020-01-01' from a", "a"],
  ["select timestamp with time zone '2020-01-01', x at time zone 'UTC' from a", "a"],
  // PIVOT, UNPIVOT, DESCRIBE and their like
  ["pivot a on b in ('x'), c in (1, 2) using sum(d), max(e) group by f", "a"],
  ["pivot (from a join b using (x)) on y in (1) using sum(z)", "a b"],
  ["pivot a join b using (x) on y in (1) using sum(z)", "a b"],
  ["from (pivot a on b in (1) using sum(c)), d", "a d"],
  ["from a pivot (sum(x) for y in (1, 2)), b", "a b"],
  ["unpivot a on b, c", "a"],
  ["unpivot (from a) on columns(* exclude (x)) into name n value v, w", "a"],
  ["from a unpivot include nulls (v for n in (b, c)), d", "a d"],
  ["describe a", "a"],
  ["desc a", "a"],
  ["show a.b", "a.b"],
  ["summarize a", "a"],
  ["summarize select * from a, b", "a b"],
  ["describe with x as (from a) from x", "a"],
  ["describe (select 1 from a)", "a"],
  ["describe table 'a.csv'", "a.csv"],
  ["from (describe a) union from (summarize b)", "a b"],
  ["show tables", ""],
  ["show all tables", ""],
  ["from (show databases)", ""],
  ["show tables from x", ""],
  ["describe", ""],
  // several statements, line ends, no space
  ["select 1 from a; ; from b;", "a b"],
  ["from a\r\nwhere x=1--c\r\n", "a"],
  ["select 1from a", "a"],
  ["from\u00a0a,\u3000b", "a b"],
  ["from(from a)", "a"],
  ["select 1,", ""],
  ["select count(*) from a,;from b", "a b"],
];

describe("the reader agrees with DuckDB's own parser", () => {
  test.each(queries)("%s", async (text, reads) => {
    expect(ours(text)).toEqual(await oracle(text));
    expect(ours(text).join(" ")).toBe(reads);
  });

  test("on queries made of a grammar", async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (stream) => {
        const text = generate(stream);
        const expected = await oracle(text);
        if (expected === null) return;
        answered++;
        expect(ours(text), text).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    expect(answered).toBeGreaterThan(1500);
  });
});

/** Statements that the oracle does not answer. */
const statements: readonly (readonly [text: string, reads: string, kinds: string])[] = [
  ["create table t as from a", "a", "create"],
  ["create or replace temp table if not exists s.t (x, y) as with c as (from a) from c, b", "a b", "create"],
  ["create view v(x) as (select * from a)", "a", "create"],
  ["create table t(x int default (1), y text references other(id), check (x > 0))", "", "create"],
  ["create table t as from a; from t, b", "a b", "create select+"],
  ["create table t as from t; from T", "t", "create select+"],
  ["from t; create table t as from a; from main.t, memory.main.t", "t a", "select+ create select+"],
  ["create schema s; create table s.t(x int); from s.t, s.u", "", "create create select+"],
  ["create macro m(a) as (select max(x) from t where y = a)", "t", "create"],
  ["create macro m(a) as table select * from t where y = a; from m(1)", "t", "create select+"],
  ["create function m(a, b := 1) as table from t, f(a)", "t", "create"],
  ["create type mood as enum (select distinct x from t)", "t", "create"],
  ["create unique index i on t (x)", "t", "create"],
  ["create sequence s; select nextval('s')", "", "create select+"],
  ["insert into t select * from a", "t a", "insert"],
  ["insert or replace into t (x, y) by name from a returning x", "t a", "insert+"],
  ["insert into t (select * from a)", "t a", "insert"],
  ["insert into t as u (x) with c as (from a) from c on conflict (x) do update set y = excluded.y", "t a", "insert"],
  ["insert into t values ((select max(x) from a), 2)", "t a", "insert"],
  ["with c as (from a) insert into t from c, b", "a t b", "insert"],
  ["update t set x = (select 1 from a), y = b from c, d where t.i = c.i returning *", "t a c d", "update+"],
  ["with c as (from a) update t set x = 1 from c", "a t", "update"],
  ["delete from t using a, b where t.x = a.x and y in (from c)", "t a b c", "delete"],
  ["delete from t where x is distinct from y", "t", "delete"],
  ["with c as (from a) delete from t using c", "a t", "delete"],
  ["truncate t", "t", "delete"],
  [
    "merge into t as u using (from a) as s on (u.i = s.i) when matched and s.x > 1 then update set x = s.x when not matched then insert (i, x) values (s.i, s.x)",
    "t a",
    "merge",
  ],
  ["merge into t using a using (i) when matched then update set x = 1, y = 2", "t a", "merge"],
  ["merge into t using a using (i) when matched then delete returning merge_action, *", "t a", "merge+"],
  ["with c as (from a) merge into t using c on (t.i = c.i) when not matched then insert by name", "a t", "merge"],
  ["pivot a on b using sum(c), max(d) group by e, f", "a", "select+"],
  ["pivot_wider a on b, c", "a", "select+"],
  ["explain select * from a", "a", "explain+"],
  ["explain analyze (format json) with x as (from a) from x", "a", "explain+"],
  ["explain (from a)", "a", "explain+"],
  ["explain insert into t from a", "t a", "explain+"],
  ["copy (select * from a) to 'x.parquet' (format parquet)", "a", "copy"],
  ["copy a to 'x.parquet'", "a", "copy"],
  ["copy t (x, y) from 'x.csv' (header)", "t x.csv", "copy"],
  ["attach 'dir/my.db'; from my.t, other.t", "other.t dir/my.db", "attach select+"],
  ["attach if not exists 'my.db' as d (read_only); from d.main.t", "my.db", "attach select+"],
  ["attach ':memory:' as m; from m.t", "", "attach select+"],
  ["alter table t add column x int; alter table t rename to u; from u", "t", "alter alter select+"],
  ["drop table if exists t; create table t as from a; from t", "a", "drop create select+"],
  ["prepare p as select * from a where x = $1; execute p(1)", "a", "other other+"],
  ["set variable x = (select max(y) from a)", "a", "set"],
  ["call f((select 1 from a))", "a", "call+"],
  ["pragma table_info('a')", "", "call+"],
  ["begin; update t set x = 1; commit", "t", "other update other"],
  ["vacuum analyze t", "t", "other"],
  [
    "from read_csv('a.csv', header=true), read_parquet(['b.parquet', 'c.parquet'])",
    "a.csv b.parquet c.parquet",
    "select+",
  ],
  ["from glob('d/*.csv'), 'https://x.y/z.parquet', \"e.json\"", "d/*.csv https://x.y/z.parquet e.json", "select+"],
  ["from query_table('a'), query_table(['b', 's.c'])", "a b s.c", "select+"],
  ["", "", ""],
  [" -- nothing\n;;", "", ""],
];

test.each(statements)("reads %s", (text, reads, kinds) => {
  const found = findTables(text);
  const names = found.tables.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`));
  expect([...names, ...found.files.map((file) => file.name)].join(" ")).toBe(reads);
  expect(found.statements.map(({ kind, givesRows }) => kind + (givesRows ? "+" : "")).join(" ")).toBe(kinds);
});

test("spans are the whole name, quotes too, and names come once, in the first spelling", () => {
  const text = `select * from Orders o, "sales". orders join ORDERS on o.x = 1 -- é\n, 'é.csv', team.sales.x`;
  const found = findTables(text);
  const places = (spans: readonly { start: number; end: number }[]): readonly string[] =>
    spans.map(({ start, end }) => text.slice(start, end));
  expect(found.tables.map(({ schema, name, spans }) => [schema, name, places(spans)])).toEqual([
    [null, "Orders", ["Orders", "ORDERS"]],
    ["sales", "orders", ['"sales". orders']],
    ["team/sales", "x", ["team.sales.x"]],
  ]);
  expect(found.files.map(({ name, spans }) => [name, places(spans)])).toEqual([["é.csv", ["'é.csv'"]]]);
});

test("a parameter where a table should stand is told", () => {
  expect(findTables("from $1, a join ? on true where x = $2").tableParameters).toEqual([
    { start: 5, end: 7 },
    { start: 16, end: 17 },
  ]);
});

test("what changes from run to run is told", () => {
  const volatile = (text: string): readonly string[] => findTables(text).volatile;
  expect(volatile("select random(), UUID(), now(), Current_Date, today() from a tablesample 10%")).toEqual([
    "random()",
    "uuid()",
    "now()",
    "current_date",
    "today()",
    "sample",
  ]);
  expect(volatile("from 'https://x.y/z.csv' using sample 3")).toEqual(["https://x.y/z.csv", "sample"]);
  expect(volatile("from read_csv('s3://x/*.csv')")).toEqual(["s3://x/*.csv"]);
  expect(volatile("select t.current_date, random from a, random where 'now()' = x")).toEqual([]);
});

test("any text is read without an error, with spans inside of it", () => {
  const piece = fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: "binary", maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join(" ");
      const { tables, files, statements: list } = findTables(text);
      const spans = [
        ...tables.flatMap((table) => table.spans),
        ...files.flatMap((file) => file.spans),
        ...list.map((one) => one.span),
      ];
      for (const { start, end } of spans) {
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(text.length);
      }
    }),
  );
});

test("64 KiB of nonsense takes at most 50 ms", () => {
  const pieces = [
    ...fragments,
    "a",
    "((((",
    "))))",
    "from(",
    "with a as (",
    "with recursive a as ((",
    "from a,",
    "(select * from a union ",
    "a.",
    "[1,",
    ";",
    "from values (1),",
    "read_csv(['a',",
    "insert into a ",
  ];
  for (const piece of pieces) {
    const text = `${piece} `.repeat(Math.ceil(65536 / (piece.length + 1)));
    expect(
      cpuMs(() => findTables(text)),
      piece,
    ).toBeLessThan(50);
  }
});

const fragments =
  "select from where with recursive as a b ( ) , ; . : join on using union all values table pivot unpivot describe show insert into update set delete merge create view copy explain attach alter 'x.csv' \"q\" ? $1 [ ] { } distinct is not extract trim lateral order by materialized not key".split(
    " ",
  );

/** A query of a small grammar, from a stream of choices. */
function generate(choices: Iterable<number>): string {
  const iterator = choices[Symbol.iterator]();
  const pick = <Item>(items: readonly Item[], fallback: Item): Item => {
    const next = iterator.next();
    return next.done ? fallback : (items[next.value % items.length] ?? fallback);
  };
  const names = ["a", "b", "c", "A", '"b"', "main.a", "s.b", '"x y"', "'f.csv'", "'c'", "year"];
  const name = (): string => pick(names, "a");
  const column = (): string => pick(["x", "a.x", "b", '"from"', "t.from", "year"], "x");

  const expression = (depth: number): string => {
    if (depth <= 0) return column();
    const inner = (): string => expression(depth - 1);
    return pick<() => string>(
      [
        column,
        () => `(${query(depth - 1)})`,
        () => `f(${inner()}, ${inner()})`,
        () => `extract(year from ${inner()})`,
        () => `trim(both from ${inner()})`,
        () => `substring(${inner()} from 1 for 2)`,
        () => `(${inner()} is ${pick(["", "not "], "")}distinct from ${inner()})`,
        () => `(${inner()} in (${query(depth - 1)}))`,
        () => `(${inner()} in (${inner()}, b, c))`,
        () => `exists (${query(depth - 1)})`,
        () => `[${inner()}, c]`,
        () => `{'k': ${inner()}, 'l': b}`,
        () => `case when ${inner()} then ${inner()} else b end`,
        () => `sum(x) over (partition by ${inner()} order by b)`,
        () => `count(*) filter (where ${inner()})`,
        () => `'from z' || $$ from y $$`,
        () => `cast(${inner()} as date)`,
      ],
      column,
    )();
  };

  const table = (depth: number): string => {
    if (depth <= 0) return name();
    return pick<() => string>(
      [
        name,
        name,
        () => `${name()} ${pick(["as t", "t", "t(p, q)", 'as "t u"(p)'], "t")}`,
        () => `(${query(depth - 1)}) ${pick(["", "t"], "t")}`,
        () => `lateral (${query(depth - 1)}) t`,
        () => `f(${expression(depth - 1)}, b) t`,
        () => `(${table(depth - 1)} join ${table(depth - 1)} on ${expression(depth - 1)})`,
        () => `(values (${expression(depth - 1)}, b), (1, c)) t(p, q)`,
        () => `values (1), (b) t`,
        () => `p: ${name()}`,
        () => `${name()} pivot (sum(x) for y in (1, 2)) t`,
        () => `(describe ${name()})`,
        () => `(show tables)`,
      ],
      name,
    )();
  };

  const tables = (depth: number): string => {
    let text = table(depth);
    for (let count = pick([0, 0, 1, 2], 0); count > 0; count--) {
      text += pick<() => string>(
        [
          () => `, ${table(depth)}`,
          () => ` join ${table(depth)} using (b, c)`,
          () => ` left join ${table(depth)} on ${expression(depth - 1)}`,
          () => ` positional join ${table(depth)}`,
          () => ` asof join ${table(depth)} on ${expression(depth - 1)}`,
          () => ` cross join ${table(depth)}`,
        ],
        () => "",
      )();
    }
    return text;
  };

  const body = (depth: number): string => {
    const where = pick(["", ` where ${expression(depth - 1)}`], "");
    const tail = pick(["", " group by b, c", " order by b desc, c", " limit 1", " window w as (partition by b)"], "");
    return pick<() => string>(
      [
        () => `from ${tables(depth)}${where}`,
        () => `select ${expression(depth - 1)}, b from ${tables(depth)}${where}${tail}`,
        () => `from ${tables(depth)} select ${expression(depth - 1)}, c${where}`,
        () => `select distinct on (b) *, ${expression(depth - 1)} as a from ${tables(depth)}${where}${tail}`,
        () => `(${query(depth - 1)})`,
        () =>
          `${body(depth - 1)} ${pick(["union", "union all", "except", "intersect", "union by name"], "union")} ${body(depth - 1)}`,
        () => `table ${name()}`,
        () => `pivot ${name()} on b in (1) using sum(c), max(b)`,
      ],
      () => "select 1",
    )();
  };

  const query = (depth: number): string => {
    if (depth <= 0) return pick(["select 1", `from ${name()}`, `select b from ${name()}`], "select 1");
    if (pick([0, 1, 2], 0) !== 0) return body(depth);
    const ctes = Array.from(
      { length: pick([1, 2], 1) },
      () =>
        `${pick(["a", "B", '"c"', "year"], "a")}${pick(["", "(p)"], "")} as ${pick(["", "materialized ", "not materialized "], "")}(${query(depth - 1)})`,
    );
    return `with ${pick(["", "recursive "], "")}${ctes.join(", ")} ${body(depth)}`;
  };

  return query(3);
}
