/** What a cell is written in. `unknown` is a `type` that Cellar shows and never executes. */
export type CellKind =
  "js" | "ts" | "ojs" | "md" | "html" | "sql" | "tex" | "dot" | "node" | "python" | "r" | "unknown";

/** One `<script>` of a notebook: what the author wrote, nothing computed. */
export interface Cell {
  /** stable identity within the notebook: a positive integer */
  readonly id: number;
  readonly kind: CellKind;
  /** the `type` attribute as written, or null where there is none */
  readonly type: string | null;
  /** the text, unindented and unescaped, lines joined by "\n" */
  readonly source: string;
  /** whether the source is shown below the output */
  readonly pinned: boolean;
  /** whether the implicit display is suppressed */
  readonly hidden: boolean;
  /** the name under which the value is exposed; null where the declarations are */
  readonly output: string | null;
  /** connection of a SQL cell; null is the notebook's own engine */
  readonly database: string | null;
  /** how the output of a data loader is decoded */
  readonly format: string | null;
  /** oldest acceptable cached result */
  readonly since: string | null;
  /** every attribute as written, known or not, in order */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The parts of a cell that a caller names; the rest gets its default. */
export interface CellSpec {
  readonly id: number;
  readonly kind?: CellKind;
  readonly source?: string;
  readonly pinned?: boolean;
  readonly hidden?: boolean;
  readonly output?: string | null;
  readonly database?: string | null;
  readonly format?: string | null;
  readonly since?: string | null;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** `type` attribute by kind, as Observable's Notebook 2.0 format has them. */
export const typeOfKind: Readonly<Record<Exclude<CellKind, "unknown">, string>> = {
  js: "module",
  ts: "text/x-typescript",
  ojs: "application/vnd.observable.javascript",
  md: "text/markdown",
  html: "text/html",
  sql: "application/sql",
  tex: "application/x-tex",
  dot: "text/vnd.graphviz",
  node: "application/vnd.node.javascript",
  python: "text/x-python",
  r: "text/x-r",
};

/** Whether a new cell of this kind shows its source: prose does not, code does. */
export function pinnedByDefault(kind: CellKind): boolean {
  return kind !== "md" && kind !== "html" && kind !== "tex" && kind !== "dot";
}

/** Completes a cell. Throws nothing; the caller chooses the id. */
export function toCell(spec: CellSpec): Cell {
  const kind = spec.kind ?? "js";
  return {
    id: spec.id,
    kind,
    type: kind === "unknown" ? (spec.attributes?.["type"] ?? null) : typeOfKind[kind],
    source: spec.source ?? "",
    pinned: spec.pinned ?? pinnedByDefault(kind),
    hidden: spec.hidden ?? false,
    output: spec.output ?? null,
    database: spec.database ?? null,
    format: spec.format ?? null,
    since: spec.since ?? null,
    attributes: spec.attributes ?? {},
  };
}
