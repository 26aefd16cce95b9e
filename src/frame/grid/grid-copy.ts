import { gridText, type ColumnStyle } from "./format.ts";
import type { GridPlace } from "./grid-keys.ts";

/** cells that are copied at most */
const maxCopied = 200_000;

/** A rectangle of values as lines of tabs, as spreadsheets paste them. Nulls, and rows that are not here, are empty. */
export function rowsAsText(
  first: GridPlace,
  last: GridPlace,
  value: (row: number, column: number) => unknown,
  styles: readonly ColumnStyle[],
): string {
  const lines: string[] = [];
  const lastRow = Math.min(last.row, first.row + Math.floor(maxCopied / (last.column - first.column + 1)));
  for (let row = first.row; row <= lastRow; row++) {
    const line: string[] = [];
    for (let column = first.column; column <= last.column; column++) {
      const item = value(row, column);
      line.push(
        item === null || item === undefined ? "" : gridText(item, styles[column] ?? "text").replace(/[\t\n]/g, " "),
      );
    }
    lines.push(line.join("\t"));
  }
  return lines.join("\n");
}
