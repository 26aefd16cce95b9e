import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import { boundText } from "../../cells/protocol/bound-values.ts";
import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type {
  AssetRequest,
  AssetValue,
  FileContent,
  KernelHost,
  QueryRequest,
  Relation,
  ResourceFetch,
  ResourceResponse,
  RowsRequest,
  TableBinding,
} from "../../cells/protocol/host.ts";
import type { Engine } from "./engine.ts";
import { EngineTables } from "./engine-tables.ts";
import { EarlierRows, type EarlierPartitions } from "./earlier-rows.ts";
import { FileTables, type LoadedFile } from "./file-tables.ts";
import { LakeRows } from "./lake-rows.ts";
import type { DataPorts, HydrationRecipe, ResourcePort, StoredResult } from "./ports.ts";
import { RelationStore, tableOf, type StoredRelation } from "./relation-store.ts";
import { rowsSql, sortKey, sortTableSql } from "./rows.ts";
import { runScript } from "./run-script.ts";
import { paramName, readScript } from "./sql-script.ts";
import { sqlLiteral } from "./sql-value.ts";
import { bindViews } from "./views.ts";

/** What a host needs to know of a cell that asks. */
export interface HostCell {
  /** null where the server's result cannot stand for one computed here */
  readonly recipe: HydrationRecipe | null;
  /**
   * For a view that nobody looks at: the code versions of the stored assets that read it. Where the server has them all, the view is
   * computed only once something here asks for its rows.
   */
  readonly readers: readonly string[] | null;
  /** whether an equal request may give other rows */
  readonly isVolatile: boolean;
  /** the SQL text as compiled, and the source that its offsets are in; null for a cell of another kind */
  readonly sql: SqlTemplate | null;
  readonly source: string;
}

/** How a result came about, told once a query. */
export type QueryOutcome = "computed" | "remembered" | "hydrated" | "deferred";

export interface BrowserHostOptions {
  /** started when first needed, if it is not yet */
  readonly engine: () => Promise<Engine>;
  readonly data: DataPorts;
  readonly cell: (id: number) => HostCell | null;
  /** null where the partition that is shown is none of the asset's */
  readonly earlier?: (key: AssetKey) => EarlierPartitions | null;
  readonly onLog?: KernelHost["log"];
  /** `cell` is null for the value of a JavaScript cell, which the kernel asks for by its asset */
  readonly onQuery?: (cell: number | null, outcome: QueryOutcome, ms: number) => void;
}

/**
 * Gives a kernel in a frame its data: DuckDB-Wasm for SQL, the server (or what is cached of it) for assets and files. One
 * a notebook; it outlives the frame, so results are still there after a hung frame was killed.
 */
export class BrowserHost implements KernelHost {
  readonly #options: BrowserHostOptions;
  readonly #tables: EngineTables;
  readonly #store: RelationStore;
  readonly #files: FileTables;
  /** views that were not needed yet, by relation id */
  readonly #deferred = new Map<string, QueryRequest>();
  readonly #earlier: EarlierRows;
  /** output → the data version of its latest result where a server says it; null where it was computed here */
  readonly #versions = new Map<string, string | null>();

