import { createBuiltins } from "../builtins/builtins.ts";
import { partitionValue } from "../builtins/partition.ts";
import { sensorValue } from "../builtins/sensor.ts";
import { Source } from "../builtins/source.ts";
import { createImportGate } from "../compile/import-gate.ts";
import { resolveBundledImport, resolveLocal } from "../compile/imports.ts";
import { AppError, assertNever } from "../errors.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { SensorContext } from "../model/sensor-context.ts";
import type { KernelHost } from "../protocol/host.ts";
import {
  kernelProtocol,
  type KernelCell,
  type KernelCommand,
  type KernelEvent,
  type PartitionValue,
  type TakenValue,
} from "../protocol/kernel.ts";
import { isAssetValue } from "./assets.ts";
import { Bridges, type AssetNeed } from "./bridges.ts";
import { rootFailure, toCellError, type NameBook } from "./cell-state.ts";
import { LiveCell, type CellKeeper } from "./cell.ts";
import type { KernelContext } from "./context.ts";
import { Reactor } from "./define.ts";
import { planCells } from "./demand.ts";
import type { DisplayFactory, KernelEnvironment } from "./environment.ts";
import { nextFrame } from "./frame.ts";
import { Gate } from "./gate.ts";
import { LocalModules } from "./local-modules.ts";
import { loadModule, loadPackage } from "./modules.ts";
import { resolveGlobal } from "./names.ts";
import { requireFrom } from "./require.ts";
import { readOnce } from "./read.ts";
import { assetName, tableName } from "./shape.ts";
import { encodeTaken } from "./take.ts";
import { Teller } from "./teller.ts";

/** What a kernel is made of. */
export interface KernelOptions {
  readonly host: KernelHost;
  readonly environment: KernelEnvironment;
  readonly display: DisplayFactory;
  readonly onEvent: (event: KernelEvent) => void;
}

/**
 * Executes the cells of one notebook and tells what happens. It has no powers: data comes from the host, libraries and
 * output places from the environment. It decides nothing about staleness of assets; it runs what it is told to run.
 */
