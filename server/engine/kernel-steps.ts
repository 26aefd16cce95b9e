import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rowFormKey, type RowForm } from "../../cells/model/row-form.ts";
import { sha256Hex } from "../../cells/data/sha256.ts";
import { AppError, assertNever } from "../../cells/errors.ts";
import { neededCells } from "../../cells/kernel/needed-cells.ts";
import type { KernelCell, PartitionValue, TakenValue } from "../../cells/protocol/kernel.ts";
import type { Database } from "./duckdb.ts";
import { writeJsonRows } from "./export.ts";
import { EngineHost } from "./kernel-host.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { readTakenCheck, withName } from "./check-taken.ts";
import type {
  CheckAnswer,
  CheckRequest,
  EngineEvent,
  Limits,
  MaterializeRequest,
  MaterializeResult,
  OpenNotebook,
  StoredInput,
} from "./messages.ts";
import type { ReadingPlace } from "./page.ts";
import { arrowToParquet } from "./parquet.ts";
import type { AskServer } from "./resource-rows.ts";
import { readerOf } from "./sql.ts";
import type { KernelProcess, SpawnKernel } from "./spawn-kernel.ts";
import { storeTable } from "./store-table.ts";
import type { Rows } from "./user-sql.ts";

interface StepsOptions {
  readonly database: Database;
  readonly place: ReadingPlace;
  readonly limits: Limits;
  readonly spawnKernel: SpawnKernel;
  readonly emit: (event: EngineEvent) => void;
  readonly ask: AskServer;
}

interface Running {
  readonly kernel: KernelProcess;
  readonly host: EngineHost;
  /** the slice that the kernel has been told of */
  partition: PartitionValue | null;
  /** files that each stored input was read from */
  readonly read: Map<AssetKey, readonly string[]>;
}

let files = 0;

/** Computes the assets that need JavaScript, in a kernel child that is started with the first of a notebook. */
export class KernelSteps {
  readonly #options: StepsOptions;
  #notebook: OpenNotebook | null = null;
  #running: Promise<Running> | null = null;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** A notebook (or the same with other params) gets a kernel of its own. */
  open(notebook: OpenNotebook): void {
    this.#end();
    this.#notebook = notebook;
    if (notebook.needsKernel) this.#running = this.#start(notebook);
    this.#running?.catch(() => undefined);
  }