  constructor(options: BrowserHostOptions) {
    this.#options = options;
    this.#tables = new EngineTables(options.engine);
    this.#store = new RelationStore((dropped) => void this.#drop(dropped));
    this.#files = new FileTables(options.data, this.#tables, this.#store);
    this.#earlier = new EarlierRows({
      ...{ data: options.data, tables: this.#tables, store: this.#store, of: options.earlier ?? (() => null) },
      stored: (result, owner) => this.#stored(result, owner),
    });
  }

  async query(request: QueryRequest, signal: AbortSignal): Promise<Relation> {
    if (request.database !== undefined) return this.#ask(request, request.database, signal);
    const startedAt = performance.now();
    const cell = this.#options.cell(request.cell);
    const done = (outcome: QueryOutcome, relation: Relation, dataVersion: string | null): Relation => {
      if (request.output !== null) this.#versions.set(request.output, dataVersion);
      this.#options.onQuery?.(request.cell, outcome, performance.now() - startedAt);
      return relation;
    };
    const stored = await this.#findStored(request, cell, signal);
    if (stored) return done("hydrated", this.#stored(stored, ownerOf(request)).relation, stored.dataVersion);
    if (cell?.readers && (await this.#options.data.hydration?.hasAll(cell.readers, signal)))
      return done("deferred", this.#defer(request), null);
    const { outcome, made } = await this.#answer(request, signal);
    return done(outcome, made.relation, null);
  }

  /** The relation with this id. Rejects with `query_failed` where it is no longer kept. */
  async relationOf(id: string, signal: AbortSignal): Promise<Relation> {
    return (await this.#relation(id, signal)).relation;
  }

  async rows(request: RowsRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { rows, relation } = await this.#relation(request.relation, signal);
    const { orderBy = [], offset = 0, limit } = request;
    const isWhole = orderBy.length === 0 && request.offset === undefined && limit === undefined;
    // a file shows its rows without an engine; one that is a table already is quicker there
    if (rows.type === "lake" && orderBy.length === 0 && !rows.lake.isTable && (isWhole || limit !== undefined))
      return rows.lake.rows(limit === undefined ? null : { offset, limit });
    const table = await tableOf(rows);
    const qualified = this.#tables.qualify(table);
    if (isWhole) return this.#tables.with(({ connection }) => connection.arrowAtOnce(`from ${qualified}`));
    const sorted = orderBy.length === 0 ? null : await this.#sorted(relation.id, table, orderBy, signal);
    const sql = rowsSql(qualified, sorted && this.#tables.qualify(sorted), request, relation.columns);
    return this.#tables.with(({ connection }) =>
      // a page is soon there, and comes in one piece
      limit !== undefined && limit <= pageRows ? connection.arrowAtOnce(sql) : connection.arrow(sql, signal),
    );
  }

  async put(
    request: { readonly cell: number; readonly name: string; readonly arrow: Uint8Array },
    _signal: AbortSignal,
  ): Promise<Relation> {
    const owner = `${request.cell}/${request.name}`;
    this.#versions.set(request.name, null);
    const key = await contentKey(request.arrow);
    const known = key === null ? null : this.#store.find(key, owner);
    if (known) return known.relation;
    const { table, columns, rows } = await this.#tables.insert(request.arrow, true);
    const relation = { id: table, columns, rows };
    return this.#store.add(key, { relation, rows: { type: "table", table }, dataVersion: null, owner }).relation;
  }

  async asset({ key, partition, version, earlier }: AssetRequest, signal: AbortSignal): Promise<AssetValue> {
    if (earlier === true) return this.#earlier.asset(key, signal);
    const startedAt = performance.now();
    const stored = await this.#options.data.asset(key, partition, version ?? null, signal);
    if (version !== undefined) {
      this.#versions.set(AssetKey.name(key), stored.dataVersion);
      this.#options.onQuery?.(null, "hydrated", performance.now() - startedAt);
    }
    if (stored.format === "json") {
      const bytes = await this.#options.data.blob(stored.sha256, signal);
      return { type: "json", text: new TextDecoder().decode(bytes) };
    }
    return { type: "relation", relation: this.#stored(stored, `asset:${key}@${partition ?? ""}`).relation };
  }

  file(request: { readonly name: string }, signal: AbortSignal): Promise<FileContent> {
    return this.#options.data.file(request.name, signal);
  }

  fetch(request: ResourceFetch, signal: AbortSignal): Promise<ResourceResponse> {
    return this.#resources(request.resource).fetch(request, signal);
  }

  log(entry: Parameters<KernelHost["log"]>[0]): void {
    this.#options.onLog?.(entry);
  }

  /** Drops everything that this notebook has in the engine, and the files of its results. */
  async close(): Promise<void> {
    for (const { rows } of this.#store.all()) if (rows.type === "lake") void rows.lake.close();
    await this.#tables.close();
  }

  /** What a resource gives, asked by the server: the engine in the page knows nothing of its tables. */
  async #ask(request: QueryRequest, resource: string, signal: AbortSignal): Promise<Relation> {
    const startedAt = performance.now();
    const sql = this.#options.cell(request.cell)?.sql;
    // the text of a cell that is SQL stands in its source; that of a tag does not tell where
    const offsets = sql?.strings.length === request.strings.length ? sql.offsets : request.strings.map(() => 0);
    const arrow = await this.#resources(resource).query(resource, request, offsets, signal);
    const { table, columns, rows } = await this.#tables.insert(arrow, true);
    const relation = { id: table, columns, rows };
    this.#store.add(null, { relation, rows: { type: "table", table }, dataVersion: null, owner: ownerOf(request) });
    if (request.output !== null) this.#versions.set(request.output, null);
    this.#options.onQuery?.(request.cell, "computed", performance.now() - startedAt);
    return relation;
  }

  #resources(resource: string): ResourcePort {
    const port = this.#options.data.resources;
    if (port !== null) return port;
    throw new AppError(
      "forbidden",
      `this asks the resource ${resource}, which only a server reaches; open the notebook on one`,
      {
        data: { resource },
      },
    );
  }

  /** The rows of a request, made now or found again. */
  async #answer(
    request: QueryRequest,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: QueryOutcome; readonly made: StoredRelation }> {
    const cell = this.#options.cell(request.cell);
    const files = await this.#files.load(request.files, signal);
    const { strings, tables } = request;
    const versions = files.map(({ version }) => version);
    const key =
      cell === null || cell.isVolatile
        ? null
        : JSON.stringify([strings, request.params.map(sqlLiteral), tables, versions]);
    const known = key === null ? null : this.#store.find(key, ownerOf(request));
    if (known) return { outcome: "remembered", made: known };
    return { outcome: "computed", made: await this.#compute(request, files, key, signal) };
  }

  async #compute(
    request: QueryRequest,
    files: readonly LoadedFile[],
    key: string | null,
    signal: AbortSignal,
  ): Promise<StoredRelation> {
    const script = readScript(request.strings, new Map(files.map(({ name, path }) => [name, path])));
    const views = [
      ...(await Promise.all(
        request.tables.map(async ({ schema, name, relation }: TableBinding) => ({
          schema,
          name,
          table: await tableOf((await this.#relation(relation, signal)).rows),
        })),
      )),
      ...files.flatMap(({ name, table }) => (table === null ? [] : [{ schema: null, name, table }])),
    ];
    const source = this.#options.cell(request.cell) ?? { sql: null, source: "" };
    const { schema } = this.#tables;
    const { table, columns, rows } = await this.#tables.make(async (pooled, name) => {
      await bindViews(pooled, schema, views);
      for (const [index, value] of request.params.entries())
        await pooled.connection.run(`set variable ${paramName(index)} = ${sqlLiteral(value)}`);
      await runScript(pooled, script, { schema, name }, source, signal);
    });
    const relation = { id: table, columns, rows };
    return this.#store.add(key, {
      relation,
      rows: { type: "table", table },
      dataVersion: null,
      owner: ownerOf(request),
    });
  }

  /** A relation that is made when its rows are asked for; equal requests give the same one. */
  #defer(request: QueryRequest): Relation {
    const id = `deferred ${JSON.stringify([request.strings, request.tables, request.files])}`;
    this.#deferred.set(id, request);
    return { id, columns: [], rows: null };
  }

  async #relation(id: string, signal: AbortSignal): Promise<StoredRelation> {
    const request = this.#deferred.get(id);
    const earlier = this.#earlier.relation(id, signal);
    if (earlier !== null) return earlier;
    return request === undefined ? this.#store.get(id) : (await this.#answer(request, signal)).made;
  }

  async #findStored(request: QueryRequest, cell: HostCell | null, signal: AbortSignal): Promise<StoredResult | null> {
    const { hydration } = this.#options.data;
    const { output } = request;
    if (hydration === null || output === null || !cell?.recipe) return null;
    const bound = new Map(
      request.tables.map(({ name, relation }) => [name.toLowerCase(), this.#store.peek(relation)?.dataVersion ?? null]),
    );
    const versions = new Map(
      cell.recipe.relations.flatMap((key) => {
        // what is bound says it; what only a view in between reads was last said under its name
        const name = AssetKey.name(key);
        const version = bound.has(name.toLowerCase()) ? bound.get(name.toLowerCase()) : this.#versions.get(name);
        return version === undefined ? [] : [[key, version] as const];
      }),
    );
    return hydration.find({ output, recipe: cell.recipe, bound: boundText(request.params), versions }, signal);
  }

  /** A relation of a file of the lake; the same file is one relation. */
  #stored(stored: StoredResult, owner: string): StoredRelation {
    const { sha256, schema: columns, rows, dataVersion } = stored;
    const id = `lake ${sha256}`;
    const known = this.#store.find(id, owner);
    if (known) return known;
    const lake = new LakeRows({
      name: owner,
      // for whoever asks: nobody's end ends it
      fetch: () => this.#options.data.blob(sha256, new AbortController().signal),
      load: async (arrow) => (await this.#tables.insert(arrow, true)).table,
    });
    if (stored.bytes <= prefetchedBytes) lake.prefetch();
    return this.#store.add(id, { relation: { id, columns, rows }, rows: { type: "lake", lake }, dataVersion, owner });
  }

  /** The table that holds row numbers of a relation in another order. */
  async #sorted(
    id: string,
    table: string,
    orderBy: NonNullable<RowsRequest["orderBy"]>,
    signal: AbortSignal,
  ): Promise<string> {
    const key = sortKey(id, orderBy);
    const owner = `sort:${id}`;
    const known = this.#store.find(key, owner);
    if (known?.rows.type === "table") return known.rows.table;
    const from = this.#tables.qualify(table);
    const made = await this.#tables.make(({ connection }, target) =>
      connection.run(sortTableSql(this.#tables.qualify(target), from, orderBy), signal),
    );
    const relation = { id: made.table, columns: made.columns, rows: made.rows };
    this.#store.add(key, { relation, rows: { type: "table", table: made.table }, dataVersion: null, owner });
    return made.table;
  }

  async #drop({ rows }: StoredRelation): Promise<void> {
    // the rows that took their place come first
    await new Promise((resolve) => setTimeout(resolve, dropDelayMs));
    const table = rows.type === "table" ? rows.table : await rows.lake.close();
    if (table !== null) await this.#tables.drop(table);
  }
}

/** Rows that a grid asks for at once, and a few more. */
const pageRows = 1024;

/** How long what nobody keeps any more stays in the engine. */
const dropDelayMs = 500;

/** Results up to this size are fetched before the frame asks for their rows. */
const prefetchedBytes = 256_000;

function ownerOf({ cell, output }: QueryRequest): string {
  return `${cell}/${output ?? ""}`;
}

/** Results of JavaScript up to this size are compared by content, so that an equal one recomputes nothing. */
const comparedBytes = 4_000_000;

async function contentKey(bytes: Uint8Array): Promise<string | null> {
  // absent where the page is served without TLS and not from this machine
  if (bytes.length > comparedBytes || !globalThis.crypto.subtle) return null;
  const hash = await crypto.subtle.digest("SHA-256", bytes.slice());
  return `put:${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
