import type { CompletionName } from "../../cells/protocol/document.ts";
import type { DataPorts } from "../host/ports.ts";

/** A notebook file as it is stored. */
interface LoadedNotebook {
  readonly text: string;
  /** content hash or another token that changes with the text */
  readonly revision: string;
  readonly readOnly: boolean;
  /** whether its code may run without asking: the reader's own, or one that the reader has consented to in this revision */
  readonly trusted: boolean;
}

/** Everything that one open notebook needs from outside. The app implements it over HTTP, a test in memory. */
export interface NotebookPorts {
  /** path in the workspace, with `.html` */
  readonly path: string;
  /** address of the frame's document, with the hosts that it may reach granted in its header */
  readonly frameUrl: string;
  load(signal: AbortSignal): Promise<LoadedNotebook>;
  /**
   * Saves a text that is based on revision `base` (null: the file must not exist). Rejects with `notebook_conflict` where
   * the file has another revision, and with anything else where it could not be reached: the text is then kept as a draft.
   */
  save(
    request: { readonly text: string; readonly base: string | null },
    signal: AbortSignal,
  ): Promise<{ readonly revision: string }>;
  /** Calls `listener` with the revision whenever the file changed, by whomever. Returns what ends it. */
  watch(listener: (change: { readonly revision: string }) => void): () => void;
  /** Notes the reader's consent to run this revision. */
  trust(revision: string): Promise<void>;
  /** Puts a file beside the notebook. Resolves to the name that it got. */
  addFile(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<string>;
  /** Assets and files that cells may refer to, for completion. */
  names(signal: AbortSignal): Promise<readonly CompletionName[]>;
  /** Has the server materialize what a cell defines. Rejects where there is no server. */
  runOnServer(cell: number, signal: AbortSignal): Promise<void>;
  /** address of a cell, for copying a link to it */
  linkTo(cell: number): string;
  readonly data: DataPorts;
}
