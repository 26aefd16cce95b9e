import { createServer } from "node:http";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNotebook, startEngine, type EngineProcess } from "../server/engine/engine-process.ts";

/** A25 to A27 of the threat model: what the SQL of a notebook tries from an engine process of its own. */
let engine: EngineProcess;
let outside: string;
let address: string;
let requests = 0;
const server = createServer((_, response) => {
  requests++;
  response.end("a,b\n1,2\n");
});

beforeAll(async () => {
  engine = await startEngine();
  outside = join(engine.root, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret.csv"), "canary\nc4n4ry\n");
  writeFileSync(join(engine.data, "inside.csv"), "a\n1\n");
  symlinkSync(join(outside, "secret.csv"), join(engine.data, "link.csv"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  address = `127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`;
});
afterAll(async () => {
  server.close();
  await engine.close();
});

async function run(sql: string): Promise<unknown> {
  const take = await openNotebook(engine, [{ kind: "sql", output: "t", source: sql }]);
  return (await take({ name: "t" })).result;
}

const probes: readonly (readonly [what: string, sql: () => string])[] = [
  ["read_csv elsewhere", () => `from read_csv('${outside}/secret.csv')`],
  ["a file as a table", () => `from '${outside}/secret.csv'`],
  ["/etc/passwd as a table", () => "from '/etc/passwd.csv'"],
  ["read_text", () => "from read_text('/etc/passwd')"],
  ["read_blob", () => "from read_blob('/etc/passwd')"],
  ["read_json", () => "from read_json('/etc/passwd')"],
  ["read_ndjson_objects", () => "from read_ndjson_objects('/etc/passwd')"],
  ["read_parquet", () => "from read_parquet('/etc/passwd')"],
  ["parquet_metadata", () => "from parquet_metadata('/etc/passwd')"],
  ["parquet_schema", () => "from parquet_schema('/etc/passwd')"],
  ["sniff_csv", () => "from sniff_csv('/etc/passwd')"],
  ["its own environment", () => "from read_text('/proc/self/environ')"],
  ["its parent's environment", () => `from read_text('/proc/${process.pid}/environ')`],
  ["file://", () => "from read_csv('file:///etc/passwd')"],
  ["..", () => `from read_csv('${engine.data}/../outside/secret.csv')`],
  ["a link out of the folder", () => `from read_csv('${engine.data}/link.csv')`],
  ["http", () => `from read_csv('http://${address}/x.csv')`],
  ["s3", () => "from read_parquet('s3://bucket/x.parquet')"],
  ["a UNC path", () => "from read_csv('\\\\\\\\host\\\\share\\\\x.csv')"],
  ["COPY TO elsewhere", () => `copy (select 1) to '${outside}/out.csv'; select 1`],
  ["COPY TO a folder of its own", () => `copy (select 1) to '${engine.staging}/out.csv'; select 1`],
  ["COPY TO over data", () => `copy (select 1) to '${engine.data}/inside.csv'; select 1`],
  ["COPY FROM elsewhere", () => `create table p (a varchar); copy p from '${outside}/secret.csv'; from p`],
  ["a closed parenthesis", () => `select 1) to '${engine.staging}/out.csv' (format csv); --`],
  ["EXPLAIN ANALYZE COPY", () => `explain analyze copy (select 1) to '${engine.staging}/out.csv'`],
  ["EXPLAIN EXPORT", () => `explain export database '${engine.staging}/out'`],
  ["a prepared COPY", () => `prepare p as copy (select 1) to '${engine.staging}/out.csv'; execute p; select 1`],
  ["a query in a query", () => `from query('copy (select 1) to ''${engine.staging}/out.csv''')`],
  ["EXPORT DATABASE", () => `export database '${engine.staging}/out'; select 1`],
  ["IMPORT DATABASE", () => `import database '${outside}'; select 1`],
  ["ATTACH a file", () => `attach '${engine.staging}/out.db' as d; select 1`],
  ["ATTACH elsewhere", () => `attach '${outside}/out.db' as d; select 1`],
  ["ATTACH over http", () => `attach 'http://${address}/x.db' as d; select 1`],
  ["INSTALL", () => "install httpfs; select 1"],
  ["INSTALL FROM", () => `install httpfs from 'http://${address}'; select 1`],
  ["LOAD", () => "load httpfs; select 1"],
  ["LOAD a file", () => `load '${outside}/x.duckdb_extension'; select 1`],
  ["a secret", () => "create secret s (type s3, key_id 'x', secret 'y'); select 1"],
  ["a persistent secret", () => "create persistent secret s (type http, bearer_token 'x'); select 1"],
  ["enable_external_access", () => "set enable_external_access = true; select 1"],
  ["SET GLOBAL", () => "set global allowed_directories = ['/']; select 1"],
  ["RESET", () => "reset enable_external_access; select 1"],
  ["lock_configuration", () => "set lock_configuration = false; select 1"],
  ["PRAGMA", () => "pragma temp_directory = '/tmp'; select 1"],
  ["memory_limit", () => "set memory_limit = '100GB'; select 1"],
  [
    "a profile into a file",
    () => `pragma enable_profiling = 'json'; pragma profiling_output = '${outside}/p.json'; select 1`,
  ],
  ["custom extension folder", () => "set extension_directory = '/tmp'; select 1"],
  ["getenv", () => "select getenv('PATH')"],
];

describe("the SQL of a notebook", () => {
  it.each(probes)("A25 is refused %s", async (_, sql) => {
    await expect(run(sql())).rejects.toMatchObject({ code: "query_failed" });
    expect(await run("select 1 as alive")).toMatchObject({ rows: 1 });
  });

  it("A25 reached nothing: no request came, nothing was written, no link was followed", () => {
    expect(requests).toBe(0);
    expect(readdirSync(outside)).toEqual(["secret.csv"]);
    expect(readdirSync(engine.staging).filter((name) => name.startsWith("out"))).toEqual([]);
    expect(readFileSync(join(engine.data, "inside.csv"), "utf8")).toBe("a\n1\n");
  });

  it.each(probes.filter(([, sql]) => sql.toString().includes("passwd")))(
    "A39 no error of it shows what it did not read: %s",
    async (_, sql) => {
      await expect(run(sql())).rejects.toThrow(/^(?!.*root:)/s);
    },
  );
});

describe("SQL that breaks its engine", () => {
  it.each([
    ["CALL", "call enable_logging(storage='file', storage_config={'path':'/path/x'}); select 1"],
    ["SELECT", "select * from enable_logging(storage='file', storage_config={'path':'/path/x'}); select 1"],
    ["CTE", "with x as (from enable_logging(storage='file', storage_config={'path':'/path/x'})) from x; select 1"],
  ])("A26 enable_logging by %s ends that process alone, with a reason", async (_, sql) => {
    const [victim, neighbour] = await Promise.all([startEngine(), startEngine()]);
    try {
      const take = await openNotebook(victim, [{ kind: "sql", output: "t", source: sql }]);
      const outcome = await take({ name: "t" }).then(
        () => null,
        (error: unknown) => error,
      );
      const again = await take({ name: "t" }).then(
        () => null,
        (error: unknown) => error,
      );
      const seen = [outcome, again].filter((error) => error !== null);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).toContainEqual(expect.objectContaining({ code: "runner_died" }));
      expect(await victim.engine.died).toMatch(/DuckDB|ended by|exited/);
      const other = await openNotebook(neighbour, [{ kind: "sql", output: "t", source: "select 1 as a" }]);
      expect((await other({ name: "t" })).result).toMatchObject({ rows: 1 });
      expect(existsSync("/path/x")).toBe(false);
    } finally {
      await Promise.all([victim.close(), neighbour.close()]);
    }
  });

  it("A27 what one asset creates, sets or logs, the next does not see", async () => {
    await run(
      "create table leak as select 'c4n4ry' as s; create macro leak_macro() as 'c4n4ry'; set variable leak_variable = 'c4n4ry'; select 1",
    );
    await expect(run("from leak")).rejects.toMatchObject({ code: "query_failed" });
    await expect(run("select leak_macro()")).rejects.toMatchObject({ code: "query_failed" });
    expect(await run("select 1 where getvariable('leak_variable') is not null")).toMatchObject({ rows: 0 });
  });
});
