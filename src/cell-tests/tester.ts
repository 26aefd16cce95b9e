import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { TestVerdict } from "../../cells/protocol/verdict.ts";
import { runTest, type TestParts } from "./run-test.ts";
import { testKeys } from "./test-key.ts";

export interface TesterOptions extends TestParts {
  /** what a test says; null takes back what it said. While it runs, `verdict` is that of before */
  readonly onVerdict: (cell: number, verdict: TestVerdict | null, running: boolean) => void;
}

/** One test cell, and what became of it. */
interface Test {
  key: string;
  verdict: TestVerdict | null;
}

/** Keeps the verdicts of a notebook's tests up to date, one test after the other: each runs again where something in it changed. */
export class Tester {
  readonly #options: TesterOptions;
  readonly #tests = new Map<number, Test>();
  readonly #queue = new Set<number>();
  #graph: NotebookGraph | null = null;
  #running: { readonly cell: number; readonly controller: AbortController } | null = null;
  #closed = false;

  constructor(options: TesterOptions) {
    this.#options = options;
  }

  /** The notebook is this now. */
  update(graph: NotebookGraph): void {
    if (graph === this.#graph) return;
    this.#graph = graph;
    const keys = testKeys(graph);
    for (const cell of this.#tests.keys()) if (!keys.has(cell)) this.#forget(cell);
    for (const { cell, options } of graph.cells) {
      const key = keys.get(cell.id);
      const known = this.#tests.get(cell.id);
      if (key === undefined || known?.key === key) continue;
      const test = known ?? { key, verdict: null };
      test.key = key;
      this.#tests.set(cell.id, test);
      this.#stop(cell.id);
      if (options.run === "auto" || options.run === "visible") this.#ask(cell.id);
      else this.#tell(cell.id, (test.verdict = null), false);
    }
    this.#next();
  }

  /** Runs these tests now, whatever their policy says. Cells that are no tests are none of its business. */
  run(cells: readonly number[]): void {
    for (const cell of cells) {
      if (!this.#tests.has(cell)) continue;
      this.#stop(cell);
      this.#ask(cell);
    }
    this.#next();
  }

  /** Stops a test, or all of them; what they said before stands. */
  interrupt(cell: number | null): void {
    for (const id of cell === null ? [...this.#tests.keys()] : [cell]) {
      const isWaiting = this.#queue.delete(id);
      if (isWaiting || this.#running?.cell === id) this.#tell(id, this.#tests.get(id)?.verdict ?? null, false);
      this.#stop(id);
    }
    this.#next();
  }

  /** Tells everything again, to a frame that is new. */
  repeat(): void {
    for (const [cell, { verdict }] of this.#tests)
      this.#tell(cell, verdict, this.#running?.cell === cell || this.#queue.has(cell));
  }

  close(): void {
    this.#closed = true;
    this.#running?.controller.abort();
  }

  #ask(cell: number): void {
    this.#queue.add(cell);
    this.#tell(cell, this.#tests.get(cell)?.verdict ?? null, true);
  }

  #next(): void {
    const [cell] = this.#queue;
    const graph = this.#graph;
    if (this.#running !== null || this.#closed || cell === undefined || graph === null) return;
    this.#queue.delete(cell);
    void this.#carryOut(cell, graph);
  }

  async #carryOut(cell: number, graph: NotebookGraph): Promise<void> {
    const found = graph.cells.find((known) => known.cell.id === cell);
    const name = found?.options.test;
    if (found === undefined || typeof name !== "string") return this.#next();
    const running = (this.#running = { cell, controller: new AbortController() });
    const { signal } = running.controller;
    const verdict = await runTest(this.#options, graph, found, name, signal).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (this.#running === running) this.#running = null;
    const test = this.#tests.get(cell);
    if (verdict !== null && test !== undefined && !signal.aborted) this.#tell(cell, (test.verdict = verdict), false);
    this.#next();
  }

  /** Ends a run, whose verdict nobody wants any more. */
  #stop(cell: number): void {
    if (this.#running?.cell !== cell) return;
    this.#running.controller.abort();
    this.#running = null;
  }

  #forget(cell: number): void {
    this.#tests.delete(cell);
    this.#queue.delete(cell);
    this.#stop(cell);
    this.#tell(cell, null, false);
  }

  #tell(cell: number, verdict: TestVerdict | null, running: boolean): void {
    if (!this.#closed) this.#options.onVerdict(cell, verdict, running);
  }
}
