import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { readMetadata } from "../../cells/data/metadata.ts";
import type { Metadata } from "../../cells/model/metadata.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type {
  KernelHost,
  LogLevel,
  QueryRequest,
  ResourceFetch,
  RowsRequest,
  SqlValue,
  TableBinding,
} from "../../cells/protocol/host.ts";
import type { Handler } from "../../cells/protocol/peer.ts";
import type { LogEntry } from "./log-cap.ts";

/** The host's calls as a peer answers them. A kernel is not trusted: each request is read, and refused with `protocol`. */
export function hostHandlers(host: KernelHost): Readonly<Record<string, Handler>> {
  return {
    query: (request, signal) => host.query(readQuery(request), signal),
    rows: (request, signal) => host.rows(readRows(request), signal),
    put: (request, signal) => {
      const { cell, name, arrow } = record(request, "put");
      if (!(arrow instanceof Uint8Array)) throw refused("put");
      return host.put({ cell: whole(cell, "put"), name: text(name, "put"), arrow }, signal);
    },
    asset: (request, signal) => {
      const { key, partition, earlier } = record(request, "asset");
      return host.asset(
        {
          key: AssetKey.parse(text(key, "asset")),
          partition: textOrNull(partition, "asset"),
          ...(earlier === true ? { earlier } : {}),
        },
        signal,
      );
    },
    fetch: (request, signal) => {
      if (host.fetch === undefined) throw refused("fetch");
      return host.fetch(readFetch(request), signal);
    },
    file: (request, signal) => host.file({ name: text(record(request, "file")["name"], "file") }, signal),
  };
}

/** Reads a line of a cell's log. */
export function readLog(payload: unknown): LogEntry {
  const { cell, level, text: line } = record(payload, "log");
  return {
    cell: cell === null ? null : whole(cell, "log"),
    level: isLevel(level) ? level : "log",
    text: text(line, "log"),
  };
}

/** Reads what a cell tells of its result. Throws `protocol`, and `usage` for what is too large. */
export function readMeta(payload: unknown): { readonly cell: number; readonly metadata: Metadata } {
  const { cell, metadata } = record(payload, "meta");
  return { cell: whole(cell, "meta"), metadata: readMetadata(metadata) };
}

function readQuery(request: unknown): QueryRequest {
  const { cell, output, strings, params, tables, files, database } = record(request, "query");
  return {
    cell: whole(cell, "query"),
    output: textOrNull(output, "query"),
    strings: list(strings, "query").map((item) => text(item, "query")),
    params: list(params, "query").map(sqlValue),
    tables: list(tables, "query").map(binding),
    files: list(files, "query").map((item) => text(item, "query")),
    ...(database === undefined ? {} : { database: text(database, "query") }),
  };
}

function readFetch(request: unknown): ResourceFetch {
  const { resource, path, method, headers, body } = record(request, "fetch");
  const entries = Object.entries(record(headers, "fetch"));
  return {
    resource: text(resource, "fetch"),
    path: text(path, "fetch"),
    method: text(method, "fetch"),
    headers: Object.fromEntries(entries.map(([name, value]) => [name, text(value, "fetch")])),
    body: textOrNull(body, "fetch"),
  };
}

function readRows(request: unknown): RowsRequest {
  const { relation, offset, limit, orderBy } = record(request, "rows");
  return {
    relation: text(relation, "rows"),
    ...(offset === undefined ? {} : { offset: whole(offset, "rows") }),
    ...(limit === undefined ? {} : { limit: whole(limit, "rows") }),
    ...(orderBy === undefined
      ? {}
      : {
          orderBy: list(orderBy, "rows").map((item) => {
            const { column, descending } = record(item, "rows");
            return { column: text(column, "rows"), descending: descending === true };
          }),
        }),
  };
}

function binding(value: unknown): TableBinding {
  const { schema, name, relation } = record(value, "query");
  return { schema: textOrNull(schema, "query"), name: text(name, "query"), relation: text(relation, "query") };
}

function sqlValue(value: unknown): SqlValue {
  if (
    value === null ||
    typeof value === "boolean" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    typeof value === "string"
  )
    return value;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  return list(value, "query").map(sqlValue);
}

function record(value: unknown, call: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw refused(call);
}

function list(value: unknown, call: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refused(call);
}

function text(value: unknown, call: string): string {
  if (typeof value === "string") return value;
  throw refused(call);
}

function textOrNull(value: unknown, call: string): string | null {
  return value === null ? null : text(value, call);
}

function whole(value: unknown, call: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw refused(call);
}

function isLevel(value: unknown): value is LogLevel {
  return value === "debug" || value === "log" || value === "info" || value === "warn" || value === "error";
}

function refused(call: string): AppError {
  return new AppError("protocol", `the kernel's request of ${call} is not understood`);
}
