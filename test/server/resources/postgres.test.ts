import { afterAll, beforeAll, expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { type PostgresServer, startPostgresServer } from "../../support/postgres-server.ts";
import { notebook } from "../../support/workspace.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A workspace that asks PostgreSQL; each of `queries` is a cell `q0`, `q1`, … */
async function asking(...queries: readonly string[]) {
  const config = {
    kind: "postgres",
    ...{ host: "127.0.0.1", port: server.port, database: "postgres", user: "postgres", tls: false },
    password: { secret: "SHOP" },
    notebooks: ["a"],
  };
  const workspace = await openLocal(
    {
      "cellar.json": JSON.stringify({ resources: { shop: config } }),
      "a.html": notebook(queries.map((sql, i) => ["sql", `output="q${i}" database="shop"`, sql])),
    },
    { env: { CELLAR_SECRET_SHOP: "hunter-2" } },
  );
  const { id } = await workspace.run();
  const { steps } = await workspace.call("run", { id });
  return { workspace, errors: steps.map(({ state, error }) => error?.message ?? state) };
}

test("each type of PostgreSQL is the one of DuckDB that holds its values; what none holds is kept as its text", async () => {
  const { workspace, errors } = await asking(`SELECT
    true AS yes, 32767::smallint AS small, 2147483647::integer AS whole, 9007199254740993::bigint AS big,
    1.5::real AS single, 0.1::double precision AS double, 12.34::numeric(10,2) AS price, 1e-9::numeric AS tiny,
    'Infinity'::numeric AS endless, '\\x00ff'::bytea AS raw, 'é "q"'::text AS words, '2026-01-31'::date AS day,
    'infinity'::date AS never, '12:30:01.5'::time AS hour, '2026-01-31 12:00'::timestamp AS local,
    '2026-01-31 12:00+02'::timestamptz AS moment, '{"a": 1}'::jsonb AS doc, '1 day 2 hours'::interval AS span,
    ARRAY[1, NULL, 3] AS list, ARRAY['a,"b', NULL] AS texts, ARRAY[true, false] AS flags, NULL::integer AS nothing,
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id`);
  await using _closing = workspace;
  expect(errors).toEqual(["succeeded"]);
  const { materializations } = await workspace.call("history", { key: "a/q0" });
  expect(Object.fromEntries(materializations[0]?.schema.map(({ name, type }) => [name, type]) ?? [])).toEqual({
    ...{ yes: "BOOLEAN", small: "SMALLINT", whole: "INTEGER", big: "BIGINT", single: "FLOAT", double: "DOUBLE" },
    ...{ price: "DECIMAL(10,2)", tiny: "DECIMAL(38,9)", endless: "VARCHAR", raw: "BLOB", words: "VARCHAR" },
    ...{ day: "DATE", never: "VARCHAR", hour: "TIME", local: "TIMESTAMP", moment: "TIMESTAMP WITH TIME ZONE" },
    ...{ doc: "VARCHAR", span: "VARCHAR", list: "INTEGER[]", texts: "VARCHAR[]", flags: "BOOLEAN[]" },
    ...{ nothing: "INTEGER", id: "VARCHAR" },
  });
  const { body } = (await workspace.call("data", { key: "a/q0", format: "json" })) as unknown as {
    body: AsyncIterable<Buffer>;
  };
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part);
  const [row] = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>[];
  expect(row).toMatchObject({
    ...{ endless: "Infinity", never: "infinity", words: 'é "q"', doc: '{"a": 1}', span: "1 day 02:00:00" },
    ...{ list: [1, null, 3], texts: ['a,"b', null], flags: [true, false], nothing: null },
  });
});

test("what is wrong is told in a sentence, and nothing is written", async () => {
  const { workspace, errors } = await asking(
    "SELECT 1 AS a,\n  nam FROM pg_class",
    "CREATE TABLE t (a integer)",
    "SELECT ARRAY[ARRAY[1, 2]] AS pairs",
    "SELECT 1; SELECT 2",
  );
  await using _closing = workspace;
  expect(errors).toEqual([
    'column "nam" does not exist',
    expect.stringContaining("cannot execute CREATE TABLE in a read-only transaction"),
    'column "pairs" has an array that no list holds (arrays of arrays, bounds, infinity); write pairs::text, or to_json(pairs)',
    expect.stringContaining("cannot insert multiple commands into a prepared statement"),
  ]);
});
