import type { CellKind } from "../model/cell.ts";
import type { CheckSeverity } from "../model/check.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import type { RunPolicy } from "../model/options.ts";
import type { RowsRequest } from "./host.ts";
import type { TestVerdict } from "./verdict.ts";

/**
 * What the shell (which owns a notebook's text) and the frame (which shows it and runs it) tell each other about the
 * document. What cells do goes over the kernel's own channel. Every message is one event of a `Peer`, under its `type`.
 */

/** A name that a cell reads from another cell or from outside, where it stands in its source. */
export interface DocumentReference {
  readonly name: string;
  /** the cell that defines it; null for an asset of another notebook */
  readonly cell: number | null;
  readonly asset: string | null;
  readonly spans: readonly Span[];
}

/** A cell as the frame shows it. */
export interface DocumentCell {
  readonly id: number;
  readonly kind: CellKind;
  readonly source: string;
  /** sequence number of the frame's own edit that `source` includes; the frame keeps what it typed later */
  readonly edit: number;
  /** whether the source differs from what was last run */
  readonly dirty: boolean;
  readonly pinned: boolean;
  readonly hidden: boolean;
  readonly output: string | null;
  readonly run: RunPolicy;
  /** name of the asset that it is a test of; null for any other cell */
  readonly test: string | null;
  /** the asset that it is a check of, and what its failure means; null for any other cell */
  readonly check: DocumentCheck | null;
  /** what its asset checks, partitions or automation say in a few words; empty where there is nothing to say */
  readonly notes: readonly string[];
  readonly outputs: readonly string[];
  readonly references: readonly DocumentReference[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A cell as a check of an asset. */
interface DocumentCheck {
  readonly asset: string;
  readonly severity: CheckSeverity;
  readonly blocking: boolean;
}

/** Something that a cell may refer to, for completion. */
export interface CompletionName {
  readonly name: string;
  readonly type: "asset" | "file";
  readonly detail: string;
}

export interface DocumentTheme {
  readonly scheme: "light" | "dark";
  /** the notebook's own theme name */
  readonly name: string;
}

/** Shell → frame. */
export type DocumentEvent =
  /** the notebook as it now is: cells in order. Only cells that differ from what was sent before are in `changed` */
  | {
      readonly type: "document";
      readonly title: string;
      readonly path: string;
      readonly readOnly: boolean;
      readonly order: readonly number[];
      readonly changed: readonly DocumentCell[];
    }
  | { readonly type: "names"; readonly names: readonly CompletionName[] }
  | { readonly type: "theme"; readonly theme: DocumentTheme }
  /** nothing runs, and why */
  | { readonly type: "paused"; readonly paused: boolean }
  /** puts the caret into a cell's editor, or only scrolls to it and selects it */
  | { readonly type: "focus"; readonly cell: number; readonly editor: boolean }
  /** what a test says; null takes it back. While it is found out anew, the one before stands */
  | {
      readonly type: "verdict";
      readonly cell: number;
      readonly verdict: TestVerdict | null;
      readonly running: boolean;
    }
  | { readonly type: "ping"; readonly id: number };

/** Where a new cell goes: before the cell with this id, or at the end. */
export type Before = number | null;

/** What the reader of a notebook does to it. Each is one step of undo, except that edits of one cell in a row are one. */
export type NotebookCommand =
  | { readonly type: "edit"; readonly cell: number; readonly source: string; readonly edit: number }
  /** replaces the sources of several cells at once */
  | {
      readonly type: "edits";
      readonly edits: readonly { readonly cell: number; readonly source: string; readonly edit: number }[];
    }
  | {
      readonly type: "insert";
      readonly before: Before;
      readonly kind: CellKind;
      readonly source: string;
      readonly output: string | null;
      readonly editor: boolean;
    }
  | { readonly type: "remove"; readonly cells: readonly number[] }
  | { readonly type: "move"; readonly cells: readonly number[]; readonly before: Before }
  | { readonly type: "duplicate"; readonly cell: number }
  /** cuts the source at an offset: what follows becomes a cell of its own below */
  | { readonly type: "split"; readonly cell: number; readonly at: number }
  /** appends the source of `cell` to the one above and removes it */
  | { readonly type: "merge"; readonly cell: number }
  | { readonly type: "kind"; readonly cell: number; readonly kind: CellKind }
  | { readonly type: "title"; readonly title: string }
  /** null removes the attribute */
  | {
      readonly type: "attributes";
      readonly cell: number;
      readonly attributes: Readonly<Record<string, string | null>>;
    };

/** What the frame asks for that is no change of the text. */
export type FrameRequest =
  | { readonly type: "command"; readonly command: NotebookCommand }
  /** run these cells with their text as it now is; null runs all that are stale */
  | { readonly type: "run"; readonly cells: readonly number[] | null }
  | { readonly type: "interrupt"; readonly cell: number | null }
  | { readonly type: "save" }
  | { readonly type: "undo" }
  | { readonly type: "redo" }
  /** the selected cell and whether its editor has the caret */
  | { readonly type: "selected"; readonly cell: number | null; readonly editor: boolean }
  /** a key combination that the frame does not use itself */
  | { readonly type: "key"; readonly key: KeyStroke }
  /** a link, an asset or a cell's lineage that the reader wants to see */
  | { readonly type: "open"; readonly target: OpenTarget }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "copy-link"; readonly cell: number }
  | { readonly type: "export"; readonly cell: number; readonly name: string | null; readonly format: ExportFormat }
  /** a file that was dropped or produced in the frame and is to be downloaded */
  | { readonly type: "download"; readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array }
  /** files that were dropped on the document, to be put beside the notebook and into new cells */
  | {
      readonly type: "drop";
      readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
      readonly before: Before;
    }
  /** materialize this cell on the server */
  | { readonly type: "server-run"; readonly cell: number }
  | { readonly type: "pong"; readonly id: number }
  | { readonly type: "problem"; readonly message: string };

export interface KeyStroke {
  readonly key: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

export type OpenTarget =
  | { readonly type: "url"; readonly url: string }
  | { readonly type: "asset"; readonly key: string }
  | { readonly type: "lineage"; readonly cell: number };

export type ExportFormat = "csv" | "json" | "arrow" | "parquet" | "svg" | "png";

/** Calls that the shell answers over the document's channel. */
export interface DocumentCalls {
  /** The text of a script that is shipped with Cellar, by name (`plot`, `katex`). Rejects with `not_found`. */
  library(request: { readonly name: string }, signal: AbortSignal): Promise<string>;
  /** A page of a relation for a grid, as an Arrow IPC stream. */
  rows(request: RowsRequest, signal: AbortSignal): Promise<Uint8Array>;
}

/** Calls that the frame answers over the document's channel. */
export interface FrameCalls {
  /** What a cell shows, as a picture. Rejects with `value_not_storable` where it shows none. */
  picture(
    request: { readonly cell: number; readonly format: "svg" | "png" },
    signal: AbortSignal,
  ): Promise<{ readonly mimeType: string; readonly bytes: Uint8Array }>;
}

/** The first message of the frame, before there is a channel; and the answer, which brings the two ports. */
export const frameReady = "cellar-frame-ready";
export const framePorts = "cellar-frame-ports";
