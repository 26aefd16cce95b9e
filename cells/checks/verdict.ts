import { AppError } from "../errors.ts";
import type { Expectation } from "../model/check.ts";

/** What a JavaScript check gave, where it is no table. */
export type Verdict =
  | { readonly type: "said"; readonly passed: boolean; readonly metadata: Readonly<Record<string, unknown>> }
  /** values that are wrong, one a row */
  | { readonly type: "values"; readonly values: readonly unknown[] };

/**
 * Reads the value of a JavaScript check: wrong values in an array, a boolean, or `{passed, …}` with anything worth telling beside it.
 * Throws `value_not_storable` for any other.
 */
export function readVerdict(value: unknown): Verdict {
  if (typeof value === "boolean") return { type: "said", passed: value, metadata: {} };
  if (Array.isArray(value)) return { type: "values", values: value };
  if (typeof value === "object" && value !== null && "passed" in value && typeof value.passed === "boolean") {
    const { passed, ...metadata } = value;
    return { type: "said", passed, metadata };
  }
  throw notAVerdict(sayValue(value));
}

/** What the value of a check comes to where it is at hand; `none`: it gave something else. */
export type CheckFinding =
  | { readonly type: "rows"; readonly failing: number }
  | { readonly type: "said"; readonly passed: boolean }
  | { readonly type: "none"; readonly error: unknown };

/** Reads the value of a check in the place that computed it: a table (whose rows are wrong), or as `readVerdict`. */
export function readCheckValue(value: unknown): CheckFinding {
  const rows = rowCount(value);
  if (rows !== null) return { type: "rows", failing: rows };
  try {
    const verdict = readVerdict(value);
    return verdict.type === "said"
      ? { type: "said", passed: verdict.passed }
      : { type: "rows", failing: verdict.values.length };
  } catch (error) {
    return { type: "none", error };
  }
}

/** How many rows a relation, an Arrow table or one of Arquero has; null for what is none. */
function rowCount(value: unknown): number | null {
  if (typeof value !== "object" || value === null) return null;
  if ("columns" in value && "rows" in value && typeof value.rows === "number") return value.rows;
  if (!("numRows" in value)) return null;
  const { numRows } = value;
  const count: unknown = typeof numRows === "function" ? Reflect.apply(numRows, value, []) : numRows;
  return typeof count === "number" ? count : null;
}

/** What a check says, in a sentence. `failing`: how many rows are wrong, null where it gave none; `rule`: null for a cell. */
export function sayVerdict(
  { passed, failing }: { readonly passed: boolean; readonly failing: number | null },
  rule: Expectation | null,
): string {
  if (passed) return "passed";
  if (rule?.rule.type === "rows") return `the number of rows is outside ${rule.text}`;
  if (rule?.rule.type === "schema_unchanged") return `${failing} ${failing === 1 ? "column" : "columns"} changed`;
  if (failing === null) return "it says that it failed";
  return failing === 1 ? "1 row is wrong" : `${failing} rows are wrong`;
}

/** The error of a check that gave something else; `what` names it. */
export function notAVerdict(what: string): AppError {
  return new AppError(
    "value_not_storable",
    `a check gives the rows that are wrong, true or false, or {passed: true, …}; this one gave ${what}`,
  );
}

function sayValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return `${typeof value} ${JSON.stringify(value)}`;
  return "passed" in value ? "passed that is neither true nor false" : "an object without passed";
}
