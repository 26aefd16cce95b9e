import type { CheckStatus } from "../model/check.ts";
import type { Column } from "../model/materialization.ts";

/** What came out of a test against what it expects. */
export interface TestDifference {
  /** columns that are expected and that the asset does not have */
  readonly lacking: readonly string[];
  /** how many rows were expected and did not come */
  readonly missing: number;
  /** how many came and were not expected */
  readonly unexpected: number;
}

/** How a test ended: `errored` where it could not be carried out, so that nothing was compared. */
export type TestState = CheckStatus;

/** Rows of each side that are shown. */
export const shownRows = 10;

/** The columns in which the tables are compared: those that are expected. What else the asset has is not looked at. */
export function comparedColumns(
  expected: readonly Column[],
  actual: readonly Column[],
): { readonly columns: readonly string[]; readonly lacking: readonly string[] } {
  const has = new Set(actual.map(({ name }) => name));
  const names = expected.map(({ name }) => name);
  return { columns: names.filter((name) => has.has(name)), lacking: names.filter((name) => !has.has(name)) };
}

/**
 * SQL of the rows of one table that are not in the other, `null` being one without rows. Rows are the same where the values of all
 * columns are, after the engine made their types the same (2 is 2.0); equal rows count as often as they stand there, and their
 * order does not matter.
 */
export function onlyInSql(columns: readonly string[], of: string, other: string | null): string {
  const list = columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(", ");
  return `SELECT ${list} FROM ${of}${other === null ? "" : ` EXCEPT ALL SELECT ${list} FROM ${other}`}`;
}

/** What a difference means for the test of an asset, in a sentence; "" where it passed. */
export function judgeDifference(
  asset: string,
  { lacking, missing, unexpected }: TestDifference,
): { readonly state: "passed" | "failed"; readonly message: string } {
  if (lacking.length > 0) return { state: "failed", message: `${asset} has no column ${lacking.join(", ")}` };
  if (missing + unexpected === 0) return { state: "passed", message: "" };
  const parts = [
    missing > 0 ? `${missing} expected and not there` : "",
    unexpected > 0 ? `${unexpected} there and not expected` : "",
  ];
  return { state: "failed", message: `rows of ${asset}: ${parts.filter((part) => part !== "").join(", ")}` };
}
