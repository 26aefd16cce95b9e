import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { HydratedOutput } from "../../cells/protocol/kernel.ts";
import type { DataPorts } from "./ports.ts";

type HydratedCells = ReadonlyMap<number, readonly HydratedOutput[]>;

/** How long after opening a notebook that needs no engine it is started all the same, for the first change. */
const idleMs = 3_000;

/** Tells what of a notebook need not be computed, since the server has it. Asked once, when the notebook is opened. */
export class Hydrator {
  /** Resolves once the server has said what it has, or does not answer. Never rejects. */
  readonly ready: Promise<void>;
  #isReady = false;
  #find: ((graph: NotebookGraph) => HydratedCells) | null = null;
  #hasTables: ((graph: NotebookGraph) => boolean) | null = null;
  #last: { readonly graph: NotebookGraph; readonly cells: HydratedCells } | null = null;

  constructor(data: DataPorts, graph: NotebookGraph) {
    this.ready = this.#open(data, graph)
      .catch(() => undefined)
      .then(() => void (this.#isReady = true));
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The JavaScript cells of the notebook, as it now is, that need not run. */
  cells(graph: NotebookGraph): HydratedCells {
    if (this.#find === null) return new Map();
    if (this.#last?.graph !== graph) this.#last = { graph, cells: this.#find(graph) };
    return this.#last.cells;
  }

  /**
   * Starts the engine, which takes a second of the machine: at once beside the frame, but where every table that the notebook shows is
   * there already, only when all is shown.
   */
  async warm(graph: NotebookGraph, engine: () => Promise<unknown>): Promise<void> {
    if (!graph.cells.some(({ cell }) => cell.kind === "sql")) return;
    await this.ready;
    const start = (): void => void engine().catch(() => undefined);
    if (this.#hasTables?.(graph) === true) setTimeout(() => requestIdleCallback(start), idleMs);
    else start();
  }

  async #open({ hydration }: DataPorts, graph: NotebookGraph): Promise<void> {
    const results = await hydration?.fresh();
    if (!results) return;
    const [{ hasFreshTables, hydratedCells }, { buildWorkspace }] = await Promise.all([
      import("./hydrated-cells.ts"),
      import("../../cells/graph/build-workspace.ts"),
    ]);
    const workspace = buildWorkspace([graph]);
    this.#hasTables = (now) => now === graph && hasFreshTables(graph, workspace, results);
    const cells = hydratedCells(graph, workspace, results);
    this.#last = { graph, cells };
    // beside what waits for this: the reader of tables is larger than all the rest
    if (cells.size > 0 || graph.cells.some(({ cell }) => cell.kind === "sql"))
      void import("./parquet.ts").then(({ warmParquet }) => warmParquet());
    // what no cell has now, no edit brings
    if (cells.size > 0) this.#find = (now) => hydratedCells(now, buildWorkspace([now]), results);
  }
}
