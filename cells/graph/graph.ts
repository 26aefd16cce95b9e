import type { CompiledCell } from "../compile/compiled-cell.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { Cell } from "../model/cell.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import type { CellOptions, NotebookOptions } from "../model/options.ts";

/**
 * How the result of a name is kept, as far as can be said before it runs: `stored` (a table), `maybe` (a JavaScript value:
 * its run decides), `virtual` (a view, a function, an element, a stream: never).
 */
export type Storage = "stored" | "maybe" | "virtual";

/** A cell with everything that is known of it before it runs. */
export interface GraphCell {
  readonly cell: Cell;
  readonly compiled: CompiledCell;
  readonly options: CellOptions;
  /** hash of the canonical body and the options that change its result */
  readonly codeVersion: string;
  /** output name → how it is kept */
  readonly storage: Readonly<Record<string, Storage>>;
  /** what is wrong with the source or an attribute of this cell by itself */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Why one cell needs another: the name, whether it is read as a value or a relation, and where. `asset` may end in
 * `/*` (a namespace import); its name is the one in the cell (`orders`, `sales.orders`, `sales/orders`). `file` is a path from the root of the workspace, or a URL.
 */
export type Edge =
  | {
      readonly type: "cell";
      readonly from: number;
      readonly to: number;
      readonly name: string;
      readonly as: "value" | "relation";
      readonly spans: readonly Span[];
    }
  | {
      readonly type: "asset";
      readonly asset: AssetKey;
      readonly to: number;
      readonly name: string;
      readonly as: "value" | "relation";
      readonly spans: readonly Span[];
    }
  | { readonly type: "file"; readonly file: string; readonly to: number; readonly spans: readonly Span[] };

/** One notebook, compiled: rebuilt whole on each edit, never changed in place. */
export interface NotebookGraph {
  /** path in the workspace, with `.html` */
  readonly path: string;
  readonly id: string | null;
  readonly title: string;
  readonly options: NotebookOptions;
  readonly cells: readonly GraphCell[];
  readonly edges: readonly Edge[];
  /** cell ids so that every cell stands after what it reads; cells of a cycle are left out */
  readonly order: readonly number[];
  /** ids of cells that read earlier partitions of what they define: no cycle */
  readonly readsItself: ReadonlySet<number>;
  readonly problems: readonly Diagnostic[];
}
