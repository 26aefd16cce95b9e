import { AppError } from "../../cells/errors.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";

/**
 * A value as a DuckDB literal, for `SET VARIABLE`: the text of a query itself never holds a value. Integers of JavaScript
 * are INTEGER or BIGINT, other numbers DOUBLE, dates TIMESTAMP in UTC. Throws `query_failed` for what DuckDB cannot hold.
 */
export function sqlLiteral(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
    return Number.isFinite(value) ? `${value}::DOUBLE` : `'${value}'::DOUBLE`;
  }
  if (typeof value === "string") {
    if (value.includes("\0"))
      throw new AppError("query_failed", "a text with a NUL character cannot be bound; remove it");
    return sqlText(value);
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime()))
      throw new AppError("query_failed", "an invalid date cannot be bound; check how it is made");
    return `'${value.toISOString().replace("Z", "")}'::TIMESTAMP`;
  }
  if (value instanceof Uint8Array)
    return `'${Array.from(value, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}'::BLOB`;
  return `[${value.map(sqlLiteral).join(", ")}]`;
}

/** A name as an identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a string literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
