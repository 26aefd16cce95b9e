// Long because one host answers all that a kernel may ask, over one store of relations and one pool of connections.
import { decodeArrow } from "../../cells/data/arrow.ts";
import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import { AppError } from "../../cells/errors.ts";
import { boundText } from "../../cells/kernel/query.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type {
  AssetValue,
  FileContent,
  KernelHost,
  QueryRequest,
  Relation,
  RowsRequest,
  TableBinding,
} from "../../cells/protocol/host.ts";
import { ConnectionPool, type PooledConnection } from "./connection-pool.ts";
import type { Engine } from "./engine.ts";
import type { DataPorts, HydrationRecipe, StoredResult } from "./ports.ts";
import { RelationStore, type StoredRelation } from "./relation-store.ts";
import { rowsSql, sortKey, sortTableSql } from "./rows.ts";
import { isDescription, isQuery, paramName, readScript, type SqlStatement } from "./sql-script.ts";
import { placeError } from "./engine-error.ts";
import { sqlLiteral, sqlName } from "./sql-value.ts";
import { fileToTable, isTableFile, parquetToTable } from "./tables.ts";
import { bindViews, type View } from "./views.ts";

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
  readonly onLog?: KernelHost["log"];
  readonly onQuery?: (cell: number, outcome: QueryOutcome, ms: number) => void;
}

let hosts = 0;

/**
 * Gives a kernel in a frame its data: DuckDB-Wasm for SQL, the server (or what is cached of it) for assets and files. One
 * a notebook; it outlives the frame, so results are still there after a hung frame was killed.
 */
export class BrowserHost implements KernelHost {
  readonly #options: BrowserHostOptions;
  readonly #relationSchema: string;
  readonly #userSchema: string;
  readonly #store: RelationStore;
  #opened: Promise<{ readonly engine: Engine; readonly pool: ConnectionPool }> | null = null;
  /** views that were not needed yet, by relation id */
  readonly #deferred = new Map<string, QueryRequest>();
  /** output → the data version of its latest result where a server says it; null where it was computed here */
  readonly #versions = new Map<string, string | null>();
  /** what is being made, by key, so that equal requests at the same time make one */
  readonly #making = new Map<string, Promise<StoredRelation>>();

  constructor(options: BrowserHostOptions) {
    const number = ++hosts;
    this.#options = options;
    this.#relationSchema = `cellar_${number}`;
    this.#userSchema = `notebook_${number}`;
    this.#store = new RelationStore((dropped) => void this.#drop(dropped));
  }