export class Kernel implements CellKeeper {
  readonly context: KernelContext;
  readonly teller: Teller;
  isHolding = false;
  readonly #environment: KernelEnvironment;
  readonly #cells = new Map<number, LiveCell>();
  readonly #bridges: Bridges;
  readonly #closing = new AbortController();
  readonly #params = new Source({});
  readonly #partition = new Source(partitionValue(null));
  readonly #sensor = new Source(sensorValue(null));
  readonly #taken = new Set<string>();
  #definers: ReadonlyMap<string, readonly LiveCell[]> = new Map();
  readonly #names: NameBook = {
    definers: (name) => this.#definers.get(name) ?? [],
    hiddenError: (name) => this.#bridges.errorOf(name),
  };
  #path = "";
  #paused = false;
  #demand: ReadonlySet<string> | null = null;
  #closed = false;

  constructor({ host, environment, display, onEvent }: KernelOptions) {
    this.#environment = environment;
    const assetKey = (name: string): AssetKey => AssetKey.of(this.#path, name);
    const { signal } = this.#closing;
    const locals = new LocalModules({
      host,
      environment,
      signal,
      isNamed: (path) => this.#namesFile(path),
      loadOther: ({ url }) => loadPackage(environment, url),
    });
    const builtins = createBuiltins({
      host,
      libraries: environment.libraries,
      builtins: { require: () => requireFrom(environment), ...environment.builtins },
      params: this.#params,
      partition: this.#partition,
      sensor: this.#sensor,
      signal,
      path: () => this.#path,
    });
    this.context = {
      reactor: new Reactor({
        builtins,
        resolve: resolveGlobal,
        frame: environment.frame ?? nextFrame,
        onTurn: () => this.teller.checkSoon(),
      }),
      host,
      environment,
      display,
      queries: new Gate(environment.queriesAtOnce ?? 4),
      imports: createImportGate({
        url: "notebook:",
        resolve: resolveBundledImport,
        load: (request) => loadModule({ host, environment, path: this.#path, signal, locals }, request),
      }),
      now: environment.now ?? Date.now,
      assetKey,
    };
    this.#bridges = new Bridges(this.context);
    this.teller = new Teller({
      cells: this.#cells,
      names: this.#names,
      now: this.context.now,
      isQuiet: () => this.context.reactor.isQuiet,
      onEvent,
    });
    onEvent({ type: "hello", protocol: kernelProtocol });
  }

  /** Carries out one command. */
  run(command: KernelCommand): void {
    if (this.#closed) return;
    switch (command.type) {
      case "open":
        return this.open(command);
      case "define":
        return this.define(command);
      case "demand":
        return this.demand(command.names);
      case "run":
        return this.request(command.cells);
      case "pause":
        return this.pause(command.paused);
      case "interrupt":
        return this.interrupt(command.cell);
      case "params":
        return this.setParams(command.params);
      case "close":
        return this.close();
      default:
        return assertNever(command);
    }
  }

  /** Says which notebook this is, and with which parameters and partition. */
  open(command: {
    readonly path: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly partition: PartitionValue | null;
    readonly sensor?: SensorContext;
    readonly paused: boolean;
  }): void {
    this.#path = command.path;
    this.#params.value = command.params;
    this.#partition.value = partitionValue(command.partition);
    if (command.sensor !== undefined) this.#sensor.value = sensorValue(command.sensor);
    this.#paused = command.paused;
    this.#reconcile();
  }

  /** Adds, changes and removes cells. A cell whose code is the same keeps its value. */
  define({ cells, removed }: { readonly cells: readonly KernelCell[]; readonly removed: readonly number[] }): void {
    let isSameGraph = true;
    for (const id of removed) {
      const cell = this.#cells.get(id);
      if (cell === undefined) continue;
      isSameGraph = false;
      cell.retire();
      this.#cells.delete(id);
    }
    const edited: LiveCell[] = [];
    for (const spec of cells) {
      const known = this.#cells.get(spec.compiled.id);
      if (known === undefined) {
        isSameGraph = false;
        this.#cells.set(spec.compiled.id, new LiveCell(this, spec));
      } else {
        if (known.respecify(spec) || !known.isLive) isSameGraph = false;
        edited.push(known);
      }
    }
    if (!isSameGraph) {
      this.#definers = definersOf(this.#cells.values());
      return this.#reconcile();
    }
    // the usual edit: which cells run is as before, so only the edited ones are looked at
    for (const cell of edited) {
      if (cell.isCurrent) continue;
      if (this.mayRun(cell)) cell.apply();
      else this.#hold(cell);
    }
    this.teller.unsettle();
  }

  /** Computes what these names need, and nothing else; null computes every cell. */
  demand(names: readonly string[] | null): void {
    this.#demand = names === null ? null : new Set(names);
    this.#reconcile();
  }

  /** Runs these cells now, whatever their policy says; null runs all that are stale or wait for the end of a pause. */
  request(ids: readonly number[] | null): void {
    for (const cell of this.#cells.values()) {
      const wanted =
        ids === null
          ? cell.stale || (!cell.isCurrent && (cell.isLive || cell.spec.run === "auto" || cell.spec.run === "visible"))
          : ids.includes(cell.id);
      if (!wanted) continue;
      cell.requested = true;
      cell.kept = true;
      if (cell.isLive && cell.isCurrent) cell.restart();
      this.#runReaders(cell);
    }
    this.#reconcile();
  }

  refused(cell: LiveCell): void {
    // what it gives now need not be what its readers' results were made of
    if (cell.spec.compiled.volatile.length > 0) this.#runReaders(cell);
    queueMicrotask(() => this.#reconcile());
  }

  /** Has the cells that hang on one compute their values, though the server has them. */
  #runReaders(cell: LiveCell): void {
    const changed = new Set([cell]);
    for (const { names } of changed)
      for (const other of this.#cells.values())
        if (other.reads.some((name) => names.includes(name))) changed.add(other);
    for (const other of changed) if (other !== cell) other.refuse();
  }

  /** Paused, no cell starts by itself: what changes is shown as stale. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (!paused)
      for (const cell of this.#cells.values()) if (cell.stale && cell.isCurrent && this.mayRun(cell)) cell.restart();
    this.#reconcile();
  }

  /** Stops what a cell does, or every cell: its host calls are cancelled, its error is `cell_cancelled`. */
  interrupt(id: number | null): void {
    for (const cell of this.#cells.values()) if (id === null || cell.id === id) cell.interrupt();
  }

  /** Changes the values of `params`; the cells that read it run again. */
  setParams(params: Readonly<Record<string, unknown>>): void {
    this.#params.value = params;
    this.teller.unsettle();
  }

  /**
   * Computes `name` and encodes its value for storing. Rejects with the error of the cell that failed first (data: cell,
   * line, column), with `name_missing`, or with `cell_cancelled`.
   */
  async take({ name }: { readonly name: string }, signal: AbortSignal): Promise<TakenValue> {
    const definers = this.#definers.get(name) ?? [];
    const [definer] = definers;
    if (definer === undefined) throw new AppError("name_missing", `${name} is not defined`, { data: { name } });
    this.#taken.add(name);
    this.#reconcile();
    if (!definer.isLive)
      throw new AppError(
        "cell_failed",
        `${name} has not been computed: its cell or one that it reads waits to be confirmed`,
        {
          data: { name, cell: definer.id },
        },
      );
    const { shape } = definer;
    const asset = shape.type === "published" ? shape.assets.find((other) => other.name === name) : undefined;
    try {
      const runtimeName = asset !== undefined ? assetName(asset.key) : shape.type === "sql" ? tableName(name) : name;
      const value = await readOnce(this.context.reactor, runtimeName, signal);
      if (isAssetValue(value))
        return value.type === "json"
          ? { type: "json", text: value.text }
          : { type: "relation", relation: value.relation.id, bound: "[]" };
      if (definer.streams(name)) return { type: "virtual", what: "a stream" };
      return encodeTaken(value, shape.type === "sql" ? definer.bound : "[]");
    } catch (error) {
      signal.throwIfAborted();
      const root = rootFailure(definer, this.#names);
      throw root === null ? toCellError(definer, error) : toCellError(root.cell, root.error);
    }
  }

  /** Ends everything. Nothing is told afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.teller.close();
    for (const cell of this.#cells.values()) cell.retire();
    this.#closing.abort(new AppError("cell_cancelled", "the kernel was closed"));
    this.context.reactor.dispose();
  }

  mayRun(cell: LiveCell): boolean {
    if (cell.requested) return true;
    const { run } = cell.spec;
    return !this.#paused && (run === "auto" || run === "visible" || cell.shape.type === "published");
  }

  /** Whether some cell names this file of the workspace in its text. */
  #namesFile(path: string): boolean {
    for (const { spec } of this.#cells.values())
      if (spec.compiled.files.some(({ name }) => resolveLocal(this.#path, name) === path)) return true;
    return false;
  }

  #reconcile(): void {
    if (this.#closed) return;
    this.isHolding = this.#paused || [...this.#cells.values()].some(({ spec }) => spec.run !== "auto");
    const wanted = this.#demand === null ? null : new Set([...this.#demand, ...this.#taken]);
    const plan = planCells({
      cells: [...this.#cells.values()],
      definers: this.#definers,
      wanted,
      taken: this.#taken,
      paused: this.#paused,
      hasScreen: this.#environment.whenVisible !== undefined,
    });
    for (const cell of plan.retire) cell.retire();
    this.#updateBridges([...plan.apply, ...plan.keep]);
    for (const cell of plan.apply) cell.apply();
    for (const cell of plan.hold) this.#hold(cell);
    for (const cell of plan.watch) this.#watch(cell);
    this.teller.markAll();
    this.teller.unsettle();
  }

  #hold(cell: LiveCell): void {
    cell.stale = true;
    this.teller.touched(cell);
  }

  #updateBridges(cells: readonly LiveCell[]): void {
    const relations = new Set<string>();
    const assets: AssetNeed[] = [];
    for (const cell of cells) {
      const shape = cell.wantedShape();
      if (shape.type === "sql" && shape.name !== null) relations.add(shape.name);
      if (shape.type === "published") assets.push(...shape.assets.map(({ key }) => ({ key, version: null })));
      if (shape.type !== "hydrated") continue;
      assets.push(...shape.outputs);
      for (const { name, format } of shape.outputs) if (format === "parquet") relations.add(name);
    }
    this.#bridges.update({
      cells: cells.map(({ spec }) => spec),
      assets,
      hasRelation: (name) => relations.has(name),
      definerOf: (name) => this.#definers.get(name)?.[0]?.id ?? -1,
    });
  }

  #watch(cell: LiveCell): void {
    cell.watched = true;
    const seen = this.#environment.whenVisible?.(cell.id, this.#closing.signal);
    seen?.then(
      () => {
        cell.seen = true;
        this.#reconcile();
      },
      () => {},
    );
  }
}

function definersOf(cells: Iterable<LiveCell>): ReadonlyMap<string, readonly LiveCell[]> {
  const definers = new Map<string, LiveCell[]>();
  for (const cell of cells)
    for (const name of cell.names) {
      const list = definers.get(name);
      if (list === undefined) definers.set(name, [cell]);
      else list.push(cell);
    }
  return definers;
}
