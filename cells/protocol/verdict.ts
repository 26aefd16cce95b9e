import type { CheckStatus } from "../model/check.ts";

/** Rows of one side of a failed test. */
export interface DifferingRows {
  /** how many there are */
  readonly count: number;
  /** the first of them as an Arrow stream, in the columns that were compared; null where there is none */
  readonly rows: Uint8Array | null;
}

/** How a test cell ended in the page. */
export interface TestVerdict {
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
