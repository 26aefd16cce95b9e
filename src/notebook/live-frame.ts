import type { CompletionName, DocumentEvent, DocumentTheme, FrameRequest } from "../../cells/protocol/document.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { CellState, KernelCommand } from "../../cells/protocol/kernel.ts";
import type { Hydrator } from "../host/hydrator.ts";
import { hostHandlers, readLogEvent, trialHandlers } from "../host/serve-host.ts";
import { DocumentMirror, type MirrorContext } from "./document-mirror.ts";
import { FrameLink, type WatchTimes } from "./frame-link.ts";
import { KernelMirror } from "./kernel-mirror.ts";
import { fetchLibrary } from "./libraries.ts";
import type { Program } from "./program.ts";
import { shownPartition } from "./shown-partition.ts";

export interface LiveFrameOptions {
  /** address of the frame's document */
  readonly url: string;
  readonly context: MirrorContext;
  readonly program: Program;
  readonly hydrator: Hydrator;
  readonly theme: () => DocumentTheme;
  readonly isPaused: () => boolean;
  /** what cells may refer to, for completion */
  readonly names: Promise<readonly CompletionName[]>;
  readonly host: () => Promise<KernelHost>;
  /** of cells that are computed apart from the notebook, by the number of their trial */
  readonly trials: ReadonlyMap<number, KernelHost>;
  readonly watch: WatchTimes | undefined;
  readonly onRequest: (request: FrameRequest) => void;
  /** states of cells changed */
  readonly onStates: () => void;
  /** the frame can be told things */
  readonly onOpen: () => void;
  /** nothing runs or waits any more */
  readonly onSettled: () => void;
  /** whether the frame answers; told when that changes */
  readonly onAnswers: (answers: boolean) => void;
}

/** A frame that shows and runs one notebook, kept in step with its program. It may be closed at any time, and a new one made. */
export class LiveFrame {
  readonly link: FrameLink;
  readonly #options: LiveFrameOptions;
  readonly #document: DocumentMirror;
  readonly #kernel = new KernelMirror();
  readonly #states = new Map<number, CellState>();
  #isOpen = false;
  /** the kernel knows the cells: before that it settles without them */
  #isDefined = false;

  constructor(options: LiveFrameOptions) {
    this.#options = options;
    this.#document = new DocumentMirror(options.context);
    const handlers = hostHandlers(options.host);
    this.link = new FrameLink(
      options.url,
      {
        documentHandlers: {
          library: (request, signal) => fetchLibrary(nameOf(request), signal),
          ...(handlers["rows"] ? { rows: handlers["rows"] } : {}),
        },
        kernelHandlers: { ...handlers, ...trialHandlers(options.trials) },
        opened: () => this.#opened(),
        request: options.onRequest,
        kernelEvents: (events) => {
          for (const event of events) if (event.type === "state") this.#states.set(event.cell, event.state);
          options.onStates();
          if (this.#isDefined && events.some(({ type }) => type === "settled")) options.onSettled();
        },
        kernelMessage: (name, payload) => void readLogEvent(name, payload),
        answers: options.onAnswers,
      },
      options.watch,
    );
  }

  stateOf(cell: number): CellState {
    return this.#states.get(cell) ?? { type: "idle" };
  }

  /** Sends what changed of the program since the last time: the frame's picture of it, and the kernel's cells. */
  update(): void {
    // what is sent before it opens is lost
    if (!this.#isOpen) return;
    const { program, hydrator } = this.#options;
    const define = hydrator.isReady ? this.#kernel.update(program.runGraph, hydrator.cells(program.runGraph)) : null;
    const document = this.#document.update(program.graph);
    // the kernel first: it computes while the shell goes on
    if (define) this.link.kernel(define);
    if (hydrator.isReady && !this.#isDefined) {
      this.#isDefined = true;
      if (define === null) this.#options.onSettled();
    }
    if (document) this.link.send(document);
  }

  send(event: DocumentEvent): void {
    this.link.send(event);
  }

  kernel(...commands: readonly KernelCommand[]): void {
    this.link.kernel(...commands);
  }

  close(): void {
    this.link.close();
  }

  #opened(): void {
    const { theme, isPaused, program, context, names, hydrator } = this.#options;
    const paused = isPaused();
    this.#isOpen = true;
    this.send({ type: "theme", theme: theme() });
    this.send({ type: "paused", paused });
    const partition = shownPartition(program.graph, Date.now());
    this.kernel(
      { type: "open", path: context.path, params: program.graph.options.params, partition, paused },
      { type: "demand", names: null },
    );
    this.update();
    // nothing runs before it is known what need not
    void hydrator.ready.then(() => this.update());
    this.#options.onOpen();
    void names.then((known) => this.send({ type: "names", names: known }));
  }
}

function nameOf(request: unknown): string {
  return typeof request === "object" && request !== null && "name" in request ? String(request.name) : "";
}
