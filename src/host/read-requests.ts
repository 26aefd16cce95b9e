import { AssetKey } from "../../cells/model/asset-key.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type {
  KernelHost,
  QueryRequest,
  ResourceFetch,
  RowsRequest,
  SqlValue,
  TableBinding,
} from "../../cells/protocol/host.ts";

/** Reads the requests of a frame, which may be anything. Null where one is not what it should be. */
export function readQuery(value: unknown): QueryRequest | null {
  if (!isRecord(value)) return null;
  const { cell, output, strings, params, tables, files, database } = value;
  if (!isCell(cell) || !(output === null || isText(output))) return null;
  if (!isTexts(strings) || !isTexts(files) || !Array.isArray(params) || !params.every(isSqlValue)) return null;
  if (!Array.isArray(tables) || !tables.every(isBinding) || strings.length !== params.length + 1) return null;
  const request = { cell, output, strings, params, tables, files };
  if (database === undefined) return request;
  return isText(database) ? { ...request, database } : null;
}

export function readRows(value: unknown): RowsRequest | null {
  if (!isRecord(value)) return null;
  const { relation, offset, limit, orderBy } = value;
  if (!isText(relation) || !isCount(offset) || !isCount(limit)) return null;
  if (orderBy !== undefined && !(Array.isArray(orderBy) && orderBy.every(isOrder))) return null;
  return {
    relation,
    ...(offset === undefined ? {} : { offset }),
    ...(limit === undefined ? {} : { limit }),
    ...(orderBy === undefined ? {} : { orderBy }),
  };
}

export function readPut(value: unknown): Parameters<KernelHost["put"]>[0] | null {
  if (!isRecord(value)) return null;
  const { cell, name, arrow } = value;
  return isCell(cell) && isText(name) && arrow instanceof Uint8Array ? { cell, name, arrow } : null;
}

export function readAsset(value: unknown): Parameters<KernelHost["asset"]>[0] | null {
  if (!isRecord(value)) return null;
  const { key, partition, version, earlier } = value;
  if (!isText(key) || !(partition === null || isText(partition)) || !(version === undefined || isText(version)))
    return null;
  return {
    key: AssetKey.parse(key),
    partition,
    ...(version === undefined ? {} : { version }),
    ...(earlier === true ? { earlier } : {}),
  };
}

export function readFetch(value: unknown): ResourceFetch | null {
  if (!isRecord(value)) return null;
  const { resource, path, method, headers, body } = value;
  if (!isText(resource) || !isText(path) || !isText(method) || !(body === null || isText(body))) return null;
  if (!isRecord(headers) || !isTexts(Object.values(headers))) return null;
  return { resource, path, method, headers: headers as Readonly<Record<string, string>>, body };
}

export function readName(value: unknown): { readonly name: string } | null {
  return isRecord(value) && isText(value["name"]) ? { name: value["name"] } : null;
}

export function readLog(value: Readonly<Record<string, unknown>>): Parameters<KernelHost["log"]>[0] | null {
  const { cell, level, text } = value;
  if (!(cell === null || isCell(cell)) || !isText(text)) return null;
  return level === "debug" || level === "log" || level === "info" || level === "warn" || level === "error"
    ? { cell, level, text }
    : null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isCell(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === "number" && value >= 0);
}

function isBinding(value: unknown): value is TableBinding {
  return (
    isRecord(value) &&
    (value["schema"] === null || isText(value["schema"])) &&
    isText(value["name"]) &&
    isText(value["relation"])
  );
}

function isOrder(value: unknown): value is { readonly column: string; readonly descending: boolean } {
  return isRecord(value) && isText(value["column"]) && typeof value["descending"] === "boolean";
}

function isSqlValue(value: unknown): value is SqlValue {
  if (value === null || value instanceof Date || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(isSqlValue);
  return ["boolean", "number", "bigint", "string"].includes(typeof value);
}
