import type { DocumentEvent, DocumentTheme, FrameRequest } from "../../cells/protocol/document.ts";
import { frameAddress } from "../../cells/protocol/frame-address.ts";
import type { CellState } from "../../cells/protocol/kernel.ts";
import type { CompileLoop } from "./compile-loop.ts";
import type { FrameLink, WatchTimes } from "./frame-link.ts";
import { LiveFrame } from "./live-frame.ts";
import type { NotebookHost } from "./notebook-host.ts";
import type { NotebookPorts } from "./ports.ts";
import type { Program } from "./program.ts";
import type { Pause } from "./session-view.ts";
import { Verdicts } from "./verdicts.ts";

export interface RunnerOptions {
  readonly ports: NotebookPorts;
  /** where the frame goes */
  readonly place: HTMLElement;
  readonly readOnly: boolean;
  readonly trusted: boolean;
  readonly program: Program;
  readonly compiling: CompileLoop;
  readonly host: NotebookHost;
  readonly theme: DocumentTheme;
  readonly watch: WatchTimes | undefined;
  /** the revision that a reader consents to; null where the file does not exist yet */
  readonly revision: () => string | null;
  /** number of the frame's last edit of a cell that the text has in it */
  readonly edit: (cell: number) => number;
  readonly onRequest: (request: FrameRequest, link: FrameLink) => void;
  /** states, `pause` or `isAnswering` changed */
  readonly onChange: () => void;
  readonly onProblem: (message: string) => void;
}

/** Shows and runs a program in one frame at a time. A frame that hangs is ended, and another takes its place, paused. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #closing = new AbortController();
  readonly #names: ReturnType<NotebookPorts["names"]>;
  readonly #verdicts: Verdicts;
  #frame: LiveFrame;
  #theme: DocumentTheme;
  #pause: Pause;
  #isAnswering = true;
  /** hosts that the reader let the notebook reach, with the text in which they stand */
  #hosts: readonly string[];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#theme = options.theme;
    this.#pause = options.trusted ? null : "untrusted";
    this.#hosts = options.trusted ? options.program.graph.options.hosts : [];
    this.#verdicts = new Verdicts({
      engine: options.host.engine,
      data: options.ports.data,
      program: options.program,
      isPaused: () => this.#pause !== null,
      trial: (request, signal) => this.#frame.link.trial(request, signal),
      tell: (event) => this.#frame.send(event),
      onProblem: options.onProblem,
    });
    this.#names = options.ports.names(this.#closing.signal).catch(() => []);
    this.#frame = this.#newFrame();
  }

  get pause(): Pause {
    return this.#pause;
  }

  /** False where a cell hangs. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  stateOf(cell: number): CellState {
    return this.#frame.stateOf(cell);
  }

  /** The program was compiled anew. */
  update(): void {
    this.#frame.update();
    this.#verdicts.update();
  }

  send(event: DocumentEvent): void {
    this.#frame.send(event);
  }

  /** Runs cells with their text as it now is; null: everything that is stale or changed. Consents where that was not given. */
  run(cells: readonly number[] | null): void {
    if (this.#pause !== null) return void this.consent(cells);
    this.#options.compiling.commit(cells);
    this.#frame.kernel({ type: "run", cells });
    this.#verdicts.run(cells);
  }

  interrupt(cell: number | null): void {
    this.#frame.kernel({ type: "interrupt", cell });
    this.#verdicts.interrupt(cell);
  }

  /** The reader wants the notebook to run: remembered for this revision where it was not trusted. */
  async consent(cells: readonly number[] | null = null): Promise<void> {
    const { compiling, ports, program, revision } = this.#options;
    const was = this.#pause;
    this.#pause = null;
    if (was === "untrusted" && program.graph.options.hosts.length > 0) this.#grant(program.graph.options.hosts);
    this.#frame.send({ type: "paused", paused: false });
    compiling.commit(null);
    this.#frame.kernel({ type: "pause", paused: false });
    if (cells !== null) this.#frame.kernel({ type: "run", cells });
    this.#verdicts.update();
    this.#verdicts.run(cells);
    const consented = revision();
    if (was === "untrusted" && consented !== null) await ports.trust(consented).catch(() => {});
  }

  /** Ends the frame, and shows the notebook in a new one, paused. Text and results in the engine stay. */
  stop(): void {
    this.#verdicts.interrupt(null);
    this.#frame.close();
    this.#pause = "stopped";
    this.#isAnswering = true;
    this.#frame = this.#newFrame();
    this.#options.onChange();
  }

  setTheme(theme: DocumentTheme): void {
    this.#theme = theme;
    this.#frame.send({ type: "theme", theme });
  }

  close(): void {
    this.#closing.abort();
    this.#verdicts.close();
    this.#frame.close();
  }

  /** Shows the notebook in a frame that may reach these hosts: what a document may reach is said with its address. */
  #grant(hosts: readonly string[]): void {
    this.#hosts = hosts;
    this.#frame.close();
    this.#frame = this.#newFrame();
  }

  #newFrame(): LiveFrame {
    const { ports, place, readOnly, program, host, watch, edit, onRequest, onChange } = this.#options;
    const frame: LiveFrame = new LiveFrame({
      url: frameAddress(ports.frameUrl, this.#hosts),
      context: { path: ports.path, readOnly, edit, isDirty: (cell) => program.dirty.has(cell) },
      program,
      hydrator: host.hydrator,
      theme: () => this.#theme,
      isPaused: () => this.#pause !== null,
      names: this.#names,
      host: host.get,
      trials: this.#verdicts.hosts,
      watch,
      onRequest: (request) => onRequest(request, frame.link),
      onStates: onChange,
      onOpen: () => this.#verdicts.reopened(),
      onSettled: () => this.#verdicts.settled(),
      onAnswers: (answering) => {
        this.#isAnswering = answering;
        onChange();
      },
    });
    place.replaceChildren(frame.link.element);
    host.warm();
    return frame;
  }
}
