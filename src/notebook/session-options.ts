import type { DocumentTheme, KeyStroke, OpenTarget } from "../../cells/protocol/document.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import type { DraftStore } from "./drafts.ts";
import type { WatchTimes } from "./frame-link.ts";
import type { NotebookPorts } from "./ports.ts";
import type { Notice, SessionView } from "./session-view.ts";

/** What one open notebook is made of, and whom it tells. */
export interface SessionOptions {
  readonly ports: NotebookPorts;
  readonly engine: EngineProvider;
  readonly theme: DocumentTheme;
  /** where the frame goes */
  readonly place: HTMLElement;
  readonly onView: (view: SessionView) => void;
  readonly onNotice: (notice: Notice) => void;
  readonly onOpen: (target: OpenTarget) => void;
  readonly onKey: (key: KeyStroke) => void;
  readonly drafts?: DraftStore;
  readonly watch?: WatchTimes;
}
