import type { CellKind } from "../../cells/model/cell.ts";

/** How kinds of cells are called. */
export const kindNames: Readonly<Record<CellKind, string>> = {
  js: "JavaScript",
  ts: "TypeScript",
  ojs: "Observable JavaScript",
  sql: "SQL",
  md: "Markdown",
  html: "HTML",
  tex: "TeX",
  dot: "DOT",
  node: "Node loader",
  python: "Python loader",
  r: "R loader",
  unknown: "Unknown type",
};

/** Kinds that are offered for a new cell and for changing one. */
export const offeredKinds: readonly CellKind[] = ["js", "sql", "md", "ts", "html", "tex", "dot"];

/** A beginning of a cell that many notebooks have. */
export interface Snippet {
  readonly label: string;
  readonly kind: CellKind;
  readonly source: string;
}

export const snippets: readonly Snippet[] = [
  { label: "Table of a file", kind: "sql", source: "FROM 'data.csv'" },
  {
    label: "Chart (Plot)",
    kind: "js",
    source: 'Plot.plot({\n  marks: [\n    Plot.dot(data, {x: "x", y: "y"})\n  ]\n})',
  },
  { label: "Slider", kind: "js", source: 'const n = view(Inputs.range([0, 100], {step: 1, label: "n"}));' },
  { label: "Choice", kind: "js", source: 'const choice = view(Inputs.select(["one", "two"], {label: "Choice"}));' },
  { label: "Text field", kind: "js", source: 'const text = view(Inputs.text({label: "Text"}));' },
  { label: "File as data", kind: "js", source: 'const data = FileAttachment("data.csv").csv({typed: true});' },
  { label: "Check: no rows may come", kind: "sql", source: "FROM orders WHERE amount < 0" },
];
