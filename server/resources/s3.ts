import { mkdir } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "../../cells/errors.ts";
import { compileGlob, problemOfGlob } from "../../cells/sensor/glob.ts";
import { Database } from "../engine/duckdb.ts";
import { formatOf } from "../engine/file-format.ts";
import { readable } from "../engine/inputs.ts";
import { SqlText } from "../engine/sql-text.ts";
import { resourceLimits } from "./resource-limits.ts";
import { withoutSecrets } from "./http.ts";
import { tooLarge } from "./line-writer.ts";
import type { CallOptions, Resource, ResourceCall, S3Bucket } from "./resource.ts";
import { rowsOfSql } from "./rows-of-sql.ts";
import { readObjectPage, type S3Object } from "./s3-list.ts";
import { getS3, refusal, type S3Time } from "./s3-request.ts";

/** Objects of a bucket, their names without its prefix. */
type Objects = readonly (S3Object & { readonly name: string })[];

/** objects that are looked at for one pattern, and objects that one statement may read */
const mostListed = 100_000;
const mostRead = 10_000;
const downloadsAtOnce = 8;
/** of a page of the list: a thousand names of up to a kilobyte, each encoded */
const pageBytes = 8 * 1024 * 1024;
const systemTime: S3Time = { now: Date.now, pause: (ms) => pause(ms) };

/**
 * A bucket, read only. SQL names objects as files, also with `*`, `**` and `?`; they are fetched first, into folders of the same
 * names, so that DuckDB finds `year=2024/` in them. JavaScript fetches one, or lists them.
 */
export function openS3(connection: S3Bucket<string>, time: S3Time = systemTime): Resource {
  let database: Promise<Database> | null = null;
  let folders = 0;

  const list = async (pattern: string, options: CallOptions): Promise<Objects> => {
    const wrong = pattern === "" ? null : problemOfPattern(pattern);
    if (wrong !== null) throw refused(options, `has no ${JSON.stringify(pattern)}: ${wrong}`);
    const matches = pattern === "" ? () => true : compileGlob(pattern);
    const start = connection.prefix + pattern.replace(/[*?][\s\S]*$/, "");
    const found: (S3Object & { readonly name: string })[] = [];
    let listed = 0;
    for (let next: string | null = ""; next !== null;) {
      const query = { "list-type": "2", "encoding-type": "url", ...(start === "" ? {} : { prefix: start }) };
      const page = await getS3(
        connection,
        { key: "", query: next === "" ? query : { ...query, "continuation-token": next } },
        { ...options, maxBytes: pageBytes },
        time,
      );
      if (page.status !== 200) throw refusal(page, connection, "its list", options);
      const read = readObjectPage(page.bytes.toString("utf8"));
      if (read === null)
        throw failed(options, 'answered its list with something else; check "endpoint" in cellar.json');
      listed += read.objects.length;
      for (const object of read.objects) {
        const name = object.key.slice(connection.prefix.length);
        // a name that ends in / is a folder that somebody made
        if (object.key.startsWith(connection.prefix) && isUsable(name) && matches(name))
          found.push({ ...object, name });
      }
      if (listed >= mostListed && read.next !== null)
        throw failed(
          options,
          `has over ${mostListed} objects below ${JSON.stringify(start)}; begin the name with more that is no *`,
        );
      next = read.next;
    }
    return found;
  };

  const download = async (name: string, target: string, options: CallOptions): Promise<void> => {
    const response = await getS3(connection, { key: connection.prefix + name, target }, options, time);
    if (response.status !== 200) throw refusal(response, connection, name, options);
  };

  /** Fetches what a name of a statement names, and answers with what DuckDB reads in its place. */
  const take = async (file: string, options: CallOptions): Promise<string> => {
    const folder = join(options.temporary, `s3-${process.pid}-${++folders}`);
    if (!/[*?]/.test(file)) {
      const name = usable(file, options);
      const path = join(folder, `object${endingOf(name)}`);
      await mkdir(folder);
      await download(name, path, options);
      return ready(path, options);
    }
    const objects = await list(file, options);
    if (objects.length === 0) throw failed(options, `has no object that ${JSON.stringify(file)} names`);
    if (objects.length > mostRead)
      throw failed(
        options,
        `has ${objects.length} objects that ${JSON.stringify(file)} names; name at most ${mostRead}`,
      );
    if (objects.reduce((sum, { bytes }) => sum + bytes, 0) > options.maxBytes) throw tooLarge(options);
    const waiting = [...objects];
    const work = async (): Promise<void> => {
      for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
        const path = join(folder, ...object.name.split("/").map(localName));
        await mkdir(dirname(path), { recursive: true });
        await download(object.name, path, options);
        await ready(path, options);
      }
    };
    await Promise.all(Array.from({ length: downloadsAtOnce }, work)).catch((error: unknown) => {
      waiting.length = 0;
      throw error;
    });
    const ending = endingOf(`x${file.slice(Math.max(file.lastIndexOf("*"), file.lastIndexOf("?")) + 1)}`);
    return join(folder, "**", `*${formatOf(file) === "arrow" ? ".parquet" : ending}`);
  };

  const query = async (call: Extract<ResourceCall, { type: "query" }>, options: CallOptions): Promise<void> => {
    const text = SqlText.of(call);
    const paths = new Map<string, string>();
    for (const file of text.fileNames) paths.set(file, await take(file, options));
    const names = new Map([[options.temporary, ""], ...Array.from(paths, ([file, path]) => [path, file] as const)]);
    database ??= Database.open({
      ...{ readable: [], writable: [], files: [], ...resourceLimits, temporary: options.temporary },
    });
    const sql = { text: text.withFiles(paths), params: call.params, target: call.target };
    await rowsOfSql(await database, sql, { createsNothing: false, paths: names });
  };

  const fetchOne = async (call: Extract<ResourceCall, { type: "fetch" }>, options: CallOptions) => {
    const method = call.method.toUpperCase();
    if (method === "LIST") {
      const objects = (await list(call.path, options)).map(({ name, bytes, modifiedAt }) => ({
        name,
        bytes,
        modifiedAt,
      }));
      return {
        status: 200,
        headers: { "content-type": "application/json" },
        bytes: Buffer.from(JSON.stringify(objects)),
      };
    }
    if (method !== "GET") throw refused(options, `is not asked with ${method}: it is read only`);
    const unwanted = Object.keys(call.headers).find((name) => !/^(range|if-[\w-]+)$/i.test(name));
    if (unwanted !== undefined)
      throw refused(options, `may not be sent the header ${JSON.stringify(unwanted)}; it takes Range and If-…`);
    const key = connection.prefix + usable(call.path, options);
    return withoutSecrets(await getS3(connection, { key, headers: call.headers }, options, time), options);
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
          const query = {
            "list-type": "2",
            "max-keys": "1",
            ...(connection.prefix === "" ? {} : { prefix: connection.prefix }),
          };
          const page = await getS3(connection, { key: "", query }, options, time);
          if (page.status !== 200) throw refusal(page, connection, "its list", options);
          const isEmpty = readObjectPage(page.bytes.toString("utf8"))?.objects.length === 0;
          return { type: "reachable", what: `bucket ${connection.bucket}${isEmpty ? " with nothing in it" : ""}` };
        }
      }
    },
  };
}

