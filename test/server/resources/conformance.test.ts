import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll } from "vitest";
import { openSqliteFile } from "../../../server/store/sqlite-file.ts";
import { type PostgresServer, startPostgresServer } from "../../support/postgres-server.ts";
import { startS3Server } from "../../support/s3-server.ts";
import { describeResource } from "../../conformance/resource.ts";

const rows = `(1, 'a'), (2, null), (3, 'é "q"')`;

describeResource("sqlite", async (folder) => {
  const path = join(folder, "shop.db");
  const file = openSqliteFile(path);
  file.exec(`create table t (id integer, name text); insert into t values ${rows}`);
  file.close();
  return { connection: { kind: "sqlite", path }, table: "t", writes: "DELETE FROM t", close: async () => undefined };
});

describeResource("duckdb", async (folder) => {
  const path = join(folder, "shop.duckdb");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE t (id INTEGER, name VARCHAR); INSERT INTO t VALUES ${rows}; CHECKPOINT`);
  connection.closeSync();
  instance.closeSync();
  return { connection: { kind: "duckdb", path }, table: "t", writes: "DELETE FROM t", close: async () => undefined };
});

describeResource("http", async () => {
  const server = createServer((_request, response) =>
    response
      .writeHead(200, { "content-type": "application/json" })
      .end('[{"id":1,"name":"a"},{"id":2,"name":null},{"id":3,"name":"é \\"q\\""}]'),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    connection: { kind: "http", url, headers: {}, isPrivate: true, methods: ["GET"] },
    table: "read_json('rows')",
    writes: "COPY (SELECT 1) TO 'out.csv'",
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
});

describeResource("s3", async () => {
  const keys = { accessKey: "cellar-access", secretKey: "cellar-secret" };
  const objects = { "rows.json": '[{"id":1,"name":"a"},{"id":2,"name":null},{"id":3,"name":"é \\"q\\""}]' };
  const server = await startS3Server({ bucket: "shop", objects, keys });
  return {
    connection: {
      ...{ kind: "s3", endpoint: server.endpoint, region: "us-east-1", bucket: "shop", prefix: "" },
      ...{ isPathStyle: true, isPrivate: true, keys: { ...keys, sessionToken: null } },
    },
    table: "'rows.json'",
    writes: "COPY (SELECT 1) TO 'out.csv'",
    close: async () => server[Symbol.asyncDispose](),
  };
});

let postgres: PostgresServer | null = null;
afterAll(() => postgres?.[Symbol.asyncDispose]());

describeResource("postgres", async () => {
  const server = (postgres ??= await startPostgresServer());
  await server.exec(`DROP TABLE IF EXISTS t; CREATE TABLE t (id integer, name text); INSERT INTO t VALUES ${rows}`);
  return {
    connection: {
      ...{ kind: "postgres", host: "127.0.0.1", port: server.port, database: "postgres" },
      ...{ user: "postgres", password: "x", tls: false },
    },
    table: "t",
    writes: "DELETE FROM t",
    close: async () => undefined,
  };
});
