import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import { AppError } from "../../cells/errors.ts";
import { resolveFile } from "../../cells/graph/reference.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run } from "../../cells/model/run.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import type {
  CheckAnswer,
  CheckRequest,
  MaterializeRequest,
  MaterializeResult,
  RangeRequest,
  RangeResult,
} from "../engine/messages.ts";
import type { LogEvent } from "../store/store.ts";
import type { ResourceSession } from "../resources/resources.ts";
import type { ExecutorParts } from "./executor-parts.ts";
import type { Engine } from "../engines/engine.ts";
import type { OpenedEngine, Slot } from "../engines/slots.ts";

/** engines that end before they begin on a step have it fail at last: it may be the asking itself that ends them */
const mostAsks = 5;

/** A step that an engine was asked for. */
interface Asked<T = unknown> {
  readonly engine: Engine;
  /** what the engine knows it by */
  readonly ask: number;
  readonly answer: Promise<T>;
  /** the engine said that it works on it */
  hasBegun: boolean;
  /** its engine ended, and maybe over another step: it is asked again */
  isInnocent: boolean;
}

/**
 * The engine process of one run: begun at the first step that computes, replaced when it died, told of each notebook in turn. It is
 * asked for one step ahead, so that it computes the next while the rows of the last are hashed, sealed and committed.
 */
export class RunEngine {
  readonly #run: Run;
  readonly #workspace: Workspace;
  readonly #parts: ExecutorParts;
  readonly #kernelNotebooks: ReadonlySet<string>;
  #engine: Engine | null = null;
  #notebook: string | null = null;
  /** the engine's folders, and what the run before left in them */
  readonly #slot: Slot;
  #left: OpenedEngine | null;
  /** what the engine was opened with */
  #opened: Omit<OpenedEngine, "engine"> | null = null;
  #stopListening: () => void = () => undefined;
  // the step whose turn it is, for what is logged meanwhile
  #current: AssetNode | null = null;
  #isClosed = false;
  /** nothing is asked ahead any more: an engine ended, and it was not clear over which step */
  #isAlone = false;
  /** engines whose end was looked into */
  readonly #blamed = new WeakSet<Engine>();
  #resources: ResourceSession | null = null;
  /** what is not answered yet, in the order of asking */
  #asked: readonly Asked[] = [];
  #asks = 0;
  #opening: Promise<unknown> = Promise.resolve();
  #begun: Promise<unknown> = Promise.resolve();
  #ended: Promise<unknown> = Promise.resolve();

  /** `steps` are all that the run may compute: those in JavaScript let a kernel start with their notebook. */
  constructor(run: Run, workspace: Workspace, steps: Iterable<AssetKey>, parts: ExecutorParts) {
    this.#run = run;
    this.#workspace = workspace;
    this.#parts = parts;
    this.#kernelNotebooks = notebooksWithJavaScript(workspace, steps);
    this.#slot = parts.slots.take();
    this.#left = this.#slot.left;
  }

  /** Names the folder that its engine writes to. */
  get staging(): string {
    return this.#slot.name;
  }

  /**
   * Computes one asset, after those that were asked for before. When it has run longer than it may (`cell_timeout`), or once
   * `signal` is aborted, the process tree is killed: whether it would obey is not waited for.
   */
  materialize(
    node: AssetNode,
    request: MaterializeRequest,
    onStart: () => void,
    signal: AbortSignal,
  ): Promise<MaterializeResult> {
    const ask = () => this.#ask(node, ({ calls }, ask) => calls.materialize({ ...request, ask }, signal), signal);
    const begun = Promise.withResolvers<void>();
    const ahead = this.#begun.then(() => (signal.aborted || this.#isAlone ? null : ask()));
    this.#begun = begun.promise;
    const ended = this.#ended
      .then(() => {
        signal.throwIfAborted();
        begun.resolve();
        onStart();
        this.#current = node;
        // what failed ahead is asked again in its turn
        const asked = ahead.catch(() => null);
        return this.#inTime(node, node.options.timeoutMs, ask, asked, signal);
      })
      .finally(begun.resolve);
    ahead.catch(() => undefined);
    this.#ended = ended.catch(() => undefined);
    return ended;
  }

