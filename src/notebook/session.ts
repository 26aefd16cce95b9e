// Long because one session is the whole life of one frame: opening, editing, saving, hanging and opening again share its state.
import { assertNever, messageOf } from "../../cells/errors.ts";
import { type Recipes, recipesOf } from "./recipes.ts";
import { buildGraph } from "../../cells/graph/build.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { Cell } from "../../cells/model/cell.ts";
import type { Notebook } from "../../cells/model/notebook.ts";
import type {
  DocumentTheme,
  FrameRequest,
  KeyStroke,
  NotebookCommand,
  OpenTarget,
} from "../../cells/protocol/document.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { CellState, KernelEvent } from "../../cells/protocol/kernel.ts";
import type { QueryOutcome } from "../host/browser-host.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import { hostHandlers, readLogEvent } from "../host/serve-host.ts";
import { Autosave, type SaveState } from "./autosave.ts";
import { DocumentMirror } from "./document-mirror.ts";
import { browserDrafts, memoryDrafts, type Draft, type DraftStore } from "./drafts.ts";
import { exportCell } from "./export.ts";
import { FrameLink, type WatchTimes } from "./frame-link.ts";
import { KernelMirror } from "./kernel-mirror.ts";
import { fetchLibrary } from "./libraries.ts";
import { NotebookModel } from "./notebook-model.ts";
import type { NotebookPorts } from "./ports.ts";
import { saveFile } from "./save-file.ts";
import { canEraseTypes, loadTypeEraser } from "./type-eraser.ts";

/** Why nothing runs by itself. */
export type Pause = "untrusted" | "stopped" | null;

/** What the app around a session sees of it. */
export interface SessionView {
  readonly title: string;
  readonly save: SaveState;
  readonly pause: Pause;
  readonly readOnly: boolean;
  /** the frame answers; false: a cell hangs */
  readonly answering: boolean;
  readonly running: number;
  readonly stale: number;
  /** what went wrong while opening or saving, for a notice; null where nothing did */
  readonly problem: string | null;
}

/** A short message with something that can be done about it. */
export interface Notice {
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

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

/** Typing is compiled once it pauses this long: for underlines, completion and what depends on a cell. */
const compileMs = 120;

/**
 * One open notebook: its text and undo, what is compiled of it, the frame that shows and runs it, the host that gives it
 * data, and saving. The frame may be killed at any time; everything that matters is here.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #ports: NotebookPorts;
  readonly #drafts: DraftStore;
  readonly #model: NotebookModel;
  readonly #autosave: Autosave;
  readonly #closing = new AbortController();
  readonly #kernelMirror = new KernelMirror();
  readonly #documentMirror: DocumentMirror;
  readonly #host: () => Promise<KernelHost & { close(): Promise<void> }>;
  readonly #unwatch: () => void;
  /** cell → the text and kind that were last run */
  readonly #committed = new Map<number, Pick<Cell, "source" | "kind">>();
  readonly #edits = new Map<number, number>();
  readonly #states = new Map<number, CellState>();
  readonly #outcomes = { computed: 0, remembered: 0, hydrated: 0, deferred: 0 };
  #graph: NotebookGraph;
  #committedGraph: NotebookGraph;
  #recipes: Recipes;
  #theme: DocumentTheme;
  #link: FrameLink | null = null;
  #pause: Pause;
  #answering = true;
  #problem: string | null = null;
  #compileTimer: ReturnType<typeof setTimeout> | undefined;
  #readOnly: boolean;

