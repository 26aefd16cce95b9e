import { Client, Query, type FieldDef, type QueryResult } from "pg";
import { AppError, messageOf } from "../../cells/errors.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import { SqlText } from "../engine/sql-text.ts";
import { LineWriter } from "./line-writer.ts";
import { ColumnReader } from "./postgres-types.ts";
import type { CallOptions, Connection, Resource, ResourceAnswer, ResourceCall } from "./resource.ts";
import { unserved } from "./unserved.ts";

type Postgres = Extract<Connection, { kind: "postgres" }>;
type QueryCall = Extract<ResourceCall, { type: "query" }>;

const connectMs = 15_000;

/** A PostgreSQL database, in a transaction that only reads. The only file that names `pg`. */
export function openPostgres(connection: Postgres): Resource {
  return {
    async answer(call, options) {
      if (call.type === "fetch") throw unserved("postgres", "fetch", options);
      const client = await connect(connection, options);
      try {
        await client.query("BEGIN TRANSACTION READ ONLY");
        await client.query("SET LOCAL TIME ZONE 'UTC'");
        await client.query(
          "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'",
        );
        await client.query(`SET LOCAL statement_timeout = ${Math.ceil(options.timeoutMs)}`);
        return call.type === "query" ? await query(client, call, options) : await check(client);
      } finally {
        // the answer is there, or its error: how the connection ends changes neither
        await client.end().catch(() => undefined);
      }
    },
  };
}

async function connect(
  { host, port, database, user, password, tls }: Postgres,
  { name }: CallOptions,
): Promise<Client> {
  const client = new Client({
    host,
    port,
    database,
    user,
    ...(password === null ? {} : { password }),
    ssl: tls ? { rejectUnauthorized: true } : false,
    connectionTimeoutMillis: connectMs,
    application_name: "cellar",
    // values as PostgreSQL prints them: the engine casts them to their types
    types: { getTypeParser: () => (text: string) => text },
  });
  // what breaks later is told by the query
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new AppError("resource_failed", `resource ${name} cannot be reached: ${reasonOf(error)}`, {
      data: { resource: name },
      cause: error,
    });
  }
}

function query(client: Client, call: QueryCall, options: CallOptions): Promise<ResourceAnswer> {
  const text = SqlText.of(call);
  const values = call.params.map(bindable);
  return new Promise((resolve, reject) => {
    const writer = new LineWriter(call.target, options);
    let columns: readonly ColumnReader[] = [];
    // with values, or `extended`, PostgreSQL takes one statement alone
    const asked = new Query<readonly (string | null)[]>({
      text: text.text,
      values,
      rowMode: "array",
      queryMode: "extended",
    } as never);
    asked.on("row", (row, result) => {
      try {
        if (columns.length === 0 && result) columns = readersOf(result);
        writer.write(row.map((value, i) => columns[i]?.read(value) ?? null));
      } catch (error) {
        reject(error);
        void client.end();
      }
    });
    asked.on("error", (error) => reject(failed(error, text, options)));
    asked.on("end", (result) => {
      if (result.fields.length === 0)
        return reject(
          new AppError("query_failed", `resource ${options.name} gives rows to a SELECT; this statement has none`, {
            data: { ...text.placeOf(text.text.search(/\S/)) },
          }),
        );
      if (columns.length === 0) columns = readersOf(result);
      resolve(writer.close(columns.map(({ name, type }) => ({ name, type }))));
    });
    client.query(asked);
  });
}

async function check(client: Client): Promise<ResourceAnswer> {
  const { rows } = await client.query<{ readonly version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  return { type: "reachable", what: `PostgreSQL ${rows[0]?.version ?? ""}`.trim() };
}

function readersOf(result: Pick<QueryResult, "fields">): readonly ColumnReader[] {
  return result.fields.map(
    ({ name, dataTypeID, dataTypeModifier }: FieldDef) => new ColumnReader(name, dataTypeID, dataTypeModifier),
  );
}

function bindable(value: SqlValue): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Array.isArray(value) ? value.map(bindable) : value;
}

function failed(error: Error, text: SqlText, { name }: CallOptions): AppError {
  const { position, hint } = error as Error & { readonly position?: string; readonly hint?: string };
  const place = position === undefined ? {} : text.placeOf(offsetOf(text.text, Number(position)));
  const message = `${error.message}${hint === undefined ? "" : `; ${hint.charAt(0).toLowerCase()}${hint.slice(1).replace(/\.$/, "")}`}`;
  return new AppError("query_failed", message, {
    data: { engineError: "PostgreSQL", resource: name, ...place },
    cause: error,
  });
}

/** PostgreSQL counts characters, from 1. */
function offsetOf(text: string, position: number): number {
  return [...text].slice(0, position - 1).join("").length;
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "nothing listens there; check its host and port, or start it";
  if (code === "ENOTFOUND") return "its host is not known; check it";
  if (code === "28P01") return "it refused the user and password; check the secret";
  const message = messageOf(error);
  return /does not support SSL/i.test(message)
    ? 'it has no TLS; write "tls": false where the way to it is safe'
    : message;
}
