/** A cell of a grid, from 0. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** Where a key goes from a place; null where the key is not the grid's. `page` is the rows of a screen. */
export function moveFor(
  { key, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
  { row, column }: GridPlace,
  size: { readonly rows: number; readonly columns: number; readonly page: number },
): GridPlace | null {
  if (altKey) return null;
  const lastRow = size.rows - 1;
  const lastColumn = size.columns - 1;
  const jump = ctrlKey || metaKey;
  const at = (toRow: number, toColumn: number): GridPlace => ({
    row: Math.max(0, Math.min(lastRow, toRow)),
    column: Math.max(0, Math.min(lastColumn, toColumn)),
  });
  switch (key) {
    case "ArrowDown":
      return at(jump ? lastRow : row + 1, column);
    case "ArrowUp":
      return at(jump ? 0 : row - 1, column);
    case "ArrowRight":
      return at(row, jump ? lastColumn : column + 1);
    case "ArrowLeft":
      return at(row, jump ? 0 : column - 1);
    case "PageDown":
      return at(row + size.page, column);
    case "PageUp":
      return at(row - size.page, column);
    case "Home":
      return at(jump ? 0 : row, 0);
    case "End":
      return at(jump ? lastRow : row, lastColumn);
    default:
      return null;
  }
}
