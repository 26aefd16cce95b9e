import { AppError, messageOf } from "../../cells/errors.ts";
import type { DocumentEvent } from "../../cells/protocol/document.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { TrialRequest } from "../../cells/protocol/kernel.ts";
import type { Tester } from "../cell-tests/tester.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import type { DataPorts } from "../host/ports.ts";
import type { Program } from "./program.ts";

export interface VerdictsOptions {
  readonly engine: EngineProvider;
  readonly data: DataPorts;
  readonly program: Program;
  readonly isPaused: () => boolean;
  /** computes cells in the frame that is there now, apart from the notebook */
  readonly trial: (request: TrialRequest, signal: AbortSignal) => Promise<unknown>;
  readonly tell: (event: Extract<DocumentEvent, { type: "verdict" }>) => void;
  readonly onProblem: (message: string) => void;
}

/** What the tests of an open notebook say. What runs them is fetched with the first test, once the cells themselves are there. */
export class Verdicts {
  /** the hosts of trials that are under way, by number */
  readonly hosts: ReadonlyMap<number, KernelHost>;
  readonly #options: VerdictsOptions;
  readonly #hosts = new Map<number, KernelHost>();
  #tester: Promise<Tester | null> | null = null;
  #hasSettled = false;
  #closed = false;
  #trials = 0;

  constructor(options: VerdictsOptions) {
    this.#options = options;
    this.hosts = this.#hosts;
  }

  /** The cells of the notebook have run, or wait for nothing but time. */
  settled(): void {
    if (this.#hasSettled) return;
    this.#hasSettled = true;
    this.update();
  }

  /** The program was compiled anew, or may run now. */
  update(): void {
    if (!this.#hasSettled) return;
    void this.#withTester((tester) => {
      if (!this.#options.isPaused()) tester.update(this.#options.program.runGraph);
    });
  }

  /** The reader wants these cells to run; null: what is stale, which tests are by themselves never. */
  run(cells: readonly number[] | null): void {
    if (cells !== null) void this.#withTester((tester) => tester.run(cells));
  }

  interrupt(cell: number | null): void {
    void this.#tester?.then((tester) => tester?.interrupt(cell));
  }

  /** There is a new frame, which knows nothing. */
  reopened(): void {
    void this.#tester?.then((tester) => tester?.repeat());
  }

  close(): void {
    this.#closed = true;
    void this.#tester?.then((tester) => tester?.close());
  }

  async #withTester(use: (tester: Tester) => void): Promise<void> {
    if (this.#tester === null) {
      if (!this.#options.program.runGraph.cells.some(({ options }) => options.test !== null)) return;
      this.#tester = this.#open();
    }
    const tester = await this.#tester;
    if (tester !== null && !this.#closed) use(tester);
  }

  async #open(): Promise<Tester | null> {
    const { engine, data, tell, onProblem } = this.#options;
    try {
      const [{ Tester }, { readTaken }] = await Promise.all([
        import("../cell-tests/tester.ts"),
        import("../cell-tests/read-taken.ts"),
      ]);
      return new Tester({
        ...{ engine, data },
        now: Date.now,
        compute: async (request, host, signal) => {
          const trial = ++this.#trials;
          this.#hosts.set(trial, host);
          try {
            const taken = readTaken(await this.#options.trial({ ...request, trial }, signal));
            if (taken === null) throw new AppError("protocol", "what a test computed was not understood; run it again");
            return taken;
          } finally {
            this.#hosts.delete(trial);
          }
        },
        onVerdict: (cell, verdict, running) => tell({ type: "verdict", cell, verdict, running }),
      });
    } catch (error) {
      this.#tester = null;
      onProblem(`what runs the tests could not be fetched: ${messageOf(error)}`);
      return null;
    }
  }
}
