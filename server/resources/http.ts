import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "../../cells/errors.ts";
import { Database } from "../engine/duckdb.ts";
import { formatOf } from "../engine/file-format.ts";
import { readable } from "../engine/inputs.ts";
import { SqlText } from "../engine/sql-text.ts";
import { resourceLimits } from "./resource-limits.ts";
import { type HttpResponse, sendRequest } from "./http-request.ts";
import { refusedHeaders } from "../workspace/config-object.ts";
import type { CallOptions, Connection, Resource, ResourceCall } from "./resource.ts";
import { rowsOfSql } from "./rows-of-sql.ts";

type Http = Extract<Connection, { kind: "http" }>;

/**
 * What answers HTTP below one address. JavaScript fetches; SQL names what it reads as files (`FROM 'orders.csv'`), which are fetched
 * first, and read by DuckDB as CSV, JSON, Parquet or Arrow, as their content type or else their name says.
 */
export function openHttp(connection: Http): Resource {
  let database: Promise<Database> | null = null;
  let files = 0;

  const fetchOne = async (
    call: Pick<Extract<ResourceCall, { type: "fetch" }>, "method" | "path" | "headers" | "body">,
    options: CallOptions,
  ) => {
    const method = call.method.toUpperCase();
    if (method === "LIST") throw refused(options, "has no list; fetch the address that has one");
    if (!connection.methods.includes(method))
      throw refused(options, `is not asked with ${method}; add it to its "methods" in cellar.json`);
    const response = await sendRequest(
      {
        url: urlOf(connection, call.path, options),
        method,
        // the author's, and over them those of cellar.json
        headers: { ...allowed(call.headers, options), ...connection.headers },
        body: call.body,
        isPrivate: connection.isPrivate,
      },
      options,
    );
    return withoutSecrets(response, options);
  };

  const query = async (call: Extract<ResourceCall, { type: "query" }>, options: CallOptions): Promise<void> => {
    const { temporary, name } = options;
    const text = SqlText.of(call);
    const paths = new Map<string, string>();
    const names = new Map<string, string>([[temporary, ""]]);
    for (const file of text.fileNames) {
      const response = await fetchOne({ method: "GET", path: file, headers: {}, body: null }, options);
      if (response.status < 200 || response.status > 299)
        throw new AppError("resource_failed", `resource ${name} answered ${file} with status ${response.status}`, {
          data: { resource: name, status: response.status },
        });
      const format = formatOfResponse(response, file);
      if (format === null)
        throw new AppError(
          "resource_failed",
          `resource ${name} answered ${file} with ${response.headers["content-type"] ?? "no content type"}, which is none of CSV, JSON, Parquet and Arrow`,
          { data: { resource: name } },
        );
      const path = join(temporary, `http-${process.pid}-${++files}.${format}`);
      await writeFile(path, response.bytes, { flag: "wx", mode: 0o600 });
      const [ready = path] = (await readable({ format, paths: [path] }, temporary)).paths;
      names.set(ready, file);
      paths.set(file, ready);
    }
    database ??= Database.open({ readable: [], writable: [], files: [], ...resourceLimits, temporary });
    const sql = { text: text.withFiles(paths), params: call.params, target: call.target };
    try {
      await rowsOfSql(await database, sql, { createsNothing: false, paths: names });
    } catch (error) {
      const table = /table with name (\S+) does not exist/i.exec(messageOf(error))?.[1];
      if (table === undefined || !(error instanceof AppError)) throw error;
      throw new AppError(
        error.code,
        `resource ${name} has no tables, and ${table} does not name a file by its end; write FROM read_json('${table}'), read_csv or read_parquet`,
        { cause: error, data: error.data },
      );
    }
  };

  return {
    async answer(call, options) {
      switch (call.type) {
        case "query":
          await query(call, options);
          return { type: "parquet" };
        case "fetch":
          return { type: "response", ...(await fetchOne(call, options)) };
        case "check": {
          const { status } = await fetchOne(
            { method: connection.methods[0] ?? "GET", path: "", headers: {}, body: null },
            options,
          );
          if (status === 401 || status === 403)
            throw refused(options, `answers with status ${status}; check the secret in its headers`);
          return { type: "reachable", what: `answers with status ${status}` };
        }
      }
    },
  };
}

/** The address of a path, which stays below the resource's own. */
function urlOf({ url: base }: Http, path: string, options: CallOptions): URL {
  const url = URL.parse(path.replace(/^\/+/, ""), base);
  const isBelow = url !== null && url.href.startsWith(base) && !/%2e%2e|%2f|%5c/i.test(url.pathname);
  if (!isBelow || url.username !== "")
    throw refused(options, `has no ${JSON.stringify(path)}: a path is relative and stays below the url in cellar.json`);
  url.hash = "";
  return url;
}

function allowed(headers: Readonly<Record<string, string>>, options: CallOptions): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (refusedHeaders.test(name)) throw refused(options, `may not be sent the header ${JSON.stringify(name)}`);
    own[name.toLowerCase()] = value;
  }
  return own;
}

/** A server that repeats what it was sent does not bring a secret into an asset; packed formats are left as they are. */
export function withoutSecrets(response: HttpResponse, { redact }: CallOptions): HttpResponse {
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, redact(value)]));
  const text = response.bytes.toString("latin1");
  const clean = redact(text);
  return { ...response, headers, bytes: clean === text ? response.bytes : Buffer.from(clean, "latin1") };
}

function formatOfResponse({ headers }: HttpResponse, file: string): ReturnType<typeof formatOf> {
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (/^text\/csv$/.test(type)) return "csv";
  if (/^text\/tab-separated-values$/.test(type)) return "tsv";
  if (/[/+](?:json|x-ndjson|ndjson|geo\+json)$/.test(type)) return "json";
  if (/parquet$/.test(type)) return "parquet";
  if (/arrow/.test(type)) return "arrow";
  return formatOf(file.replace(/[?#].*$/, ""));
}

function refused({ name }: CallOptions, why: string): AppError {
  return new AppError("forbidden", `resource ${name} ${why}`, { data: { resource: name } });
}