  private constructor(
    options: SessionOptions,
    opened: {
      readonly model: NotebookModel;
      readonly drafts: DraftStore;
      readonly readOnly: boolean;
      readonly trusted: boolean;
    },
  ) {
    this.#options = options;
    this.#ports = options.ports;
    this.#drafts = opened.drafts;
    this.#model = opened.model;
    this.#readOnly = opened.readOnly;
    this.#theme = options.theme;
    this.#pause = opened.trusted ? null : "untrusted";
    for (const { id, source, kind } of this.#model.notebook.cells) this.#committed.set(id, { source, kind });
    this.#graph = buildGraph(this.#ports.path, this.#model.notebook);
    this.#committedGraph = this.#graph;
    this.#recipes = recipesOf(this.#committedGraph);
    this.#documentMirror = new DocumentMirror({
      path: this.#ports.path,
      readOnly: this.#readOnly,
      edit: (cell) => this.#edits.get(cell) ?? 0,
      isDirty: (cell) => this.#isDirty(cell),
    });
    this.#host = lazily(() => this.#openHost());
    this.#autosave = new Autosave({
      model: this.#model,
      ports: this.#ports,
      drafts: this.#drafts,
      onState: () => this.#tellView(),
    });
    this.#model.subscribe((before) => before.notebook !== this.#model.notebook && this.#modelChanged());
    this.#unwatch = this.#ports.watch(({ revision }) => void this.#autosave.changedOutside(revision));
  }

  /** Loads the notebook, takes up a draft that an earlier session left, and starts its frame. Rejects as `load` does. */
  static async open(options: SessionOptions): Promise<Session> {
    const closing = new AbortController();
    const { ports } = options;
    const loaded = await ports.load(closing.signal);
    const { store, draft } = await readDraft(options.drafts, ports.path);
    const model = new NotebookModel(loaded.text, loaded.revision);
    if (hasTypes(model.notebook)) await loadTypeEraser();
    const session = new Session(options, { model, drafts: store, readOnly: loaded.readOnly, trusted: loaded.trusted });
    if (draft && !loaded.readOnly && draft.text !== loaded.text) session.#takeUp(draft);
    session.#startFrame();
    void session.#loadNames();
    return session;
  }

  get graph(): NotebookGraph {
    return this.#graph;
  }

  get text(): string {
    return this.#model.text;
  }

  /** How the results of SQL cells came about since the notebook was opened. */
  get outcomes(): Readonly<Record<QueryOutcome, number>> {
    return this.#outcomes;
  }

  stateOf(cell: number): CellState {
    return this.#states.get(cell) ?? { type: "idle" };
  }

  get view(): SessionView {
    let running = 0;
    let stale = 0;
    for (const { cell } of this.#graph.cells) {
      const { type } = this.stateOf(cell.id);
      if (type === "running" || type === "waiting") running++;
      if (type === "stale" || this.#isDirty(cell.id)) stale++;
    }
    return {
      title: this.#model.notebook.title,
      save: this.#autosave.state,
      pause: this.#pause,
      readOnly: this.#readOnly,
      answering: this.#answering,
      running,
      stale,
      problem: this.#problem,
    };
  }

  /** Changes the text as a command says, as one step of undo. */
  command(command: NotebookCommand): void {
    if (this.#readOnly) return;
    const removed = command.type === "remove" ? this.#removedNames(command.cells) : null;
    const { focus } = this.#model.run(command);
    if (command.type === "insert" || command.type === "duplicate" || command.type === "split")
      this.#commitNew(focus?.cell ?? null, command.type);
    if (focus) this.#link?.send({ type: "focus", cell: focus.cell, editor: focus.editor });
    if (removed !== null) this.#options.onNotice({ text: removed, action: { label: "Undo", run: () => this.undo() } });
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
    const wanted = cells ?? this.#graph.cells.map(({ cell }) => cell.id).filter((id) => this.#isDirty(id));
    for (const id of wanted) this.#commit(id);
    this.#sync();
    this.#link?.kernel({ type: "run", cells });
  }

  interrupt(cell: number | null): void {
    this.#link?.kernel({ type: "interrupt", cell });
  }

  /** The reader wants the notebook to run: remembered for this text where it was not trusted. */
  async consent(cells: readonly number[] | null = null): Promise<void> {
    const was = this.#pause;
    this.#pause = null;
    this.#link?.send({ type: "paused", paused: false });
    for (const { cell } of this.#graph.cells) this.#commit(cell.id);
    this.#sync();
    this.#link?.kernel({ type: "pause", paused: false });
    if (cells !== null) this.#link?.kernel({ type: "run", cells });
    this.#tellView();
    const { revision } = this.#model.state;
    if (was === "untrusted" && revision !== null) await this.#ports.trust(revision).catch(() => {});
  }

  /** Ends a frame that hangs, and shows the notebook again, paused. Text and results in the engine stay. */
  stop(): void {
    this.#link?.close();
    this.#pause = "stopped";
    this.#answering = true;
    this.#states.clear();
    this.#startFrame();
    this.#tellView();
  }

  save(): Promise<void> {
    return this.#autosave.save();
  }

  /** The other side's cells of a conflict become cells of their own below the reader's. */
  keepBoth(): void {
    const state = this.#autosave.state;
    if (state.type !== "conflict") return;
    for (const { cell, theirs } of state.conflicts) {
      const index = this.#model.notebook.cells.findIndex(({ id }) => id === cell);
      const before = this.#model.notebook.cells[index + 1]?.id ?? null;
      this.command({ type: "insert", before, kind: theirs.kind, source: theirs.source, output: null, editor: false });
    }
    this.#autosave.settle();
  }

  /** Takes the other side's text of every cell in conflict. */
  takeTheirs(): void {
    const state = this.#autosave.state;
    if (state.type !== "conflict") return;
    for (const { cell, theirs } of state.conflicts)
      this.#model.run({ type: "edit", cell, source: theirs.source, edit: 0 });
    this.#autosave.settle();
  }

  keepMine(): void {
    this.#autosave.settle();
  }

  setTheme(theme: DocumentTheme): void {
    this.#theme = theme;
    this.#link?.send({ type: "theme", theme });
  }

  /** Scrolls to a cell. */
  focus(cell: number, editor = false): void {
    this.#link?.send({ type: "focus", cell, editor });
  }

  async close(): Promise<void> {
    clearTimeout(this.#compileTimer);
    this.#unwatch();
    this.#autosave.close();
    this.#closing.abort();
    this.#link?.close();
    if (this.#hostOpened) await (await this.#host()).close().catch(() => {});
  }

  #hostOpened = false;

  async #openHost(): Promise<KernelHost & { close(): Promise<void> }> {
    this.#hostOpened = true;
    const { BrowserHost } = await import("../host/browser-host.ts");
    return new BrowserHost({
      engine: this.#options.engine,
      data: this.#ports.data,
      cell: (id) => {
        const known = this.#committedGraph.cells.find(({ cell }) => cell.id === id);
        return known
          ? {
              recipe: this.#recipes.recipe(id),
              readers: this.#recipes.readers(id),
              isVolatile: known.compiled.volatile.length > 0,
              sql: known.compiled.sql,
              source: known.cell.source,
            }
          : null;
      },
      onQuery: (_cell, outcome) => void this.#outcomes[outcome]++,
    });
  }

  #startFrame(): void {
    this.#documentMirror.reset();
    this.#kernelMirror.reset();
    const handlers = hostHandlers(this.#host);
    const link = new FrameLink(
      this.#ports.frameUrl,
      {
        documentHandlers: {
          library: (request, signal) => fetchLibrary(nameOf(request), signal),
          ...(handlers["rows"] ? { rows: handlers["rows"] } : {}),
        },
        kernelHandlers: handlers,
        opened: () => this.#opened(link),
        request: (request) => void this.#request(request).catch((error: unknown) => this.#tellProblem(error)),
        kernelEvents: (events) => this.#kernelEvents(events),
        kernelMessage: (name, payload) => void readLogEvent(name, payload),
        answers: (answering) => {
          this.#answering = answering;
          this.#tellView();
        },
      },
      this.#options.watch,
    );
    this.#link = link;
    this.#options.place.replaceChildren(link.element);
    // the engine takes a second to start: at once, beside the frame
    if (this.#graph.cells.some(({ cell }) => cell.kind === "sql")) void this.#options.engine().catch(() => {});
  }

  #opened(link: FrameLink): void {
    link.send({ type: "theme", theme: this.#theme });
    link.send({ type: "paused", paused: this.#pause !== null });
    const paused = this.#pause !== null;
    link.kernel(
      { type: "open", path: this.#ports.path, params: this.#graph.options.params, partition: null, paused },
      { type: "demand", names: null },
    );
    this.#sync();
  }

  /** Brings frame and kernel to the text as it now is. */
  #sync(): void {
    clearTimeout(this.#compileTimer);
    this.#compileTimer = undefined;
    const { notebook } = this.#model;
    if (hasTypes(notebook) && !canEraseTypes())
      return void loadTypeEraser().then(
        () => this.#sync(),
        (error: unknown) => this.#tellProblem(error),
      );
    this.#graph = buildGraph(this.#ports.path, notebook, this.#graph);
    const committed = { ...notebook, cells: notebook.cells.map((cell) => this.#asCommitted(cell)) };
    this.#committedGraph = buildGraph(this.#ports.path, committed, this.#committedGraph);
    this.#recipes = recipesOf(this.#committedGraph);
    const define = this.#kernelMirror.update(this.#committedGraph);
    const document = this.#documentMirror.update(this.#graph);
    if (document) this.#link?.send(document);
    if (define) this.#link?.kernel(define);
    this.#tellView();
  }

  #asCommitted(cell: Cell): Cell {
    const run = this.#committed.get(cell.id);
    if (run === undefined || (run.source === cell.source && run.kind === cell.kind)) return cell;
    const known = this.#committedGraph.cells.find((other) => other.cell.id === cell.id)?.cell;
    const changed = { ...cell, ...run };
    // the same object as before, so that nothing is compiled again
    return known && JSON.stringify(known) === JSON.stringify(changed) ? known : changed;
  }

  #modelChanged(): void {
    const ids = new Set(this.#model.notebook.cells.map(({ id }) => id));
    const structural = this.#graph.cells.length !== ids.size || this.#graph.cells.some(({ cell }) => !ids.has(cell.id));
    for (const { id, source, kind } of this.#model.notebook.cells)
      if (!this.#committed.has(id)) this.#committed.set(id, { source, kind });
    const typed = !structural && this.#onlyTyped();
    if (typed) this.#compileTimer ??= setTimeout(() => this.#sync(), compileMs);
    else this.#sync();
  }

  /** Whether nothing but the source of cells differs from what the frame shows. */
  #onlyTyped(): boolean {
    return this.#model.notebook.cells.every((cell, index) => {
      const known = this.#graph.cells[index]?.cell;
      return (
        known === cell || (known?.id === cell.id && known.attributes === cell.attributes && known.kind === cell.kind)
      );
    });
  }

  #isDirty(id: number): boolean {
    const run = this.#committed.get(id);
    const cell = this.#model.notebook.cells.find((other) => other.id === id);
    return run !== undefined && cell !== undefined && (run.source !== cell.source || run.kind !== cell.kind);
  }

  #commit(id: number): void {
    const cell = this.#model.notebook.cells.find((other) => other.id === id);
    if (cell) this.#committed.set(id, { source: cell.source, kind: cell.kind });
  }

  /** A copy or the halves of a split cell run as they are; a new cell waits until it is run. */
  #commitNew(id: number | null, type: "insert" | "duplicate" | "split"): void {
    if (id === null) return;
    if (type === "insert")
      this.#committed.set(id, {
        source: "",
        kind: this.#model.notebook.cells.find((cell) => cell.id === id)?.kind ?? "js",
      });
    else for (const { cell } of this.#graph.cells) this.#commit(cell.id);
    this.#sync();
  }

  #kernelEvents(events: readonly KernelEvent[]): void {
    for (const event of events) if (event.type === "state") this.#states.set(event.cell, event.state);
    this.#tellView();
  }

  async #request(request: FrameRequest): Promise<void> {
    const { signal } = this.#closing;
    switch (request.type) {
      case "command":
        if (request.command.type === "edit") this.#edits.set(request.command.cell, request.command.edit);
        return this.command(request.command);
      case "run":
        return this.run(request.cells);
      case "interrupt":
        return this.interrupt(request.cell);
      case "save":
        return this.save();
      case "undo":
        return this.undo();
      case "redo":
        return this.redo();
      case "key":
        return this.#options.onKey(request.key);
      case "open":
        return this.#options.onOpen(request.target);
      case "copy":
        return navigator.clipboard.writeText(request.text);
      case "copy-link":
        await navigator.clipboard.writeText(this.#ports.linkTo(request.cell));
        return this.#options.onNotice({ text: "Link copied", action: null });
      case "download":
        return saveFile(request.name, request.mimeType, request.bytes);
      case "export": {
        const link = this.#link;
        if (link === null) return;
        const host = await this.#host();
        return exportCell({ link, host, title: this.#model.notebook.title, request, signal });
      }
      case "drop": {
        for (const { name, bytes } of request.files) await this.#addDropped(name, bytes, request.before, signal);
        return;
      }
      case "server-run":
        await this.#ports.runOnServer(request.cell, signal);
        return this.#options.onNotice({ text: "The server runs this cell", action: null });
      case "problem":
        return this.#tellProblem(new Error(request.message));
      case "selected":
      case "pong":
        return;
      default:
        return assertNever(request);
    }
  }

  async #addDropped(name: string, bytes: Uint8Array, before: number | null, signal: AbortSignal): Promise<void> {
    const stored = await this.#ports.addFile(name, bytes, signal);
    const table = /\.(?:csv|tsv|json|ndjson|jsonl|arrow|parquet)$/i.test(stored);
    const output = stored
      .replace(/\.\w+$/, "")
      .replace(/\W+/g, "_")
      .replace(/^(?=\d)/, "_")
      .toLowerCase();
    this.command(
      table
        ? {
            type: "insert",
            before,
            kind: "sql",
            source: `FROM '${stored.replaceAll("'", "''")}'`,
            output: output || null,
            editor: false,
          }
        : {
            type: "insert",
            before,
            kind: "js",
            source: `FileAttachment(${JSON.stringify(stored)})`,
            output: null,
            editor: false,
          },
    );
    const added = this.#model.notebook.cells.at(
      before === null ? -1 : this.#model.notebook.cells.findIndex(({ id }) => id === before) - 1,
    );
    if (added) this.run([added.id]);
  }

  #takeUp(draft: Draft): void {
    if (draft.revision === this.#model.state.revision) this.#model.replace(draft.text);
    else {
      // the file went on meanwhile: the draft is merged as if it had been typed before that
      const draftModel = new NotebookModel(draft.base, draft.revision);
      draftModel.replace(draft.text);
      draftModel.merge(this.#model.text, this.#model.state.revision ?? "");
      this.#model.replace(draftModel.text);
    }
    for (const { cell } of this.#graph.cells) this.#commit(cell.id);
    this.#sync();
    this.#options.onNotice({
      text: "Unsaved changes of an earlier session were taken up",
      action: { label: "Undo", run: () => this.undo() },
    });
  }

  async #loadNames(): Promise<void> {
    const names = await this.#ports.names(this.#closing.signal).catch(() => []);
    this.#link?.send({ type: "names", names });
  }

  #removedNames(cells: readonly number[]): string | null {
    const removed = this.#model.notebook.cells.filter(({ id, source }) => cells.includes(id) && source.trim() !== "");
    if (removed.length === 0) return null;
    return removed.length === 1 ? "Cell deleted" : `${removed.length} cells deleted`;
  }

  #tellProblem(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#options.onNotice({ text: messageOf(error), action: null });
  }

  #tellView(): void {
    this.#options.onView(this.view);
  }
}

function hasTypes(notebook: Notebook): boolean {
  return notebook.cells.some(({ kind }) => kind === "ts");
}

function nameOf(request: unknown): string {
  return typeof request === "object" && request !== null && "name" in request ? String(request.name) : "";
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

/** The draft of a notebook, from the browser or, where that keeps nothing, from this tab. */
async function readDraft(
  given: DraftStore | undefined,
  path: string,
): Promise<{ readonly store: DraftStore; readonly draft: Draft | null }> {
  const store = given ?? browserDrafts();
  try {
    return { store, draft: await store.get(path) };
  } catch {
    return { store: memoryDrafts(), draft: null };
  }
}
