import { mkdir, stat } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import { columnsOfSql } from "./column-lineage.ts";
import { Database } from "./duckdb.ts";
import { checkRule, checkSql } from "./check.ts";
import { exportRows } from "./export.ts";
import { KernelSteps } from "./kernel-steps.ts";
import { materializeGiven } from "./materialize-given.ts";
import { materializeRange } from "./materialize-range.ts";
import { isPlainSql, materializeSql } from "./materialize.ts";
import type {
  CheckAnswer,
  CheckRequest,
  EngineCalls,
  EngineEvent,
  MaterializeRequest,
  MaterializeResult,
  OpenEngine,
  OpenNotebook,
  RangeRequest,
  RangeResult,
} from "./messages.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import type { AskServer } from "./resource-rows.ts";
import { readPage, readQuery, type ReadingPlace } from "./page.ts";
import { readResource } from "./resource-page.ts";
import { writeFixtures } from "./fixtures.ts";
import { diffTables } from "./table-diff.ts";
import type { SpawnKernel } from "./spawn-kernel.ts";

/** What an engine does beside answering. */
export interface EngineServerOptions {
  readonly spawnKernel: SpawnKernel;
  readonly emit: (event: EngineEvent) => void;
  readonly ask: AskServer;
  /** Ends the process: its database is past use, or a call does not end. */
  readonly die: (reason: string) => void;
}

interface Opened {
  readonly database: Database;
  readonly place: ReadingPlace;
  readonly steps: KernelSteps;
}

/** a call that goes on this long after it was cancelled ends the process */
const obeyMs = 2_000;

/** Answers the calls of the server. Steps are computed one after the other; pages, queries and exports beside each other. */
export class EngineServer implements EngineCalls {
  readonly #options: EngineServerOptions;
  #opened: Opened | null = null;
  #notebook: OpenNotebook | null = null;
  #step: Promise<unknown> = Promise.resolve();

  constructor(options: EngineServerOptions) {
    this.#options = options;
  }

