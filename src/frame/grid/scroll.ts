/** Browsers lay out no taller element than about 8 to 33 million pixels, so a million rows are scrolled on a smaller scale. */
const maxHeight = 6_000_000;

/** How rows of a fixed height map to a scroll position. Heights in pixels. */
export interface ScrollScale {
  /** of the element that is scrolled */
  readonly height: number;
  readonly viewport: number;
  readonly rowHeight: number;
  readonly rows: number;
}

export function scrollScale(rows: number, rowHeight: number, viewport: number): ScrollScale {
  return { rows, rowHeight, viewport, height: Math.min(rows * rowHeight, maxHeight) };
}

/** The row at the top, with its fraction. The last row is reached exactly at the end. */
export function topRow({ rows, rowHeight, viewport, height }: ScrollScale, scrollTop: number): number {
  const total = rows * rowHeight;
  if (height <= viewport || total <= viewport) return 0;
  const scale = (total - viewport) / (height - viewport);
  return Math.max(0, Math.min(total - viewport, scrollTop * scale)) / rowHeight;
}

/** The scroll position that has this row (with fraction) at the top. */
export function scrollTopOf({ rows, rowHeight, viewport, height }: ScrollScale, row: number): number {
  const total = rows * rowHeight;
  if (height <= viewport || total <= viewport) return 0;
  return Math.min(row * rowHeight, total - viewport) / ((total - viewport) / (height - viewport));
}
