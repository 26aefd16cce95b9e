import { AppError } from "../errors.ts";
import type { SqlValue } from "../protocol/host.ts";

/** Turns what JavaScript computed into a bound value. Throws `query_failed` naming the parameter for anything else. */
export function toSqlValue(value: unknown, index: number): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string" || typeof value === "bigint")
    return value;
  if (value instanceof Date) {
    if (!Number.isNaN(value.getTime())) return value;
    throw new AppError("query_failed", `an invalid Date cannot be bound as parameter ${index + 1}`);
  }
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map((item: unknown) => toSqlValue(item, index));
  if (ArrayBuffer.isView(value) && Symbol.iterator in value)
    return Array.from(value as Iterable<number | bigint>, (item) => toSqlValue(item, index));
  const what = typeof value === "object" ? "an object" : `a ${typeof value}`;
  throw new AppError(
    "query_failed",
    `${what} cannot be bound as parameter ${index + 1}; bind numbers, strings, booleans, Dates or arrays of them, and read tables by name`,
  );
}
