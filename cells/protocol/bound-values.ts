import { AppError } from "../errors.ts";
import type { SqlValue } from "./host.ts";

/** The bound values as they stand in `Materialization.bound`: equal values, and only they, give equal texts. */
export function boundText(params: readonly SqlValue[]): string {
  return JSON.stringify(params, encodeBound);
}

/** The values of a `boundText`. Throws `usage` for a text that is none. */
export function boundValues(text: string): readonly SqlValue[] {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    // told below
  }
  if (!Array.isArray(values)) throw unreadable();
  return values.map(decodeBound);
}

/** `JSON.stringify` replacer for bound values: types that JSON lacks are tagged, so that 1n is not "1". */
function encodeBound(this: unknown, key: string, value: unknown): unknown {
  const original: unknown = Reflect.get(Object(this), key);
  if (original instanceof Date) return { date: original.toISOString() };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value instanceof Uint8Array)
    return { bytes: Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("") };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  return value;
}

function decodeBound(value: unknown): SqlValue {
  if (Array.isArray(value)) return value.map(decodeBound);
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  const [[tag, text] = ["", ""], ...more] = Object.entries(value as object) as [string, unknown][];
  if (typeof text !== "string" || more.length > 0) throw unreadable();
  if (tag === "date" && !Number.isNaN(Date.parse(text))) return new Date(text);
  if (tag === "bigint" && /^-?\d+$/.test(text)) return BigInt(text);
  if (tag === "number" && /^-?Infinity$|^NaN$/.test(text)) return Number(text);
  if (tag === "bytes" && /^(?:[\da-f]{2})*$/.test(text))
    return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  throw unreadable();
}

function unreadable(): AppError {
  return new AppError(
    "usage",
    'params are no values that SQL can bind; give a JSON list of numbers, strings, booleans, null, lists, {"date": ISO}, {"bigint": digits}, {"bytes": hex}',
  );
}