/** Arrow files, which DuckDB does not read, are written as Parquet beside. */
async function ready(path: string, { temporary }: CallOptions): Promise<string> {
  if (formatOf(path) !== "arrow") return path;
  const [made = path] = (await readable({ format: "arrow", paths: [path] }, dirname(path) || temporary)).paths;
  return made;
}

function problemOfPattern(pattern: string): string | null {
  if (/[*?]/.test(pattern)) return problemOfGlob(pattern);
  return isUsable(pattern) ? null : "a name is relative and stays below the prefix";
}

function usable(file: string, options: CallOptions): string {
  const name = file.replace(/^\/+/, "");
  if (isUsable(name)) return name;
  throw refused(
    options,
    `has no ${JSON.stringify(file)}: a name is relative and stays below the prefix in cellar.json`,
  );
}

/** Whether a name can be one of a file here as well. */
function isUsable(name: string): boolean {
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..") && !name.includes("\0");
}

/** DuckDB takes `*`, `?` and brackets of a path for a pattern. */
function localName(part: string): string {
  return part.replace(/[*?[\]\\:]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
}

/** `.parquet`, `.csv.gz`: what tells DuckDB how to read a file. */
function endingOf(name: string): string {
  const base = name.slice(name.lastIndexOf("/") + 1);
  const packed = /\.(?:gz|zst)$/i.exec(base)?.[0] ?? "";
  return extname(base.slice(0, base.length - packed.length)) + packed;
}

function failed({ name }: CallOptions, why: string): AppError {
  return new AppError("resource_failed", `resource ${name} ${why}`, { data: { resource: name } });
}

function refused({ name }: CallOptions, why: string): AppError {
  return new AppError("forbidden", `resource ${name} ${why}`, { data: { resource: name } });
}
