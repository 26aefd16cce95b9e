import { messageOf } from "../../cells/errors.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { DocumentTheme, FrameRequest, NotebookCommand } from "../../cells/protocol/document.ts";
import type { QueryOutcome } from "../host/browser-host.ts";
import { Autosave } from "./autosave.ts";
import { CompileLoop } from "./compile-loop.ts";
import { settle, type Settlement } from "./conflicts.ts";
import type { FrameLink } from "./frame-link.ts";
import { answerRequest, editsOf } from "./frame-requests.ts";
import { NotebookHost } from "./notebook-host.ts";
import type { NotebookModel } from "./notebook-model.ts";
import { openNotebook, type OpenedNotebook } from "./open-notebook.ts";
import type { Program } from "./program.ts";
import { Runner } from "./runner.ts";
import type { SessionOptions } from "./session-options.ts";
import { countStates, saysRemoved, type Notice, type SessionView } from "./session-view.ts";

/**
 * One open notebook. Its text is in the model, what that means in the program, its data with the host: these stay. What
 * shows and runs it is the runner's frame, which may hang and be killed at any time.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #readOnly: boolean;
  readonly #model: NotebookModel;
  readonly #program: Program;
  readonly #compiling: CompileLoop;
  readonly #host: NotebookHost;
  readonly #autosave: Autosave;
  readonly #runner: Runner;
  readonly #closing = new AbortController();
  readonly #unwatch: () => void;
  /** cell → number of the frame's last edit of it that the text has */
  readonly #edits = new Map<number, number>();
  /** the new cell waits until it is run */
  #inserting = false;

  private constructor(options: SessionOptions, { model, program, drafts, readOnly, trusted }: OpenedNotebook) {
    const { ports, engine, theme, place, watch } = options;
    this.#options = options;
    this.#model = model;
    this.#readOnly = readOnly;
    this.#program = program;
    const compiling = (this.#compiling = new CompileLoop({
      program,
      onCompiled: () => (this.#runner.update(), this.#tellView()),
      onProblem: (error) => this.#tellProblem(error),
    }));
    const host = (this.#host = new NotebookHost({ engine, data: ports.data, program }));
    this.#autosave = new Autosave({ model, ports, drafts, onState: () => this.#tellView() });
    this.#runner = new Runner({
      ...{ ports, place, readOnly, trusted, program, compiling, host, theme, watch },
      revision: () => model.state.revision,
      edit: (cell) => this.#edits.get(cell) ?? 0,
      onRequest: (request, link) =>
        void this.#answer(request, link).catch((error: unknown) => this.#tellProblem(error)),
      onChange: () => this.#tellView(),
      onProblem: (message) => this.#tell(message),
    });
    model.subscribe(({ notebook }) => notebook !== model.notebook && compiling.take(model.notebook, this.#inserting));
    this.#unwatch = ports.watch(({ revision }) => void this.#autosave.changedOutside(revision));
  }

  /** Loads the notebook, takes up a draft that an earlier session left, and starts its frame. Rejects as `load` does. */
  static async open(options: SessionOptions): Promise<Session> {
    const opened = await openNotebook(options.ports, options.drafts);
    const session = new Session(options, opened);
    if (opened.takeUpDraft === null) return session;
    opened.takeUpDraft();
    session.#compiling.commit(null);
    session.#tell("Unsaved changes of an earlier session were taken up", { label: "Undo", run: () => session.undo() });
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

  get view(): SessionView {
    return {
      title: this.#model.notebook.title,
      save: this.#autosave.state,
      pause: this.#runner.pause,
      readOnly: this.#readOnly,
      answering: this.#runner.isAnswering,
      ...countStates(this.#model.notebook, this.#program.dirty, (cell) => this.#runner.stateOf(cell)),
    };
  }

  /** Changes the text as a command says, as one step of undo. Answers the new cell, if there is one. */
  command(command: NotebookCommand): number | null {
    if (this.#readOnly) return null;
    const before = this.#model.notebook.cells;
    this.#inserting = command.type === "insert";
    const { focus } = this.#model.run(command);
    this.#inserting = false;
    // the first half of a cell runs as it is, like the second
    if (command.type === "split") this.#compiling.commit([command.cell]);
    if (focus) this.#runner.send({ type: "focus", cell: focus.cell, editor: focus.editor });
    if (command.type === "remove") {
      const removed = saysRemoved(before.filter(({ id }) => command.cells.includes(id)));
      if (removed !== null) this.#tell(removed, { label: "Undo", run: () => this.undo() });
    }
    return focus === null || before.some(({ id }) => id === focus.cell) ? null : focus.cell;
  }

  undo(): void {
    this.#model.undo();
  }

  redo(): void {
    this.#model.redo();
  }

  run(cells: readonly number[] | null): void {
    this.#runner.run(cells);
  }

  interrupt(cell: number | null): void {
    this.#runner.interrupt(cell);
  }

  consent(): Promise<void> {
    return this.#runner.consent();
  }

  stop(): void {
    this.#runner.stop();
  }

  setTheme(theme: DocumentTheme): void {
    this.#runner.setTheme(theme);
  }

  /** Scrolls to a cell. */
  focus(cell: number): void {
    this.#runner.send({ type: "focus", cell, editor: false });
  }

  save(): Promise<void> {
    return this.#autosave.save();
  }

  /** What becomes of cells that were changed here and elsewhere. One's own text is saved already. */
  settle(how: Settlement): void {
    const { state } = this.#autosave;
    if (state.type !== "conflict") return;
    for (const command of settle(how, this.#model.notebook, state.conflicts)) this.command(command);
    this.#autosave.settle();
  }

  async close(): Promise<void> {
    this.#compiling.close();
    this.#unwatch();
    this.#autosave.close();
    this.#closing.abort();
    this.#runner.close();
    await this.#host.close();
  }

  #answer(request: FrameRequest, link: FrameLink): Promise<void> {
    for (const { cell, edit } of editsOf(request)) this.#edits.set(cell, edit);
    const { ports, onOpen, onKey } = this.#options;
    const notice = (text: string): void => this.#tell(text);
    const { signal } = this.#closing;
    return answerRequest(request, { session: this, link, ports, host: this.#host.get, notice, onOpen, onKey, signal });
  }

  #tell(text: string, action: Notice["action"] = null): void {
    if (!this.#closing.signal.aborted) this.#options.onNotice({ text, action });
  }

  #tellProblem(error: unknown): void {
    this.#tell(messageOf(error));
  }

  #tellView(): void {
    this.#options.onView(this.view);
  }
}
