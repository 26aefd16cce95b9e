import type { ErrorPlace } from "../../cells/protocol/kernel.ts";
import type { CompletionSource } from "../editor/completion.ts";
import type { Actions } from "./actions.ts";
import type { Logs } from "./console/logs.ts";
import type { DocumentStore } from "./document-store.ts";
import type { Finder } from "./find/finder.ts";
import type { KeyAction } from "./keys.ts";
import type { MenuItem } from "./menu.ts";
import type { NearScreen } from "./near-screen.ts";
import type { Outputs } from "./outputs.ts";

/** What the parts of the document share. */
export interface FrameContext {
  readonly store: DocumentStore;
  readonly actions: Actions;
  readonly outputs: Outputs;
  readonly logs: Logs;
  readonly near: NearScreen;
  readonly finder: Finder;
  completion(cell: number): CompletionSource;
  /** scrolls to a cell and selects it */
  reveal(cell: number | null): void;
  /** puts the caret at a place of a cell's source */
  revealPlace(cell: number, place: ErrorPlace): void;
  /** the handle of a cell was pressed */
  drag(press: PointerEvent, cell: number): void;
  /** carries out what a key asked for */
  perform(cell: number, action: KeyAction): void;
  /** the caret left the editor of a cell */
  left(cell: number): void;
  kindItems(cell: number): readonly MenuItem[];
}