  async query(request: QueryRequest, signal: AbortSignal): Promise<Relation> {
    const startedAt = performance.now();
    const cell = this.#options.cell(request.cell);
    const owner = `${request.cell}/${request.output ?? ""}`;
    const done = (outcome: QueryOutcome, relation: Relation, dataVersion: string | null): Relation => {
      if (request.output !== null) this.#versions.set(request.output, dataVersion);
      this.#options.onQuery?.(request.cell, outcome, performance.now() - startedAt);
      return relation;
    };
    const stored = await this.#findStored(request, cell, signal);
    if (stored) {
      const { relation } = await this.#loadStored(stored, owner, null, signal);
      return done("hydrated", relation, stored.dataVersion);
    }
    if (cell?.readers && (await this.#options.data.hydration?.hasAll(cell.readers, signal)))
      return done("deferred", this.#defer(request), null);
    const { outcome, made } = await this.#answer(request, signal);
    return done(outcome, made.relation, null);
  }

  /** The rows of a request, made now or found again. */
  async #answer(
    request: QueryRequest,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: QueryOutcome; readonly made: StoredRelation }> {
    const cell = this.#options.cell(request.cell);
    const owner = `${request.cell}/${request.output ?? ""}`;
    const files = await this.#loadFiles(request.files, signal);
    const key =
      cell?.isVolatile === true || cell === null
        ? null
        : JSON.stringify([
            request.strings,
            request.params.map(sqlLiteral),
            request.tables,
            files.map(({ version }) => version),
          ]);
    const known = key === null ? null : this.#store.find(key, owner);
    if (known) return { outcome: "remembered", made: known };
    return { outcome: "computed", made: await this.#compute(request, files, owner, key, signal) };
  }

  /** A relation that is made when its rows are asked for; equal requests give the same one. */
  #defer(request: QueryRequest): Relation {
    const id = `deferred ${JSON.stringify([request.strings, request.tables, request.files])}`;
    this.#deferred.set(id, request);
    return { id, columns: [], rows: null };
  }

  async #relation(id: string, signal: AbortSignal): Promise<StoredRelation> {
    const request = this.#deferred.get(id);
    return request === undefined ? this.#store.get(id) : (await this.#answer(request, signal)).made;
  }

  async rows(request: RowsRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { table, relation } = await this.#relation(request.relation, signal);
    const qualified = this.#qualify(table);
    const { pool } = await this.#open();
    const orderBy = request.orderBy ?? [];
    if (orderBy.length === 0 && request.offset === undefined && request.limit === undefined)
      return pool.with(({ connection }) => connection.arrowAtOnce(`from ${qualified}`));
    const sorted = orderBy.length === 0 ? null : await this.#sorted(relation.id, table, orderBy, signal);
    const sql = rowsSql(qualified, sorted && this.#qualify(sorted), request, relation.columns);
    return pool.with(({ connection }) => connection.arrow(sql, signal));
  }

  async put(
    request: { readonly cell: number; readonly name: string; readonly arrow: Uint8Array },
    signal: AbortSignal,
  ): Promise<Relation> {
    const owner = `${request.cell}/${request.name}`;
    const key = await contentKey(request.arrow);
    const known = key === null ? null : this.#store.find(key, owner);
    if (known) return known.relation;
    const made = await this.#make(key, { owner, dataVersion: null, signal }, ({ connection }, table) =>
      connection.insertArrow({ schema: this.#relationSchema, name: table }, request.arrow),
    );
    return made.relation;
  }

  async asset(
    request: { readonly key: AssetKey; readonly partition: string | null },
    signal: AbortSignal,
  ): Promise<AssetValue> {
    const stored = await this.#options.data.asset(request.key, request.partition, signal);
    if (stored.format === "json") {
      const bytes = await this.#options.data.blob(stored.sha256, signal);
      return { type: "json", text: new TextDecoder().decode(bytes) };
    }
    const owner = `asset:${request.key}@${request.partition ?? ""}`;
    return { type: "relation", relation: (await this.#loadStored(stored, owner, null, signal)).relation };
  }

  file(request: { readonly name: string }, signal: AbortSignal): Promise<FileContent> {
    return this.#options.data.file(request.name, signal);
  }

  log(entry: Parameters<KernelHost["log"]>[0]): void {
    this.#options.onLog?.(entry);
  }

  /** Drops everything that this notebook has in the engine. */
  async close(): Promise<void> {
    if (this.#opened === null) return;
    const { engine, pool } = await this.#opened;
    await pool.close();
    const connection = await engine.connect();
    for (const schema of [this.#relationSchema, this.#userSchema])
      await connection.run(`drop schema if exists memory.${sqlName(schema)} cascade`);
    await connection.close();
  }

  #open(): Promise<{ readonly engine: Engine; readonly pool: ConnectionPool }> {
    return (this.#opened ??= this.#start().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    }));
  }

  async #start(): Promise<{ readonly engine: Engine; readonly pool: ConnectionPool }> {
    const engine = await this.#options.engine();
    const connection = await engine.connect();
    for (const schema of [this.#relationSchema, this.#userSchema])
      await connection.run(`create schema memory.${sqlName(schema)}`);
    await connection.close();
    return { engine, pool: new ConnectionPool(engine, this.#userSchema) };
  }

  #qualify(table: string): string {
    return `memory.${sqlName(this.#relationSchema)}.${sqlName(table)}`;
  }

  async #findStored(request: QueryRequest, cell: HostCell | null, signal: AbortSignal): Promise<StoredResult | null> {
    const { hydration } = this.#options.data;
    const { output } = request;
    if (hydration === null || output === null || !cell?.recipe) return null;
    const versions = new Map(
      cell.recipe.relations.flatMap((key) => {
        const version = this.#versions.get(AssetKey.name(key));
        return version === undefined ? [] : [[key, version] as const];
      }),
    );
    return hydration.find({ output, recipe: cell.recipe, bound: boundText(request.params), versions }, signal);
  }

  /** A relation of a file of the lake; the same file is loaded once. */
  async #loadStored(
    stored: StoredResult,
    owner: string,
    key: string | null,
    signal: AbortSignal,
  ): Promise<StoredRelation> {
    const lakeKey = `lake:${stored.sha256}`;
    const known = this.#store.find(lakeKey, owner);
    if (known) return known;
    const bytes = await this.#options.data.blob(stored.sha256, signal);
    const made = await this.#make(
      lakeKey,
      { owner, dataVersion: stored.dataVersion, signal },
      ({ connection }, table) =>
        parquetToTable(connection, owner, bytes, { schema: this.#relationSchema, name: table }),
    );
    if (key !== null) this.#store.alias(key, made.relation.id);
    return made;
  }

  async #compute(
    request: QueryRequest,
    files: readonly LoadedFile[],
    owner: string,
    key: string | null,
    signal: AbortSignal,
  ): Promise<StoredRelation> {
    const paths = new Map(files.map(({ name, path }) => [name, path]));
    const script = readScript(request.strings, paths);
    const views: View[] = [
      ...(await Promise.all(
        request.tables.map(async ({ schema, name, relation }: TableBinding) => ({
          schema,
          name,
          table: (await this.#relation(relation, signal)).table,
        })),
      )),
      ...files.flatMap(({ name, table }) => (table === null ? [] : [{ schema: null, name, table }])),
    ];
    return this.#make(key, { owner, dataVersion: null, signal }, async (pooled, table) => {
      const { connection } = pooled;
      await bindViews(pooled, this.#relationSchema, views);
      for (const [index, value] of request.params.entries())
        await connection.run(`set variable ${paramName(index)} = ${sqlLiteral(value)}`);
      await this.#runScript(pooled, script, table, this.#options.cell(request.cell), signal);
    });
  }

  /** Runs statements in order; the rows of the last become the table. */
  async #runScript(
    { connection }: PooledConnection,
    script: readonly SqlStatement[],
    table: string,
    cell: HostCell | null,
    signal: AbortSignal,
  ): Promise<void> {
    if (script.length === 0) throw new AppError("query_failed", "the cell has no statement; write a query");
    const run = async (statement: SqlStatement, before: string, after: string): Promise<void> => {
      try {
        await connection.run(`${before}${statement.text}${after}`, signal);
      } catch (error) {
        throw placeError(error, {
          statement,
          prefix: before.length,
          sql: cell?.sql ?? null,
          source: cell?.source ?? "",
        });
      }
    };
    for (const [index, statement] of script.entries()) {
      const target = `create table ${this.#qualify(table)} as `;
      if (index < script.length - 1) await run(statement, "", "");
      else if (isQuery(statement)) await run(statement, `${target}\n`, "");
      else if (isDescription(statement)) await run(statement, `${target}from (\n`, "\n)");
      else {
        const rows = await connection.arrow(statement.text, signal);
        await connection.insertArrow({ schema: this.#relationSchema, name: table }, rows);
      }
    }
  }

  /** Makes a relation by filling a new table, once for equal keys. */
  #make(
    key: string | null,
    made: { readonly owner: string; readonly dataVersion: string | null; readonly signal: AbortSignal },
    fill: (connection: PooledConnection, table: string) => Promise<void>,
  ): Promise<StoredRelation> {
    return this.#open().then(({ pool }) =>
      pool.with(async (pooled) => {
        const { owner, dataVersion } = made;
        const table = this.#store.newTable();
        await fill(pooled, table);
        const { columns, rows } = await this.#describe(pooled, table);
        return this.#store.add(key, { id: table, table, columns, rows, dataVersion, owner });
      }),
    );
  }

  async #describe(
    { connection }: PooledConnection,
    table: string,
  ): Promise<{ readonly columns: readonly Column[]; readonly rows: number }> {
    const name = this.#qualify(table);
    const rows = decodeArrow(
      await connection.arrow(
        `select column_name as name, column_type as type, (select count(*) from ${name})::double as rows from (describe ${name})`,
      ),
    );
    return {
      columns: rows.map((row) => ({ name: String(row["name"]), type: String(row["type"]) })),
      rows: Number(rows.at(0)?.["rows"] ?? 0),
    };
  }

  /** The table that holds row numbers of a relation in another order. */
  async #sorted(
    id: string,
    table: string,
    orderBy: NonNullable<RowsRequest["orderBy"]>,
    signal: AbortSignal,
  ): Promise<string> {
    const key = sortKey(id, orderBy);
    const known = this.#store.find(key, `sort:${id}`);
    if (known) return known.table;
    const made = await this.#make(key, { owner: `sort:${id}`, dataVersion: null, signal }, ({ connection }, target) =>
      connection.run(sortTableSql(this.#qualify(target), this.#qualify(table), orderBy), signal),
    );
    return made.table;
  }

  async #loadFiles(names: readonly string[], signal: AbortSignal): Promise<readonly LoadedFile[]> {
    return Promise.all(names.map((name) => this.#loadFile(name, signal)));
  }

  async #loadFile(name: string, signal: AbortSignal): Promise<LoadedFile> {
    const file = await this.#options.data.file(name, signal);
    const version = `${name}@${file.lastModified}/${file.bytes.length}`;
    const path = `${this.#userSchema}/${name}`;
    const { engine } = await this.#open();
    if (!isTableFile(name)) {
      await engine.addFile(path, file.bytes);
      return { name, version, path: `files/${path}`, table: null };
    }
    const owner = `file:${name}`;
    const known = this.#store.find(version, owner);
    const making = this.#making.get(version);
    if (known || making)
      return { name, version, path: `files/${path}`, table: (known ?? (await making))?.table ?? null };
    const loading = this.#make(version, { owner, dataVersion: null, signal }, ({ connection }, table) =>
      fileToTable({ engine, connection, file, path, table: { schema: this.#relationSchema, name: table } }),
    );
    this.#making.set(version, loading);
    try {
      return { name, version, path: `files/${path}`, table: (await loading).table };
    } finally {
      this.#making.delete(version);
    }
  }

  async #drop({ table }: StoredRelation): Promise<void> {
    const { pool } = await this.#open();
    await pool
      .with(({ connection }) => connection.run(`drop table if exists ${this.#qualify(table)} cascade`))
      .catch(() => {});
  }
}

interface LoadedFile {
  readonly name: string;
  readonly version: string;
  /** where the engine has it */
  readonly path: string;
  /** null where it is no table */
  readonly table: string | null;
}

/** Results of JavaScript up to this size are compared by content, so that an equal one recomputes nothing. */
const comparedBytes = 4_000_000;

async function contentKey(bytes: Uint8Array): Promise<string | null> {
  // absent where the page is served without TLS and not from this machine
  if (bytes.length > comparedBytes || !globalThis.crypto.subtle) return null;
  const hash = await crypto.subtle.digest("SHA-256", bytes.slice());
  return `put:${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
