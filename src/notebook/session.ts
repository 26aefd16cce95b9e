import { messageOf } from "../../cells/errors.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { DocumentTheme, KeyStroke, NotebookCommand, OpenTarget } from "../../cells/protocol/document.ts";
import type { CellState } from "../../cells/protocol/kernel.ts";
import type { QueryOutcome } from "../host/browser-host.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import { Autosave } from "./autosave.ts";
import { keepBoth, takeTheirs } from "./conflicts.ts";
import type { DraftStore } from "./drafts.ts";
import type { WatchTimes } from "./frame-link.ts";
import { answerRequest } from "./frame-requests.ts";
import { fetchCompilers } from "./late/compilers.ts";
import { LiveFrame } from "./live-frame.ts";
import { NotebookHost } from "./notebook-host.ts";
import type { NotebookModel } from "./notebook-model.ts";
import { openNotebook, type OpenedNotebook } from "./open-notebook.ts";
import type { NotebookPorts } from "./ports.ts";
import { Program } from "./program.ts";
import type { Notice, Pause, SessionView } from "./session-view.ts";

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

/** While the reader types, the text is compiled this often: for underlines, completion and what depends on a cell. */
const compileMs = 120;

/**
 * One open notebook. The text is in its model, what it means in its program, its data with its host: these stay. What shows
 * and runs it is a frame, which may hang and be killed at any time.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #ports: NotebookPorts;
  readonly #readOnly: boolean;
  readonly #model: NotebookModel;
  readonly #program: Program;
  readonly #host: NotebookHost;
  readonly #autosave: Autosave;
  readonly #closing = new AbortController();
  readonly #unwatch: () => void;
  /** cell → number of the frame's last edit of it that the text has */
  readonly #edits = new Map<number, number>();
  #frame: LiveFrame;
  #theme: DocumentTheme;
  #pause: Pause;
  #answering = true;
  #compileTimer: ReturnType<typeof setTimeout> | undefined;
  /** new cells wait until they are run */
  #inserting = false;

  private constructor(options: SessionOptions, { model, drafts, readOnly, trusted }: OpenedNotebook) {
    const { ports, engine } = options;
    this.#options = options;
    this.#ports = ports;
    this.#model = model;
    this.#readOnly = readOnly;
    this.#theme = options.theme;
    this.#pause = trusted ? null : "untrusted";
    this.#program = new Program(ports.path, model.notebook);
    this.#host = new NotebookHost({ engine, data: ports.data, program: this.#program });
    this.#autosave = new Autosave({ model, ports, drafts, onState: () => this.#tellView() });
    this.#model.subscribe((before) => before.notebook !== model.notebook && this.#textChanged());
    this.#unwatch = ports.watch(({ revision }) => void this.#autosave.changedOutside(revision));
    this.#frame = this.#newFrame();
  }

  /** Loads the notebook, takes up a draft that an earlier session left, and starts its frame. Rejects as `load` does. */
  static async open(options: SessionOptions): Promise<Session> {
    const opened = await openNotebook(options.ports, options.drafts, new AbortController().signal);
    const session = new Session(options, opened);
    if (opened.takeUpDraft !== null) session.#takeUp(opened.takeUpDraft);
    void session.#loadNames();
    return session;
  }

  get graph(): NotebookGraph {
    return this.#program.graph;
  }

  get text(): string {
    return this.#model.text;
  }

  /** How the results of SQL cells came about since the notebook was opened. */
  get outcomes(): Readonly<Record<QueryOutcome, number>> {
    return this.#host.outcomes;
  }

  stateOf(cell: number): CellState {
    return this.#frame.stateOf(cell);
  }

  get view(): SessionView {
    let running = 0;
    let stale = 0;
    for (const { id } of this.#model.notebook.cells) {
      const { type } = this.stateOf(id);
      if (type === "running" || type === "waiting") running++;
      if (type === "stale" || this.#program.dirty.has(id)) stale++;
    }
    return {
      title: this.#model.notebook.title,
      save: this.#autosave.state,
      pause: this.#pause,
      readOnly: this.#readOnly,
      answering: this.#answering,
      running,
      stale,
    };
  }

  /** Changes the text as a command says, as one step of undo. */
  command(command: NotebookCommand): void {
    if (this.#readOnly) return;
    const removed = command.type === "remove" ? this.#removedNames(command.cells) : null;
    this.#inserting = command.type === "insert";
    const { focus } = this.#model.run(command);
    this.#inserting = false;
    // the halves of a cell run as they are
    if (command.type === "split") this.#commit([command.cell]);
    if (focus) this.#frame.send({ type: "focus", cell: focus.cell, editor: focus.editor });
    if (removed !== null) this.#tell({ text: removed, action: { label: "Undo", run: () => this.undo() } });
  }

  undo(): void {
    this.#model.undo();
  }

  redo(): void {
    this.#model.redo();
  }

  /** Runs cells with their text as it now is; null: everything that is stale or changed. */
  run(cells: readonly number[] | null): void {
    if (this.#pause !== null) return void this.consent(cells);
    this.#commit(cells ?? this.#program.dirty);
    this.#frame.kernel({ type: "run", cells });
  }

  interrupt(cell: number | null): void {
    this.#frame.kernel({ type: "interrupt", cell });
  }

  /** The reader wants the notebook to run: remembered for this text where it was not trusted. */
  async consent(cells: readonly number[] | null = null): Promise<void> {
    const was = this.#pause;
    this.#pause = null;
    this.#frame.send({ type: "paused", paused: false });
    this.#commit(null);
    this.#frame.kernel({ type: "pause", paused: false });
    if (cells !== null) this.#frame.kernel({ type: "run", cells });
    const { revision } = this.#model.state;
    if (was === "untrusted" && revision !== null) await this.#ports.trust(revision).catch(() => {});
  }

  /** Ends a frame that hangs, and shows the notebook again, paused. Text and results in the engine stay. */
  stop(): void {
    this.#frame.close();
    this.#pause = "stopped";
    this.#answering = true;
    this.#frame = this.#newFrame();
    this.#tellView();
  }

  save(): Promise<void> {
    return this.#autosave.save();
  }

  /** What becomes of cells that were changed here and elsewhere. One's own text is saved already. */
  settle(how: "keep mine" | "keep both" | "take theirs"): void {
    const { state } = this.#autosave;
    if (state.type !== "conflict") return;
    if (how === "keep both")
      for (const command of keepBoth(this.#model.notebook, state.conflicts)) this.command(command);
    if (how === "take theirs") for (const command of takeTheirs(state.conflicts)) this.#model.run(command);
    this.#autosave.settle();
  }

  setTheme(theme: DocumentTheme): void {
    this.#theme = theme;
    this.#frame.send({ type: "theme", theme });
  }

  /** Scrolls to a cell. */
  focus(cell: number, editor = false): void {
    this.#frame.send({ type: "focus", cell, editor });
  }

  async close(): Promise<void> {
    clearTimeout(this.#compileTimer);
    this.#unwatch();
    this.#autosave.close();
    this.#closing.abort();
    this.#frame.close();
    await this.#host.close();
  }

  #newFrame(): LiveFrame {
    const { place, watch, engine, onOpen, onKey } = this.#options;
    const frame: LiveFrame = new LiveFrame({
      url: this.#ports.frameUrl,
      context: {
        path: this.#ports.path,
        readOnly: this.#readOnly,
        edit: (cell) => this.#edits.get(cell) ?? 0,
        isDirty: (cell) => this.#program.dirty.has(cell),
      },
      program: this.#program,
      theme: () => this.#theme,
      isPaused: () => this.#pause !== null,
      host: this.#host.get,
      watch,
      onRequest: (request) => {
        const { signal } = this.#closing;
        const notice = (text: string): void => this.#tell({ text, action: null });
        if (request.type === "command" && request.command.type === "edit")
          this.#edits.set(request.command.cell, request.command.edit);
        answerRequest(request, {
          session: this,
          frame,
          ports: this.#ports,
          host: this.#host.get,
          notice,
          onOpen,
          onKey,
          signal,
        }).catch((error: unknown) => signal.aborted || notice(messageOf(error)));
      },
      onStates: () => this.#tellView(),
      onAnswers: (answering) => {
        this.#answering = answering;
        this.#tellView();
      },
    });
    place.replaceChildren(frame.link.element);
    // the engine takes a second to start: at once, beside the frame
    if (this.#model.notebook.cells.some(({ kind }) => kind === "sql")) void engine().catch(() => {});
    return frame;
  }

  #textChanged(): void {
    const { isTyping } = this.#program.take(this.#model.notebook, this.#inserting);
    if (isTyping) this.#compileTimer ??= setTimeout(() => this.#compile(), compileMs);
    else this.#compile();
  }

  /** The text of these cells is what runs; null: of all. */
  #commit(cells: Iterable<number> | null): void {
    this.#program.commit(cells);
    this.#compile();
  }

  /** Brings frame and kernel to the text as it now is. */
  #compile(): void {
    clearTimeout(this.#compileTimer);
    this.#compileTimer = undefined;
    const fetching = fetchCompilers(this.#model.notebook.cells);
    if (fetching !== null)
      return void fetching.then(
        () => this.#compile(),
        (error: unknown) => this.#tell({ text: messageOf(error), action: null }),
      );
    this.#program.compile();
    this.#frame.update();
    this.#tellView();
  }

  #takeUp(draft: () => void): void {
    draft();
    this.#commit(null);
    this.#tell({
      text: "Unsaved changes of an earlier session were taken up",
      action: { label: "Undo", run: () => this.undo() },
    });
  }

  async #loadNames(): Promise<void> {
    const names = await this.#ports.names(this.#closing.signal).catch(() => []);
    this.#frame.send({ type: "names", names });
  }

  #removedNames(cells: readonly number[]): string | null {
    const removed = this.#model.notebook.cells.filter(({ id, source }) => cells.includes(id) && source.trim() !== "");
    if (removed.length === 0) return null;
    return removed.length === 1 ? "Cell deleted" : `${removed.length} cells deleted`;
  }

  #tell(notice: Notice): void {
    if (!this.#closing.signal.aborted) this.#options.onNotice(notice);
  }

  #tellView(): void {
    this.#options.onView(this.view);
  }
}