  async open(request: OpenEngine, _signal: AbortSignal): Promise<{ readonly version: string }> {
    if (this.#opened !== null) throw new AppError("internal", "the engine is already open; it opens once");
    const { readable, staging, temporary, limits } = request;
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const kinds = await Promise.all(
      readable.map(async (path) => ({ path, isFolder: (await stat(path)).isDirectory() })),
    );
    const folders = kinds.filter(({ isFolder }) => isFolder).map(({ path }) => path);
    const database = await Database.open({
      readable: folders,
      writable: [staging],
      files: kinds.filter(({ isFolder }) => !isFolder).map(({ path }) => path),
      temporary,
      memoryBytes: limits.memoryBytes,
      temporaryBytes: limits.temporaryBytes,
      threads: limits.threads,
    });
    const place = { temporary, folders: [...folders, staging, temporary] };
    const { spawnKernel, emit, ask } = this.#options;
    this.#opened = { database, place, steps: new KernelSteps({ database, place, limits, spawnKernel, emit, ask }) };
    return { version: database.version };
  }

  async notebook(request: OpenNotebook, _signal: AbortSignal): Promise<void> {
    await this.#step;
    this.#notebook = request;
    this.#open().steps.open(request);
  }

  materialize(request: MaterializeRequest, signal: AbortSignal): Promise<MaterializeResult> {
    const written = Promise.withResolvers<void>();
    const step = this.#step.then(() =>
      this.#answer(signal, () => this.#materialize(request, signal, written.resolve), request.ask).finally(
        written.resolve,
      ),
    );
    // the next begins while the rows of this one are hashed, which takes no memory
    this.#step = Promise.race([written.promise, step.then(() => undefined)]).catch(() => undefined);
    return step;
  }

  check(request: CheckRequest, signal: AbortSignal): Promise<CheckAnswer> {
    const { database, place, steps } = this.#open();
    const { code } = request;
    const options = { ...place, notebook: this.#notebook?.path ?? "", ask: this.#options.ask, signal };
    if (code.type === "sql")
      return this.#answer(signal, () => checkRule(database, { ...request, sql: code.sql }, options), request.ask);
    const cell = this.#cellOf(code.cell, request.asset);
    if (isPlainSql(cell, request))
      return this.#answer(signal, () => checkSql(database, cell, request, options), request.ask);
    // a kernel does one thing at a time
    const check = this.#step.then(() => this.#answer(signal, () => steps.check(cell, request, signal), request.ask));
    this.#step = check.then(
      () => undefined,
      () => undefined,
    );
    return check;
  }

  range(request: RangeRequest, signal: AbortSignal): Promise<RangeResult> {
    const { database, place } = this.#open();
    const step = this.#step.then(() =>
      this.#answer(
        signal,
        () => {
          const cell = this.#cellOf(request.cell, request.asset);
          return materializeRange(database, cell, request, { ...place, signal, cells: this.#notebook?.cells ?? [] });
        },
        request.ask,
      ),
    );
    this.#step = step.catch(() => undefined);
    return step;
  }

  page(request: Parameters<EngineCalls["page"]>[0], signal: AbortSignal): ReturnType<EngineCalls["page"]> {
    const { database, place } = this.#open();
    return this.#answer(signal, () => readPage(database, request, place, signal));
  }

  query(request: Parameters<EngineCalls["query"]>[0], signal: AbortSignal): ReturnType<EngineCalls["query"]> {
    const { database, place } = this.#open();
    return this.#answer(signal, () => readQuery(database, request, place, signal));
  }

  resource(request: Parameters<EngineCalls["resource"]>[0], signal: AbortSignal): ReturnType<EngineCalls["resource"]> {
    const { database, place } = this.#open();
    const { ask } = this.#options;
    return this.#answer(signal, () => readResource(database, request, { ...place, ask }, signal));
  }

  columns(request: Parameters<EngineCalls["columns"]>[0], signal: AbortSignal): ReturnType<EngineCalls["columns"]> {
    const { database, place } = this.#open();
    return this.#answer(signal, () => columnsOfSql(database, request, place, signal));
  }

  fixtures(request: Parameters<EngineCalls["fixtures"]>[0], signal: AbortSignal): ReturnType<EngineCalls["fixtures"]> {
    const { database, place } = this.#open();
    return this.#answer(signal, () => writeFixtures(database, request, place, signal));
  }

  diff(request: Parameters<EngineCalls["diff"]>[0], signal: AbortSignal): ReturnType<EngineCalls["diff"]> {
    const { database, place } = this.#open();
    return this.#answer(signal, () => diffTables(database, request, place, signal));
  }

  export(request: Parameters<EngineCalls["export"]>[0], signal: AbortSignal): ReturnType<EngineCalls["export"]> {
    const { database, place } = this.#open();
    return this.#answer(signal, () => exportRows(database, request, place, signal));
  }

  #materialize(request: MaterializeRequest, signal: AbortSignal, onWritten: () => void): Promise<MaterializeResult> {
    const { database, place, steps } = this.#open();
    if (request.given !== undefined) return materializeGiven(database, request.given, request, { ...place, signal });
    const cell = this.#cellOf(request.cell, request.asset);
    return isPlainSql(cell, request)
      ? materializeSql(database, cell, request, {
          ...place,
          notebook: this.#notebook?.path ?? "",
          ask: this.#options.ask,
          signal,
          onWritten,
        })
      : steps.materialize(cell, request, signal);
  }

  #cellOf(id: number, asset: string): KernelCell {
    const cell = this.#notebook?.cells.find(({ compiled }) => compiled.id === id);
    if (cell === undefined) throw new AppError("internal", `no open notebook has cell ${id} of ${asset}`);
    return cell;
  }

  #open(): Opened {
    if (this.#opened === null) throw new AppError("internal", "the engine was asked before it was opened");
    return this.#opened;
  }

  /** Answers one call; ends the process where it does not obey a cancel, or leaves the database past use. Tells that `ask` has begun. */
  async #answer<T>(signal: AbortSignal, body: () => Promise<T>, ask?: number): Promise<T> {
    signal.throwIfAborted();
    if (ask !== undefined) this.#options.emit({ type: "begun", ask });
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => this.#options.die(`a cancelled query went on for ${obeyMs} ms`), obeyMs);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await body();
    } catch (error) {
      if (!(await this.#open().database.isAlive())) {
        const reason = "a statement left DuckDB unable to answer (as enable_logging does)";
        setImmediate(() => this.#options.die(reason));
        throw new AppError("runner_died", `${reason}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }
}
