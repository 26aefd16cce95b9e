import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { sha256Hex } from "../../cells/data/sha256.ts";
import { AppError } from "../../cells/errors.ts";
import type { GraphCell } from "../../cells/graph/graph.ts";
import { resolveFile } from "../../cells/graph/reference.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { WorkspaceColumns } from "../../cells/lineage/column-graph.ts";
import type { CellColumns } from "../../cells/lineage/column-lineage.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Column, Materialization } from "../../cells/model/materialization.ts";
import { engineVersion } from "../engine/engine-version.ts";
import type { ColumnsRequest, Limits } from "../engine/messages.ts";
import type { Store } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import type { Engine, EnginePool } from "../engines/engine.ts";
import type { LoadedFacts } from "./facts.ts";

/** What columns are read with. */
interface ColumnReaderParts {
  readonly store: Store;
  readonly pool: EnginePool;
  readonly files: WorkspaceFiles;
  readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  readonly limits: Limits;
}

/** A SQL cell, and what its tables are. */
interface Asked {
  readonly request: ColumnsRequest;
  /** name of a file as written → path from the root of the workspace */
  readonly files: ReadonlyMap<string, string>;
  readonly key: string;
}

const remembered = 20_000;

/**
 * Tells where the columns of assets come from: binds each SQL cell in an engine process, over empty tables with the columns of what it
 * reads. Answers are kept in the store by everything that they depend on, so that an engine starts only for cells that are new.
 */
export class ColumnReader {
  readonly #parts: ColumnReaderParts;
  readonly #known = new Map<string, CellColumns>();

  constructor(parts: ColumnReaderParts) {
    this.#parts = parts;
  }

  /** The columns of every asset of a workspace. What is recorded (`facts`) gives the columns that JavaScript made. */
  async columnsOf(workspace: Workspace, facts: Pick<LoadedFacts, "lastOf">): Promise<WorkspaceColumns> {
    const found = new Map<AssetKey, CellColumns>();
    const added = new Map<string, CellColumns>();
    const session = new EngineSession(this.#parts, workspace);
    try {
      for (const key of [...workspace.order, ...workspace.assets.keys()]) {
        const node = workspace.assets.get(key);
        if (node === undefined || found.has(key)) continue;
        const recorded = recordedColumns(node, await facts.lastOf(node.key));
        // one that reads itself reads what it gave before
        const known = node.readsItself ? withOwn(found, key, recorded) : found;
        const own = await this.#read(workspace, node, known, session, added);
        found.set(key, withRecorded(own, recorded));
      }
    } finally {
      session.close();
    }
    if (added.size > 0)
      await this.#parts.store.keepColumns(
        Array.from(added, ([key, columns]) => ({ key, value: JSON.stringify(columns) })),
      );
    return found;
  }

  async #read(
    workspace: Workspace,
    node: AssetNode,
    found: WorkspaceColumns,
    session: EngineSession,
    added: Map<string, CellColumns>,
  ): Promise<CellColumns> {
    const asked = await this.#ask(workspace, node, found);
    if ("type" in asked) return asked;
    const known = this.#known.get(asked.key) ?? (await this.#kept(asked.key));
    if (known !== null) return this.#remember(asked.key, known);
    const columns = named(await session.columns(asked.request), asked.files);
    added.set(asked.key, columns);
    return this.#remember(asked.key, columns);
  }

  async #kept(key: string): Promise<CellColumns | null> {
    const value = await this.#parts.store.keptColumns(key);
    return value === null ? null : (JSON.parse(value) as CellColumns);
  }

  #remember(key: string, columns: CellColumns): CellColumns {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= remembered && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, columns);
    return columns;
  }

  async #ask(workspace: Workspace, node: AssetNode, found: WorkspaceColumns): Promise<Asked | CellColumns> {
    const graph = workspace.notebooks.get(node.notebook);
    const cell = graph?.cells.find(({ cell: { id } }) => id === node.cell);
    if (graph === undefined || cell === undefined || cell.compiled.sql === null)
      return unknown("its code is not SQL, so each of its columns may come from everything that it reads");
    if (cell.cell.database !== null) return unknown("another engine computes it");
    if (node.problem !== null) return unknown(node.problem);
    const edges = graph.edges.filter((edge) => edge.to === node.cell);
    const tables: { source: AssetKey; schema: string | null; name: string; columns: readonly Column[] }[] = [];
    const values: AssetKey[] = [];
    for (const edge of edges) {
      if (edge.type === "file") continue;
      const key = edge.type === "cell" ? AssetKey.of(node.notebook, edge.name) : edge.asset;
      if (edge.as === "value") {
        if (workspace.assets.has(key)) values.push(key);
        continue;
      }
      const columns = found.get(key)?.columns ?? null;
      if (columns === null) return unknown(`the columns of ${key} are not known before it is run`);
      // the edge keeps the reference's own spans, and its name may differ in case
      for (const { schema, name } of cell.compiled.tables.filter(({ spans }) => spans === edge.spans))
        tables.push({
          source: key,
          schema,
          name,
          columns: columns.map((column) => ({ name: column.name, type: column.type })),
        });
    }
    return this.#request(cell, node, tables, values);
  }

  async #request(
    { compiled }: GraphCell,
    node: AssetNode,
    tables: ColumnsRequest["tables"],
    values: readonly AssetKey[],
  ): Promise<Asked | CellColumns> {
    if (compiled.sql === null) return unknown("its code is not SQL");
    const paths: Record<string, string> = {};
    const files = new Map<string, string>();
    const versions: string[] = [];
    for (const { name } of compiled.files) {
      const file = resolveFile(node.notebook, name);
      if (file === null || /^https?:/i.test(file)) return unknown(`it reads ${name}, which is not in the workspace`);
      const located = await this.#parts.files.find(file);
      if (located === null) return unknown(`it reads ${name}, which is not there`);
      paths[name] = located.path;
      files.set(name, file);
      versions.push(`${name} ${(await this.#parts.files.version(file)) ?? ""}`);
    }
    const request: ColumnsRequest = { sql: compiled.sql, tables, files: paths, values };
    const { strings, expressions } = compiled.sql;
    const key = sha256Hex(
      JSON.stringify(["cellar.columns.1", engineVersion, strings, expressions, tables, [...files], versions, values]),
    );
    return { request, files, key };
  }
}

