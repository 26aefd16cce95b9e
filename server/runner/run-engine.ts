import { rm } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { Run } from "../../cells/model/run.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import type { MaterializeRequest, MaterializeResult } from "../engine/messages.ts";
import type { LogEvent } from "../store/store.ts";
import type { ExecutorParts } from "./executor-parts.ts";
import type { Engine } from "./engine.ts";
import { resolveFile } from "../../cells/graph/reference.ts";

/** The engine process of one run: begun at the first step that computes, replaced when it died, told of each notebook in turn. */
export class RunEngine {
  readonly #run: Run;
  readonly #workspace: Workspace;
  readonly #parts: ExecutorParts;
  #engine: Engine | null = null;
  #notebook: string | null = null;
  #folders: { readonly staging: string; readonly temporary: string } | null = null;
  // the step that runs, for what is logged meanwhile
  #current: AssetNode | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(run: Run, workspace: Workspace, parts: ExecutorParts) {
    this.#run = run;
    this.#workspace = workspace;
    this.#parts = parts;
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
    const turn = this.#turn.then(() => {
      signal.throwIfAborted();
      onStart();
      return this.#inTime(node, request, signal);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #inTime(node: AssetNode, request: MaterializeRequest, signal: AbortSignal): Promise<MaterializeResult> {
    const { clock, stepTimeoutMs } = this.#parts;
    const timeoutMs = node.options.timeoutMs ?? stepTimeoutMs;
    const limit = new AbortController();
    const stopClock = clock.wake(clock.now() + timeoutMs, () => limit.abort());
    try {
      return await this.#compute(node, request, AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      if (!limit.signal.aborted || signal.aborted) throw error;
      throw new AppError(
        "cell_timeout",
        `${node.key} ran longer than ${timeoutMs / 1000} s and was ended; give its cell a longer timeout`,
        { data: { cell: node.cell }, cause: error },
      );
    } finally {
      stopClock();
    }
  }

  async #compute(node: AssetNode, request: MaterializeRequest, signal: AbortSignal): Promise<MaterializeResult> {
    try {
      const engine = await this.#ready(node, signal);
      this.#current = node;
      const gone = engine.died.then((reason): never => {
        throw new AppError(
          "runner_died",
          `the process that computed ${node.key} ended: ${reason}; run it again, and give it less data or more memory if it happens again`,
          {
            data: { cell: node.cell },
          },
        );
      });
      gone.catch(() => undefined);
      return await Promise.race([engine.calls.materialize(request, signal), gone]);
    } finally {
      if (signal.aborted) this.#drop();
    }
  }

  /** Ends the process and removes its folders: no step of the run is under way any more. */
  close(): void {
    const { died } = this.#engine ?? { died: Promise.resolve() };
    this.#drop();
    const { staging, temporary } = this.#folders ?? {};
    for (const folder of [staging, temporary])
      if (folder !== undefined)
        void died.then(() => rm(folder, { recursive: true, force: true })).catch(() => undefined);
  }

  #drop(): void {
    this.#engine?.kill();
    this.#forget();
  }

  #forget(): void {
    this.#engine = null;
    this.#notebook = null;
  }

  async #ready(node: AssetNode, signal: AbortSignal): Promise<Engine> {
    this.#engine ??= await this.#acquire();
    const engine = this.#engine;
    if (this.#notebook !== node.notebook) {
      const graph = this.#workspace.notebooks.get(node.notebook);
      if (graph === undefined) throw new AppError("internal", `run ${this.#run.id} has no notebook ${node.notebook}`);
      await engine.calls.notebook(
        {
          path: graph.path,
          cells: toKernelCells(graph),
          params: { ...graph.options.params, ...this.#run.params },
          partition: null,
        },
        signal,
      );
      this.#notebook = node.notebook;
    }
    return engine;
  }

  async #acquire(): Promise<Engine> {
    const { pool, lakeFolder, scratch, limits, store, clock } = this.#parts;
    const folders = await scratch(this.#run.id);
    this.#folders = folders;
    const engine = await pool.acquire({ readable: [lakeFolder, ...(await this.#dataFiles())], ...folders, limits });
    void engine.died.then(() => this.#engine === engine && this.#forget());
    engine.onEvent((event) => {
      if (event.type !== "log") return;
      const log: LogEvent = { ...event, run: this.#run.id, asset: this.#current?.key ?? null };
      store.append([log], clock.now()).catch(() => undefined);
    });
    return engine;
  }

  /** Every workspace file that the run's notebooks name: beside the lake, the only files that its engine can open. */
  async #dataFiles(): Promise<readonly string[]> {
    const paths = new Set<string>();
    for (const graph of this.#workspace.notebooks.values())
      for (const { compiled } of graph.cells)
        for (const { name } of compiled.files) {
          const file = resolveFile(graph.path, name);
          const found = file === null ? null : await this.#parts.files.find(file);
          if (found !== null) paths.add(found.path);
        }
    return [...paths];
  }
}
