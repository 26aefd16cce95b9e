/** Weights of the two texts of a column, as the start of a CSS font. */
export const cellFont = "";
export const headerFont = "600 ";
const minWidth = 56;
const maxWidth = 320;
let ruler: CanvasRenderingContext2D | null = null;

/** Width of a column in pixels that shows these texts, within bounds, in the face of a grid that is on the page. */
export function columnWidth(grid: Element, texts: Iterable<string>, weight: string): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (ruler === null) return minWidth;
  const { fontSize, fontFamily } = getComputedStyle(grid);
  ruler.font = `${weight}${fontSize} ${fontFamily}`;
  let widest = 0;
  for (const text of texts) widest = Math.max(widest, ruler.measureText(text.slice(0, 80)).width);
  return Math.ceil(Math.max(minWidth, Math.min(maxWidth, widest + 24)));
}