  async materialize(cell: KernelCell, request: MaterializeRequest, signal: AbortSignal): Promise<MaterializeResult> {
    const startedAt = performance.now();
    return this.#take(cell, request, signal, async (taken, host) => {
      const result = await this.#store(taken, host, request, startedAt, signal);
      return { ...result, metadata: host.metadataOf(request.cell) };
    });
  }

  /** Carries out a check that needs JavaScript. Rejects with `value_not_storable` where it gives what no check gives. */
  async check(cell: KernelCell, request: CheckRequest, signal: AbortSignal): Promise<CheckAnswer> {
    const startedAt = performance.now();
    const named = withName(cell, `check ${request.check}`);
    const { id, output, outputs } = named.compiled;
    const step: MaterializeRequest = {
      ...request,
      cell: id,
      name: outputs[0]?.name ?? output ?? "",
      // as a table of its own it would be written whole
      store: "json",
    };
    return this.#take(named, step, signal, async (taken, host) => {
      const session = await host.openSession(signal);
      try {
        return await readTakenCheck(taken, host, session, request, this.#options.place.temporary, startedAt);
      } finally {
        await session.close();
      }
    });
  }

  async #take<T>(
    cell: KernelCell,
    request: MaterializeRequest,
    signal: AbortSignal,
    use: (taken: TakenValue, host: EngineHost) => Promise<T>,
  ): Promise<T> {
    const notebook = this.#notebook;
    if (notebook === null) throw new AppError("internal", "a step was asked for before its notebook");
    const running = await this.#ready(notebook);
    const { kernel, host } = running;
    // JavaScript that does not end cannot be told to: its process goes
    const onAbort = (): void => this.#end();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      host.begin({ cell, request });
      const isSamePartition = running.partition?.key === request.partition?.key;
      // what the cells gave was of another slice, or of other data under the same name
      if (!isSamePartition || request.inputs.some(({ key, input }) => isOther(running.read.get(key), input)))
        kernel.define([]);
      if (!isSamePartition) kernel.open(notebook, request.partition);
      running.partition = request.partition;
      for (const { key, input } of request.inputs) running.read.set(key, input.paths);
      kernel.define(neededCells(notebook, cell, new Set(request.inputs.map(({ key }) => key))));
      const taken = await kernel.take({ name: request.name }, signal);
      return await use(taken, host);
    } catch (error) {
      if (kernel.isDead) this.#end();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #store(
    taken: TakenValue,
    host: EngineHost,
    request: MaterializeRequest,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<MaterializeResult> {
    switch (taken.type) {
      case "relation": {
        const { bound } = taken;
        if (host.stored?.relation === taken.relation) {
          const { ms: _, ...stored } = host.stored.stored;
          return { type: "table", ...stored, bound, ms: performance.now() - startedAt };
        }
        return this.#storeRows(host.rowsOf(taken.relation), bound, host, withForm(request, "table"), startedAt, signal);
      }
      case "arrow": {
        const path = join(this.#options.place.temporary, `taken-${++files}.parquet`);
        await writeFile(path, arrowToParquet(taken.bytes));
        const from = readerOf({ format: "parquet", paths: [path] });
        const rows = { from, columns: null };
        return this.#storeRows(rows, "[]", host, withForm(request, taken.form), startedAt, signal);
      }
      case "json": {
        if (request.store === "parquet")
          throw new AppError(
            "value_not_storable",
            `${request.name} is no table, so that it cannot be stored as Parquet; return an array of objects, or write store="json"`,
            { data: { cell: request.cell } },
          );
        await writeFile(request.target, taken.text, { flag: "wx" });
        const ms = performance.now() - startedAt;
        return { type: "json", dataVersion: sha256Hex(canonical(JSON.parse(taken.text))), bound: "[]", ms };
      }
      case "virtual": {
        if (request.store !== "auto")
          throw new AppError(
            "value_not_storable",
            `${request.name} cannot be stored: it is ${taken.what}; return a table or JSON, or remove store="${request.store}"`,
            { data: { cell: request.cell } },
          );
        return { type: "virtual", what: taken.what, bound: "[]", ms: performance.now() - startedAt };
      }
      default:
        return assertNever(taken);
    }
  }

  async #storeRows(
    source: Rows | { readonly from: string; readonly columns: null },
    bound: string,
    host: EngineHost,
    request: MaterializeRequest,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<MaterializeResult> {
    const session = await host.openSession(signal);
    try {
      const rows: Rows =
        source.columns === null
          ? {
              from: source.from,
              columns: await session.columnsOf(source.from),
              params: new Map(),
              traced: { cell: request.cell, placeOf: () => null },
            }
          : source;
      if (request.store === "json") {
        const text = await writeJsonRows(session, rows, request.target);
        return { type: "json", dataVersion: sha256Hex(text), bound, ms: performance.now() - startedAt };
      }
      const { ms: _, ...stored } = await storeTable(session, rows, request.target, request.metadata);
      return { type: "table", ...stored, bound, ms: performance.now() - startedAt };
    } finally {
      await session.close();
    }
  }

  async #ready(notebook: OpenNotebook): Promise<Running> {
    const running = await this.#running?.catch(() => null);
    if (running != null && !running.kernel.isDead) return running;
    this.#end();
    return (this.#running = this.#start(notebook));
  }

  async #start(notebook: OpenNotebook): Promise<Running> {
    const { database, place, limits, spawnKernel, emit, ask } = this.#options;
    const host = await EngineHost.open({ database, place, notebook: notebook.path, cells: notebook.cells, emit, ask });
    const kernel = spawnKernel({ host, limits });
    kernel.open(notebook, null);
    return { kernel, host, partition: null, read: new Map() };
  }

  #end(): void {
    this.#running
      ?.then(({ kernel, host }) => {
        kernel.kill();
        return host.relations.close();
      })
      .catch(() => undefined);
    this.#running = null;
  }
}

function isOther(before: readonly string[] | undefined, { paths }: StoredInput): boolean {
  return before !== undefined && (before.length !== paths.length || before.some((path, i) => path !== paths[i]));
}

/** Says in the file's metadata what its rows are to JavaScript, so that a page gets the same value of it. */
function withForm(request: MaterializeRequest, form: RowForm | null): MaterializeRequest {
  return form === null ? request : { ...request, metadata: { ...request.metadata, [rowFormKey]: form } };
}

/** JSON text with the keys of objects in order, so that equal values have equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
