import type { GraphCell } from "../../cells/graph/graph.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { BrowserHost, HostCell, QueryOutcome } from "../host/browser-host.ts";
import type { EarlierPartitions } from "../host/earlier-rows.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import { Hydrator } from "../host/hydrator.ts";
import type { DataPorts } from "../host/ports.ts";
import type { Program } from "./program.ts";
import { shownSlice } from "./shown-partition.ts";

export interface NotebookHostOptions {
  readonly engine: EngineProvider;
  readonly data: DataPorts;
  readonly program: Program;
}

/** The data of one notebook's kernel: fetched with its engine when a cell first asks, and kept while frames come and go. */
export class NotebookHost {
  readonly outcomes: Record<QueryOutcome, number> = { computed: 0, remembered: 0, hydrated: 0, deferred: 0 };
  readonly hydrator: Hydrator;
  readonly #options: NotebookHostOptions;
  #opening: Promise<BrowserHost> | null = null;

  /** The engine of the page. */
  get engine(): EngineProvider {
    return this.#options.engine;
  }

  constructor(options: NotebookHostOptions) {
    this.#options = options;
    this.hydrator = new Hydrator(options.data, options.program.runGraph);
  }

  readonly get = (): Promise<KernelHost> => (this.#opening ??= this.#open());

  /** Gets ready what the cells will ask for, beside the frame. */
  warm(): void {
    const { program, engine } = this.#options;
    const asks = program.runGraph.cells.some(
      ({ cell, compiled }) => cell.kind === "sql" || compiled.assets.length > 0 || compiled.files.length > 0,
    );
    if (asks) void this.get().catch(() => undefined);
    void this.hydrator.warm(program.runGraph, engine);
  }

  async close(): Promise<void> {
    await this.#opening?.then((host) => host.close()).catch(() => {});
  }

  async #open(): Promise<BrowserHost> {
    const [{ BrowserHost }, { recipesOf }] = await Promise.all([
      import("../host/browser-host.ts"),
      import("./recipes.ts"),
    ]);
    const { engine, data, program } = this.#options;
    let graph = program.runGraph;
    const sliceOf = (cell: GraphCell) => shownSlice(graph, cell, Date.now());
    let recipes = recipesOf(graph, sliceOf);
    const cellOf = (id: number): HostCell | null => {
      if (graph !== program.runGraph) recipes = recipesOf((graph = program.runGraph), sliceOf);
      const known = graph.cells.find(({ cell }) => cell.id === id);
      if (known === undefined) return null;
      return {
        recipe: recipes.recipe(id),
        readers: recipes.readers(id),
        isVolatile: known.compiled.volatile.length > 0,
        sql: known.compiled.sql,
        source: known.cell.source,
      };
    };
    const earlierOf = (key: AssetKey): EarlierPartitions | null => {
      const name = AssetKey.name(key);
      const known = program.runGraph.cells.find(({ compiled }) =>
        compiled.outputs.some((output) => output.name === name),
      );
      const slice = known === undefined ? null : shownSlice(program.runGraph, known, Date.now());
      return known === undefined || slice === null || slice === "none"
        ? null
        : { ...slice, isSql: known.cell.kind === "sql" };
    };
    return new BrowserHost({
      engine,
      data,
      cell: cellOf,
      earlier: earlierOf,
      onQuery: (_cell, outcome) => void this.outcomes[outcome]++,
    });
  }
}
