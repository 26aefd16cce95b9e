import type { CellKind } from "../model/cell.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";

/** A name that a cell reads or defines, with every place in its source where it stands. */
export interface Name {
  readonly name: string;
  readonly spans: readonly Span[];
}

/** A relation that a SQL cell reads: `orders`, or `sales.orders` where `schema` is `sales`. */
export interface TableReference {
  readonly schema: string | null;
  readonly name: string;
  readonly spans: readonly Span[];
}

/** A static import of a cell, as written. */
export interface CellImport {
  readonly specifier: string;
  /** imported name → local name; `*` for a namespace */
  readonly names: Readonly<Record<string, string>>;
  readonly span: Span;
}

/** A SQL text cut at its `${}`: `strings` are the raw texts around them, backslashes intact. */
export interface SqlTemplate {
  readonly strings: readonly string[];
  /** offset in the cell's source at which each of `strings` begins */
  readonly offsets: readonly number[];
  /** what stands in each `${}`, one fewer than `strings` */
  readonly expressions: readonly string[];
}

/**
 * A cell as data: what it reads, what it defines, and the text of a function that computes it. Nothing has run.
 * `body` is the source of a function expression whose parameters are `inputs` in order (names that are not identifiers,
 * such as `mutable x`, appear escaped by `argumentName`).
 */
export interface CompiledCell {
  readonly id: number;
  readonly kind: CellKind;
  /** names read as JavaScript values, in order of first use, built-ins and globals of the notebook among them */
  readonly inputs: readonly Name[];
  /** relations that a SQL text reads; they become edges where a cell or asset has the name */
  readonly tables: readonly TableReference[];
  /** names defined for other cells */
  readonly outputs: readonly Name[];
  /** the `output` attribute (or, in ojs, the name before `=`): the cell's whole value under one name */
  readonly output: string | null;
  /** function source; null where the cell cannot run (syntax error, unsupported kind) */
  readonly body: string | null;
  readonly sql: SqlTemplate | null;
  /** the value is displayed without a call of `display` */
  readonly autodisplay: boolean;
  /** `output` is `viewof$x`: expose also its input value as `x` */
  readonly autoview: boolean;
  /** `output` is `mutable x` */
  readonly automutable: boolean;
  readonly async: boolean;
  /** literal arguments of `FileAttachment`, file names read in SQL, and specifiers of modules of the workspace */
  readonly files: readonly Name[];
  readonly databases: readonly string[];
  readonly secrets: readonly string[];
  /** literal arguments of `asset(...)` */
  readonly assets: readonly Name[];
  /** what is read of the built-in `partition`: `start`, or `date.start` where a window is looked for in a key */
  readonly partitionNames: readonly Name[];
  readonly imports: readonly CellImport[];
  /** why the result may differ from run to run (`now`, `Math.random`, `fetch`), empty where it may not */
  readonly volatile: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** How the runtime name `name` is written as a parameter: `mutable x` → `mutable$x`, `@variable` → `__variable`. */
export function argumentName(name: string): string {
  return name
    .replace(/^mutable /, "mutable$")
    .replace(/^initial /, "initial$")
    .replace(/^@/, "__")
    .replace(/\s/g, "$");
}
