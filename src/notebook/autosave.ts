import { AppError, messageOf } from "../../cells/errors.ts";
import { parseNotebook } from "../../cells/format/parse.ts";
import type { DraftStore } from "./drafts.ts";
import { withParts } from "./late/part.ts";
import type { CellConflict } from "./merge.ts";
import type { NotebookModel } from "./notebook-model.ts";
import type { NotebookPorts } from "./ports.ts";

/** Where the text of a notebook is. */
export type SaveState =
  | { readonly type: "saved" }
  | { readonly type: "unsaved" }
  | { readonly type: "saving" }
  /** the file cannot be reached: the text is kept in this browser (or, with `memory`, only in this tab) and tried again */
  | { readonly type: "offline"; readonly reason: string; readonly memory: boolean }
  /** both sides changed the same cells: one's own text was saved, the others are shown */
  | { readonly type: "conflict"; readonly conflicts: readonly CellConflict[] };

/** Times in milliseconds. */
export interface AutosaveTimes {
  /** after the last change */
  readonly saveMs: number;
  readonly draftMs: number;
  readonly retryMs: number;
}

const defaultTimes: AutosaveTimes = { saveMs: 700, draftMs: 250, retryMs: 5000 };

/** Saves a notebook as it is edited, on its base revision; what cannot be saved is kept as a draft. */
export class Autosave {
  readonly #model: NotebookModel;
  readonly #ports: NotebookPorts;
  readonly #drafts: DraftStore;
  readonly #times: AutosaveTimes;
  readonly #onState: (state: SaveState) => void;
  readonly #closing = new AbortController();
  readonly #unsubscribe: () => void;
  #state: SaveState = { type: "saved" };
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;
  #memoryOnly = false;

  constructor(options: {
    readonly model: NotebookModel;
    readonly ports: NotebookPorts;
    readonly drafts: DraftStore;
    readonly onState: (state: SaveState) => void;
    readonly times?: AutosaveTimes;
  }) {
    this.#model = options.model;
    this.#ports = options.ports;
    this.#drafts = options.drafts;
    this.#onState = options.onState;
    this.#times = options.times ?? defaultTimes;
    this.#unsubscribe = this.#model.subscribe((before) => before.notebook !== this.#model.notebook && this.#changed());
  }

  get state(): SaveState {
    return this.#state;
  }

  /** Saves now. Resolves when the text is on the server or it is clear that it cannot be. */
  async save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    await this.#saving;
    this.#saving = this.#save().finally(() => (this.#saving = null));
    await this.#saving;
  }

  /** The file has this revision now: takes in what someone else wrote. */
  async changedOutside(revision: string): Promise<void> {
    await this.#saving;
    if (revision === this.#model.state.revision || this.#closing.signal.aborted) return;
    await this.#takeTheirs();
  }

  /** The reader has seen the other texts. */
  settle(): void {
    if (this.#state.type === "conflict") this.#tell({ type: this.#model.isChanged ? "unsaved" : "saved" });
  }

  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#saveTimer);
    clearTimeout(this.#draftTimer);
    if (this.#model.isChanged) void this.#keepDraft();
    this.#closing.abort(new AppError("cell_cancelled", "the notebook was closed"));
  }

  #changed(): void {
    if (this.#state.type === "saved") this.#tell({ type: "unsaved" });
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.save(), this.#times.saveMs);
    // not put off by further typing: a crash loses no more than this
    this.#draftTimer ??= setTimeout(() => {
      this.#draftTimer = undefined;
      void this.#keepDraft();
    }, this.#times.draftMs);
  }

  async #save(): Promise<void> {
    if (!this.#model.isChanged) return void (this.#state.type === "unsaved" && this.#tell({ type: "saved" }));
    const { text } = this.#model;
    if (this.#state.type !== "conflict") this.#tell({ type: "saving" });
    try {
      const { revision } = await this.#ports.save({ text, base: this.#model.state.revision }, this.#closing.signal);
      this.#model.saved(await withParts(() => parseNotebook(text)), revision);
      clearTimeout(this.#draftTimer);
      this.#draftTimer = undefined;
      await this.#drafts.remove(this.#ports.path).catch(() => {});
      if (this.#model.isChanged) this.#changed();
      else if (this.#state.type !== "conflict") this.#tell({ type: "saved" });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      if (error instanceof AppError && error.code === "notebook_conflict") {
        await this.#takeTheirs();
        return;
      }
      await this.#keepDraft();
      this.#tell({ type: "offline", reason: messageOf(error), memory: this.#memoryOnly });
      this.#saveTimer = setTimeout(() => void this.save(), this.#times.retryMs);
    }
  }

  async #takeTheirs(): Promise<void> {
    try {
      const { text, revision } = await this.#ports.load(this.#closing.signal);
      if (revision === this.#model.state.revision) {
        // refused, yet nothing changed: tried again like any other failure
        this.#tell({ type: "offline", reason: "the save was refused", memory: this.#memoryOnly });
        this.#saveTimer = setTimeout(() => void this.save(), this.#times.retryMs);
        return;
      }
      const theirs = await withParts(() => parseNotebook(text));
      const conflicts = this.#model.merge(theirs, revision);
      if (conflicts.length > 0) this.#tell({ type: "conflict", conflicts });
      else if (!this.#model.isChanged) this.#tell({ type: "saved" });
      if (this.#model.isChanged) this.#saveTimer = setTimeout(() => void this.save(), 0);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#tell({ type: "offline", reason: messageOf(error), memory: this.#memoryOnly });
    }
  }

  async #keepDraft(): Promise<void> {
    const { base, revision } = this.#model.state;
    try {
      await this.#drafts.put({
        path: this.#ports.path,
        text: this.#model.text,
        base: base.text,
        revision,
        at: Date.now(),
      });
      this.#memoryOnly = false;
    } catch {
      // private mode or no room: the server's copy stays the truth, and the reader is told
      this.#memoryOnly = true;
    }
  }

  #tell(state: SaveState): void {
    this.#state = state;
    this.#onState(state);
  }
}
