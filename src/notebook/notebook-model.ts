import type { NotebookFile } from "../../cells/format/parse.ts";
import { writeNotebook } from "../../cells/format/serialize.ts";
import type { Notebook } from "../../cells/model/notebook.ts";
import type { NotebookCommand } from "../../cells/protocol/document.ts";
import { applyCommand, type CommandResult } from "./commands.ts";
import { emptyHistory, redo, remember, undo, type History } from "./history.ts";
import { mergeNotebooks, type CellConflict } from "./merge.ts";

/** A notebook that is being edited: an immutable value, replaced by every change. */
export interface NotebookState {
  readonly notebook: Notebook;
  readonly history: History;
  /** the file that the notebook was read from or last saved as */
  readonly base: NotebookFile;
  /** revision of `base`; null where the file does not exist yet */
  readonly revision: string | null;
}

/** The text of a notebook and its changes. The only place where it is replaced. */
export class NotebookModel {
  #state: NotebookState;
  #lastId: number;
  /** a save asks for the text several times */
  #written: (Pick<NotebookState, "notebook" | "base"> & { readonly text: string }) | null = null;
  readonly #now: () => number;
  readonly #listeners = new Set<(before: NotebookState) => void>();

  /** Begins with a file and its revision; null where it does not exist yet. */
  constructor(base: NotebookFile, revision: string | null, now: () => number = Date.now) {
    this.#state = { notebook: base.notebook, history: emptyHistory, base, revision };
    this.#lastId = highest(base.notebook);
    this.#now = now;
  }

  get state(): NotebookState {
    return this.#state;
  }

  get notebook(): Notebook {
    return this.#state.notebook;
  }

  /** The text of the file as it would be saved now. */
  get text(): string {
    const { notebook, base } = this.#state;
    const last = this.#written;
    if (last?.notebook === notebook && last.base === base) return last.text;
    this.#written = { notebook, base, text: writeNotebook(notebook, base) };
    return this.#written.text;
  }

  /** Whether there is anything to save. */
  get isChanged(): boolean {
    return this.#state.notebook !== this.#state.base.notebook && this.text !== this.#state.base.text;
  }

  /** Calls `listener` after each change with the state before it; returns what ends it. */
  subscribe(listener: (before: NotebookState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Carries out a command as one step of undo. */
  run(command: NotebookCommand): CommandResult {
    const before = this.#state.notebook;
    const result = applyCommand(before, command, () => ++this.#lastId);
    if (result.notebook !== before)
      this.#step(result.notebook, command.type === "edit" ? `edit ${command.cell}` : null);
    return result;
  }

  /** Takes the last step back. False where there is none. */
  undo(): boolean {
    return this.#go(undo(this.#state.history));
  }

  redo(): boolean {
    return this.#go(redo(this.#state.history));
  }

  /** What `text` gave was saved as this revision. */
  saved(base: NotebookFile, revision: string): void {
    // nothing changed meanwhile: the saved file is the notebook, so that `isChanged` is cheap
    const notebook = this.text === base.text ? base.notebook : this.#state.notebook;
    this.#set({ ...this.#state, notebook: sameCells(notebook, this.#state.notebook), base, revision });
  }

  /** The file was changed by someone else: takes that in, keeping what was changed here. An own step of undo. */
  merge(theirs: NotebookFile, revision: string): readonly CellConflict[] {
    const { notebook, conflicts } = mergeNotebooks(this.#state.base.notebook, this.#state.notebook, theirs.notebook);
    this.#lastId = Math.max(this.#lastId, highest(theirs.notebook));
    const history = remember(this.#state.history, {
      before: this.#state.notebook,
      after: notebook,
      key: null,
      at: this.#now(),
    });
    this.#set({ notebook: sameCells(notebook, this.#state.notebook), history, base: theirs, revision });
    return conflicts;
  }

  /** Replaces the notebook by one that was kept aside, such as a draft. */
  replace(notebook: Notebook): void {
    this.#lastId = Math.max(this.#lastId, highest(notebook));
    this.#step(sameCells(notebook, this.#state.notebook), null);
  }

  #step(notebook: Notebook, key: string | null): void {
    const history = remember(this.#state.history, {
      before: this.#state.notebook,
      after: notebook,
      key,
      at: this.#now(),
    });
    this.#set({ ...this.#state, notebook, history });
  }

  #go(step: { readonly history: History; readonly notebook: Notebook } | null): boolean {
    if (step) this.#set({ ...this.#state, notebook: step.notebook, history: step.history });
    return step !== null;
  }

  #set(state: NotebookState): void {
    const before = this.#state;
    this.#state = state;
    for (const listener of this.#listeners) listener(before);
  }
}

/** Ids are never given twice, so that undo cannot bring back a cell under the id of another. */
function highest(notebook: Notebook): number {
  return notebook.cells.reduce((most, { id }) => Math.max(most, id), 0);
}

/** The notebook with the very cells of `known` where they are equal, so that they are not compiled again. */
function sameCells(notebook: Notebook, known: Notebook): Notebook {
  const byId = new Map(known.cells.map((cell) => [cell.id, cell]));
  const cells = notebook.cells.map((cell) => {
    const other = byId.get(cell.id);
    return other && JSON.stringify(other) === JSON.stringify(cell) ? other : cell;
  });
  return { ...notebook, cells };
}
