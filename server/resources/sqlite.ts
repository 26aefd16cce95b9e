import { AppError, messageOf } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import { SqlText } from "../engine/sql-text.ts";
import { openSqliteFile, type SqliteFile } from "../store/sqlite-file.ts";
import { LineWriter } from "./line-writer.ts";
import type { CallOptions, Connection, Resource, ResourceAnswer, ResourceCall } from "./resource.ts";
import { unserved } from "./unserved.ts";

/** Which storage classes a column's values have. SQLite keeps one a value, not one a column. */
interface Seen {
  integer: boolean;
  real: boolean;
  text: boolean;
  blob: boolean;
  /** each value could be read as the declared DATE, TIMESTAMP or BOOLEAN */
  fits: boolean;
}

type SqliteValue = null | bigint | number | string | Buffer;

/**
 * A SQLite file, read only. SQL may only read it: what is no single reading statement (ATTACH, PRAGMA that changes, VACUUM INTO) is
 * refused, so that no other file is ever opened.
 */
export function openSqlite({ path }: Extract<Connection, { kind: "sqlite" }>): Resource {
  const open = (name: string): SqliteFile => {
    try {
      return openSqliteFile(path, { readOnly: true });
    } catch (error) {
      throw new AppError(
        "resource_failed",
        `resource ${name} cannot be opened as a SQLite file: ${messageOf(error)}; check "file" in cellar.json`,
        { data: { resource: name }, cause: error },
      );
    }
  };
  return {
    async answer(call, options) {
      if (call.type === "fetch") throw unserved("sqlite", "fetch", options);
      const file = open(options.name);
      try {
        return call.type === "query" ? query(file, call, options) : check(file, options);
      } finally {
        file.close();
      }
    },
  };
}

function check(file: SqliteFile, { name }: CallOptions): ResourceAnswer {
  try {
    const tables: unknown = file
      .prepare("select count(*) from sqlite_schema where type in ('table', 'view')")
      .pluck()
      .get();
    return { type: "reachable", what: `SQLite file; tables and views: ${String(tables)}` };
  } catch (error) {
    throw new AppError("resource_failed", `resource ${name} is no SQLite file that can be read: ${messageOf(error)}`, {
      data: { resource: name },
    });
  }
}

function query(file: SqliteFile, call: Extract<ResourceCall, { type: "query" }>, options: CallOptions): ResourceAnswer {
  const text = SqlText.of(call);
  try {
    const statement = file.prepare(text.text);
    if (!statement.reader || !statement.readonly)
      throw new AppError("query_failed", `resource ${options.name} is read only; write one SELECT`, {
        data: { ...text.placeOf(text.text.search(/\S/)) },
      });
    const declared = statement.columns().map(({ name, type }) => ({ name, type: (type ?? "").toUpperCase() }));
    const seen = declared.map((): Seen => ({ integer: false, real: false, text: false, blob: false, fits: true }));
    const writer = new LineWriter(call.target, options);
    const bound = Object.fromEntries(call.params.map((value, i) => [String(i + 1), bindable(value, i)]));
    const rows = statement
      .raw(true)
      .safeIntegers(true)
      .iterate(...(call.params.length === 0 ? [] : [bound]));
    for (const row of rows as Iterable<readonly SqliteValue[]>)
      writer.write(row.map((value, i) => toText(value, declared[i]?.type ?? "", seen[i])));
    const columns = declared.map(({ name, type }, i): Column => ({ name, type: typeOf(name, type, seen[i]) }));
    return writer.close(columns);
  } catch (error) {
    throw error instanceof AppError ? error : failed(error, text);
  }
}

function toText(value: SqliteValue, declared: string, seen: Seen | undefined): string | null {
  if (value === null || seen === undefined) return null;
  if (typeof value === "bigint") {
    seen.integer = true;
    seen.fits &&= isBoolean(declared) && (value === 0n || value === 1n);
    return String(value);
  }
  if (typeof value === "number") {
    seen.real = true;
    seen.fits = false;
    return String(value);
  }
  if (typeof value === "string") {
    seen.text = true;
    seen.fits &&= patternOf(declared)?.test(value) ?? false;
    return value;
  }
  seen.blob = true;
  return value.toString("hex");
}

const date = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const timestamp = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/;

function isBoolean(declared: string): boolean {
  return /^BOOL/.test(declared);
}

function patternOf(declared: string): RegExp | null {
  if (/^DATE$/.test(declared)) return date;
  return /^(DATETIME|TIMESTAMP)/.test(declared) ? timestamp : null;
}

/** Whether a date such as 2026-02-31, which SQLite keeps and DuckDB refuses, hides in the pattern is for the cast to say. */
function typeOf(name: string, declared: string, seen: Seen | undefined): string {
  const { integer = false, real = false, text = false, blob = false, fits = true } = seen ?? {};
  if (blob && (integer || real || text))
    throw new AppError(
      "query_failed",
      `column ${JSON.stringify(name)} has bytes and other values, which no one type holds; write cast(${name} as text) or hex(${name})`,
    );
  const isEmpty = !integer && !real && !text && !blob;
  if (fits && isBoolean(declared)) return "BOOLEAN";
  if (fits && patternOf(declared) === date) return "DATE";
  if (fits && patternOf(declared) === timestamp) return "TIMESTAMP";
  if (blob) return "BLOB";
  if (text) return "VARCHAR";
  if (isEmpty) return affinityOf(declared);
  return real || /DECIMAL|NUMERIC|REAL|FLOA|DOUB/.test(declared) ? "DOUBLE" : "BIGINT";
}

/** SQLite's own rules of affinity, for a column without a value. */
function affinityOf(declared: string): string {
  if (declared.includes("INT")) return "BIGINT";
  if (/CHAR|CLOB|TEXT/.test(declared)) return "VARCHAR";
  if (declared.includes("BLOB")) return "BLOB";
  return /REAL|FLOA|DOUB|DECIMAL|NUMERIC/.test(declared) ? "DOUBLE" : "VARCHAR";
}

function bindable(value: SqlValue, index: number): SqliteValue {
  if (value === null || typeof value === "bigint" || typeof value === "string") return value;
  // a double that is whole would be bound as REAL, and 1 = '1' is false in SQLite
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw new AppError(
    "query_failed",
    `parameter ${index + 1} is a list, which SQLite has not; join it into a text, and use json_each`,
  );
}

function failed(error: unknown, text: SqlText): AppError {
  const message = messageOf(error);
  const near =
    /near "([^]*)": syntax error/.exec(message)?.[1] ??
    /no such (?:column|table|function): ([\w.]+)/.exec(message)?.[1];
  const word = near === undefined || near === "" ? -1 : text.text.indexOf(near.split(".").at(-1) ?? near);
  return new AppError("query_failed", message.charAt(0).toLowerCase() + message.slice(1), {
    data: { engineError: "SQLite", ...(word === -1 ? {} : text.placeOf(word)) },
    cause: error,
  });
}
