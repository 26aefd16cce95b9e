import type { AssetKey } from "../model/asset-key.ts";
import type { CellKind } from "../model/cell.ts";
import type { CheckSeverity, Expectation } from "../model/check.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { CellOptions } from "../model/options.ts";
import type { NotebookGraph, Storage } from "./graph.ts";

/** Something that an asset reads by itself, under the name that stands in its cell. */
export type AssetInput =
  | { readonly type: "asset"; readonly key: AssetKey; readonly name: string }
  | { readonly type: "file"; readonly file: string };

/**
 * Something stored that an asset depends on once virtual assets are looked through. `label` is the way to it by the names
 * in the cells (`orders`, `recent > orders`): unlike the key, it survives the renaming of a notebook, so memo keys use it.
 */
export type Source =
  | { readonly type: "asset"; readonly key: AssetKey; readonly label: string }
  | { readonly type: "file"; readonly file: string; readonly label: string };

/** A named output of a cell, with everything that is known of it before it runs. */
export interface AssetNode {
  readonly key: AssetKey;
  /** path of its notebook, with `.html` */
  readonly notebook: string;
  readonly notebookId: string | null;
  readonly cell: number;
  readonly name: string;
  readonly kind: CellKind;
  readonly storage: Storage;
  /** hash of its own cell's code; in a cell with several outputs also of its name, since each is another result */
  readonly codeVersion: string;
  /** the same with the code of the virtual assets that are looked through, and the way they hang together */
  readonly effectiveCodeVersion: string;
  /** what its cell reads, virtual assets included */
  readonly inputs: readonly AssetInput[];
  /** it is among its own inputs, by a mapping to earlier partitions: a running total, a state that changes slowly */
  readonly readsItself: boolean;
  /** the nearest ancestors that are not virtual, and files; itself where it reads itself */
  readonly sources: readonly Source[];
  /** assets whose values are the keys of its partitions: they come before it, and their data do not go into it */
  readonly keysFrom: readonly AssetKey[];
  /** assets that come before it in a run, though their data do not go into it: those of `keysFrom`, and what `after` names */
  readonly comesAfter: readonly AssetKey[];
  /** notebooks whose `params` it, or a virtual asset looked through, reads; empty where none */
  readonly paramsOf: readonly string[];
  /** why its result may differ from run to run, with those of virtual assets looked through; empty where it may not */
  readonly volatile: readonly string[];
  readonly options: CellOptions;
  /** tags of its notebook, with its cell's own before them */
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  /** its cell's group; the notebook where it names none */
  readonly group: string;
  readonly description: string | null;
  /** why it can never run as it stands (syntax error, cycle, duplicate name), or null */
  readonly problem: string | null;
}

/**
 * A check of an asset: a cell of its notebook that gives the wrong rows, or one rule of its own `expect` attribute. It is no asset:
 * nothing reads it, and it is carried out where its asset is.
 */
export interface CheckNode {
  readonly asset: AssetKey;
  /** among the checks of its asset: the cell's first output, `cell 7`, or the rule */
  readonly name: string;
  readonly severity: CheckSeverity;
  readonly blocking: boolean;
  readonly description: string | null;
  /** null where it is a cell */
  readonly rule: Expectation | null;
  /** what it reads, as if it were an asset with the partitions of the one that it checks; that one is always among its sources */
  readonly node: AssetNode;
}

/** A problem and the notebook that it is in. */
export interface WorkspaceProblem extends Diagnostic {
  readonly notebook: string;
}

/** All notebooks together: one graph of assets. Rebuilt whole, never changed in place. */
export interface Workspace {
  /** by path, with `.html`, ascending */
  readonly notebooks: ReadonlyMap<string, NotebookGraph>;
  readonly assets: ReadonlyMap<AssetKey, AssetNode>;
  /** every asset after what it reads; members of cycles are left out */
  readonly order: readonly AssetKey[];
  /** asset → the assets that read it by themselves, virtual ones included, in order of `assets` */
  readonly readers: ReadonlyMap<AssetKey, readonly AssetKey[]>;
  /** asset → its checks, those of its `expect` attribute first, then cells in document order */
  readonly checks: ReadonlyMap<AssetKey, readonly CheckNode[]>;
  /** what is wrong between notebooks; what is wrong inside one is in its graph */
  readonly problems: readonly WorkspaceProblem[];
}

/** The key under which a source stands in `Materialization.inputs`: the asset's key, or `file:NAME`. */
export function sourceKey(source: Source | AssetInput): string {
  return source.type === "asset" ? source.key : `file:${source.file}`;
}
