import type { CompiledCell } from "../compile/compiled-cell.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { Cell } from "../model/cell.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import type { CellOptions, NotebookOptions } from "../model/options.ts";

/** A cell with everything that is known of it before it runs. */
export interface GraphCell {
  readonly cell: Cell;
  readonly compiled: CompiledCell;
  readonly options: CellOptions;
  /** hash of the canonical body and the options that change its result */
  readonly codeVersion: string;
}

/** Why one cell needs another: the name, whether it is read as a value or a relation, and where. */
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
  readonly problems: readonly Diagnostic[];
}