/** An engine that starts with the first cell that is asked about, and ends with the last. */
class EngineSession {
  readonly #parts: ColumnReaderParts;
  readonly #workspace: Workspace;
  #engine: Promise<Engine> | null = null;
  #folders: readonly string[] = [];

  constructor(parts: ColumnReaderParts, workspace: Workspace) {
    this.#parts = parts;
    this.#workspace = workspace;
  }

  /** A process that ends over one cell leaves that one unknown. */
  async columns(request: ColumnsRequest): Promise<CellColumns> {
    const engine = await (this.#engine ??= this.#open());
    const gone = engine.died.then((reason): CellColumns => {
      this.#engine = null;
      return unknown(`the engine ended over it: ${reason}`);
    });
    const asked = engine.calls.columns(request, new AbortController().signal).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "runner_died") return gone;
      throw error;
    });
    return Promise.race([asked, gone]);
  }

  close(): void {
    const folders = this.#folders;
    this.#engine?.then(
      async (engine) => {
        engine.kill();
        await engine.died;
        for (const folder of folders) await rm(folder, { recursive: true, force: true });
      },
      () => undefined,
    );
  }

  async #open(): Promise<Engine> {
    const folders = await this.#parts.scratch(`columns-${randomUUID()}`);
    this.#folders = [folders.staging, folders.temporary];
    const readable = new Set<string>();
    for (const graph of this.#workspace.notebooks.values())
      for (const { compiled } of graph.cells)
        for (const { name } of compiled.sql === null ? [] : compiled.files) {
          const file = resolveFile(graph.path, name);
          const found = file === null || /^https?:/i.test(file) ? null : await this.#parts.files.find(file);
          if (found !== null) readable.add(found.path);
        }
    return this.#parts.pool.acquire({ readable: [...readable], ...folders, limits: this.#parts.limits });
  }
}

function withOwn(found: WorkspaceColumns, key: AssetKey, columns: readonly Column[] | null): WorkspaceColumns {
  return new Map([...found, [key, { type: "unknown", columns, reason: "it reads itself" }]]);
}

function unknown(reason: string): CellColumns {
  return { type: "unknown", columns: null, reason };
}

/** The columns that an asset's data have, where they were made by the code as it is now. */
function recordedColumns(node: AssetNode, fact: Materialization | null): readonly Column[] | null {
  return fact?.format === "parquet" && fact.codeVersion === node.effectiveCodeVersion ? fact.schema : null;
}

/** What was made says which types there are, which a query with parameters does not tell. */
function withRecorded(own: CellColumns, recorded: readonly Column[] | null): CellColumns {
  if (recorded === null) return own;
  if (own.type === "unknown") return { ...own, columns: recorded };
  const types = new Map(recorded.map(({ name, type }) => [name, type]));
  return { ...own, columns: own.columns.map((column) => ({ ...column, type: types.get(column.name) ?? column.type })) };
}

/** The same columns with files by their place in the workspace. */
function named(columns: CellColumns, files: ReadonlyMap<string, string>): CellColumns {
  if (columns.type === "unknown" || files.size === 0) return columns;
  const names = new Map(Array.from(files, ([name, file]) => [`file:${name}`, `file:${file}`]));
  const rename = <T extends { readonly source: string }>(from: readonly T[]) =>
    from.map((origin) => ({ ...origin, source: names.get(origin.source) ?? origin.source }));
  return {
    ...columns,
    columns: columns.columns.map((column) => ({ ...column, from: rename(column.from) })),
    rows: { ...columns.rows, from: rename(columns.rows.from) },
  };
}