  /** Computes many windows of one asset together, in the time that they have one by one. Rejects as `materialize` does. */
  range(node: AssetNode, request: RangeRequest, signal: AbortSignal): Promise<RangeResult> {
    const ask = () => this.#ask(node, ({ calls }, ask) => calls.range({ ...request, ask }, signal), signal);
    const limitMs = (node.options.timeoutMs ?? this.#parts.stepTimeoutMs()) * request.slices.length;
    const ended = this.#ended.then(() => {
      signal.throwIfAborted();
      this.#current = node;
      return this.#inTime(node, limitMs, ask, Promise.resolve(null), signal);
    });
    this.#ended = ended.catch(() => undefined);
    return ended;
  }

  /**
   * Carries out one check of an asset, beside a step that is under way; with a time limit, `ownMs` or the usual one, as a step
   * has. Rejects as `materialize` does.
   */
  check(node: AssetNode, request: CheckRequest, ownMs: number | null, signal: AbortSignal): Promise<CheckAnswer> {
    const ask = () => this.#ask(node, ({ calls }, ask) => calls.check({ ...request, ask }, signal), signal);
    const begin = () => this.#inTime(node, ownMs, ask, Promise.resolve(null), signal);
    if (!this.#isAlone) return begin();
    const ended = this.#ended.then(begin);
    this.#ended = ended.then(
      () => undefined,
      () => undefined,
    );
    return ended;
  }

  async #inTime<T>(
    node: AssetNode,
    ownMs: number | null,
    ask: () => Promise<Asked<T>>,
    ahead: Promise<Asked<T> | null>,
    signal: AbortSignal,
  ): Promise<T> {
    const { clock, stepTimeoutMs } = this.#parts;
    const timeoutMs = ownMs ?? stepTimeoutMs();
    const limit = new AbortController();
    const stopClock = clock.wake(clock.now() + timeoutMs, () => limit.abort());
    const either = AbortSignal.any([signal, limit.signal]);
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => undefined);
    const onAbort = (): void => {
      aborted.reject(either.reason as Error);
      this.#drop();
    };
    either.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.#compute(ask, ahead, either), aborted.promise]);
    } catch (error) {
      if (!limit.signal.aborted || signal.aborted) throw error;
      throw new AppError(
        "cell_timeout",
        `${node.key} ran longer than ${timeoutMs / 1000} s and was ended; give its cell a longer timeout${ownMs === null ? ", or all of them by stepTimeout in queue of cellar.json" : ""}`,
        { data: { cell: node.cell }, cause: error },
      );
    } finally {
      either.removeEventListener("abort", onAbort);
      stopClock();
    }
  }

  /** Asks again where the engine ended over another step, or over none. */
  async #compute<T>(ask: () => Promise<Asked<T>>, ahead: Promise<Asked<T> | null>, signal: AbortSignal): Promise<T> {
    let asked = await ahead;
    for (let asks = 1; ; asks++) {
      try {
        asked ??= await ask();
        // it was given up while its engine started
        if (signal.aborted) this.#drop();
        return await asked.answer;
      } catch (error) {
        // an engine that ended before it was asked had none in it
        const isInnocent = asked === null ? isDeath(error) : asked.isInnocent;
        if (!isInnocent || signal.aborted || asks === mostAsks) throw error;
        asked = null;
      }
    }
  }

  async #ask<T>(
    node: AssetNode,
    call: (engine: Engine, ask: number) => Promise<T>,
    signal: AbortSignal,
  ): Promise<Asked<T>> {
    const opening = this.#opening.then(() => this.#ready(node, signal));
    this.#opening = opening.catch(() => undefined);
    const engine = await opening;
    const gone = engine.died.then((reason): never => {
      throw new AppError(
        "runner_died",
        `the process that computed ${node.key} ended: ${reason}; run it again, and give it less data or more memory if it happens again`,
        { data: { cell: node.cell } },
      );
    });
    gone.catch(() => undefined);
    const ask = ++this.#asks;
    const answer = Promise.race([call(engine, ask), gone])
      .catch((error: unknown) => {
        // an engine may say this of itself before it ends
        if (isDeath(error)) this.#blame(engine);
        throw error;
      })
      .finally(() => {
        this.#asked = this.#asked.filter((other) => other !== asked);
      });
    answer.catch(() => undefined);
    const asked: Asked<T> = { engine, ask, answer, hasBegun: false, isInnocent: false };
    this.#asked = [...this.#asked, asked];
    return asked;
  }

  /** No step of the run is under way any more: leaves its engine for the next, or ends it and removes its folders. */
  close(): void {
    this.#isClosed = true;
    this.#resources?.close();
    const left = this.#leave();
    const { died } = this.#engine ?? { died: Promise.resolve() };
    if (left === null) this.#drop();
    this.#parts.slots.leave(this.#slot.name, left, died);
  }

  /** The engine, where nothing of the run is left in it: it computed no JavaScript, and nothing that it was asked is open. */
  #leave(): OpenedEngine | null {
    this.#stopListening();
    // it was not needed at all
    if (this.#left !== null) return this.#left;
    if (this.#engine === null || this.#opened === null) return null;
    if (this.#kernelNotebooks.size > 0 || this.#asked.length > 0 || this.#blamed.has(this.#engine)) return null;
    return { engine: this.#engine, ...this.#opened };
  }

  /** Ends the engine for a reason of our own: what waits behind has no part in it, and is asked again. */
  #drop(): void {
    const engine = this.#engine;
    if (engine === null) return;
    this.#blamed.add(engine);
    for (const asked of this.#asked) if (asked.engine === engine) asked.isInnocent = true;
    engine.kill();
    this.#forget();
  }

  /**
   * An engine ended by itself: the one step that it had begun is to blame. Where it hashed one and computed the next, either
   * may be, and both are asked again, from now on one by one. What it had not begun is asked again in any case.
   */
  #blame(engine: Engine): void {
    if (this.#blamed.has(engine)) return;
    this.#blamed.add(engine);
    const asked = this.#asked.filter((one) => one.engine === engine);
    const suspects = asked.filter(({ hasBegun }) => hasBegun);
    if (suspects.length > 1) this.#isAlone = true;
    for (const one of asked) one.isInnocent = suspects.length > 1 || !one.hasBegun;
    engine.kill();
    if (this.#engine === engine) this.#forget();
  }

  #forget(): void {
    this.#engine = null;
    this.#notebook = null;
  }

  async #ready(node: AssetNode, signal: AbortSignal): Promise<Engine> {
    this.#engine ??= await this.#acquire(this.#kernelNotebooks.has(node.notebook));
    const engine = this.#engine;
    if (this.#notebook !== node.notebook) {
      const graph = this.#workspace.notebooks.get(node.notebook);
      if (graph === undefined) throw new AppError("internal", `run ${this.#run.id} has no notebook ${node.notebook}`);
      await engine.calls.notebook(
        {
          path: graph.path,
          cells: toKernelCells(graph),
          params: { ...graph.options.params, ...this.#run.params },
          needsKernel: this.#kernelNotebooks.has(node.notebook),
        },
        signal,
      );
      this.#notebook = node.notebook;
    }
    return engine;
  }

  async #acquire(needsKernel: boolean): Promise<Engine> {
    const { pool, lakeFolder, scratch, limits, store, clock } = this.#parts;
    const folders = await scratch(this.#slot.name);
    const data = await this.#dataFiles();
    const readable = [lakeFolder, ...data.keys()];
    const opening = JSON.stringify([[...data], limits]);
    const left = this.#left;
    this.#left = null;
    const fits = left?.opening === opening;
    if (!fits) left?.engine.kill();
    const engine = fits ? left.engine : await pool.acquire({ readable, ...folders, limits }, needsKernel);
    this.#opened = { opening, runs: 1 + (fits ? left.runs : 0) };
    if (this.#isClosed) {
      engine.kill();
      throw new AppError("cell_cancelled", "the run ended while its engine started");
    }
    const resources = (this.#resources ??= this.#parts.resources.open(folders.temporary));
    engine.onAsk(({ notebook, resource, question }, asked) => resources.ask(notebook, resource, question, asked));
    void engine.died.then(() => this.#blame(engine));
    this.#stopListening = engine.onEvent((event) => {
      const begun = event.type === "begun" && this.#asked.find(({ ask }) => ask === event.ask);
      if (begun) begun.hasBegun = true;
      if (event.type !== "log") return;
      const log: LogEvent = { ...event, run: this.#run.id, asset: this.#current?.key ?? null };
      store.append([log], clock.now()).catch(() => undefined);
    });
    return engine;
  }

  /** Every workspace file that the run's notebooks name: beside the lake, the only files that its engine can open. With their versions. */
  async #dataFiles(): Promise<ReadonlyMap<string, string>> {
    const paths = new Map<string, string>();
    const { trigger } = this.#run;
    if (trigger.type === "reported") {
      const { path } = await this.#parts.files.locate(trigger.file);
      paths.set(path, (await this.#parts.files.version(trigger.file)) ?? "");
    }
    for (const graph of this.#workspace.notebooks.values())
      for (const { compiled } of graph.cells)
        for (const { name } of compiled.files) {
          const file = resolveFile(graph.path, name);
          for (const each of file === null ? [] : await this.#parts.files.closure(file)) {
            const found = await this.#parts.files.find(each);
            if (found !== null) paths.set(found.path, (await this.#parts.files.version(each)) ?? "");
          }
        }
    return paths;
  }
}

function isDeath(error: unknown): boolean {
  return error instanceof AppError && error.code === "runner_died";
}

/** Notebooks in which a step is more than SQL over what is stored. */
function notebooksWithJavaScript(workspace: Workspace, steps: Iterable<AssetKey>): ReadonlySet<string> {
  const notebooks = new Set<string>();
  const nodes = [...steps].flatMap((key) => [
    ...[workspace.assets.get(key)].filter((node) => node !== undefined),
    ...(workspace.checks.get(key) ?? []).flatMap(({ rule, node }) => (rule === null ? node : [])),
  ]);
  for (const node of nodes) {
    const cell = workspace.notebooks.get(node.notebook)?.cells.find(({ cell: { id } }) => id === node.cell)?.compiled;
    if (cell === undefined || node.storage === "virtual") continue;
    if (cell.kind !== "sql" || cell.sql === null || partitionParameters(cell.sql) === null)
      notebooks.add(node.notebook);
  }
  return notebooks;
}
