import type { CheckSeverity, CheckStatus } from "../model/check.ts";

/** Rows of one side of a failed test. */
export interface DifferingRows {
  /** how many there are */
  readonly count: number;
  /** the first of them as an Arrow stream, in the columns that were compared; null where there is none */
  readonly rows: Uint8Array | null;
}

/** How a test cell ended in the page. */
export interface TestVerdict {
  readonly type: "test";
  readonly state: CheckStatus;
  /** a sentence; "" where it passed */
  readonly message: string;
  readonly ms: number;
  /** how many rows were expected; null where that was not found out */
  readonly expected: number | null;
  /** expected and not there */
  readonly missing: DifferingRows;
  /** there and not expected */
  readonly unexpected: DifferingRows;
  /** where it went wrong, in the cell that did: line and column from 1 */
  readonly place: { readonly cell: number; readonly line: number; readonly column: number } | null;
}

/** What one rule of an `expect` attribute says of the rows that the page has. */
export interface RuleVerdict {
  readonly name: string;
  readonly status: CheckStatus;
  readonly severity: CheckSeverity;
  /** its failure keeps the data from its readers */
  readonly blocking: boolean;
  readonly message: string;
}

/** What the rules of a cell's asset say. */
export interface RulesVerdict {
  readonly type: "rules";
  readonly rules: readonly RuleVerdict[];
  /** when the server held its result against them, in milliseconds since 1970; null where the page did, just now */
  readonly serverAt: number | null;
}

export type CellVerdict = TestVerdict | RulesVerdict;
