import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Metadata } from "../../cells/model/metadata.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import type {
  AssetValue,
  KernelHost,
  QueryRequest,
  Relation,
  ResourceFetch,
  ResourceResponse,
  RowsRequest,
} from "../../cells/protocol/host.ts";
import type { Database } from "./duckdb.ts";
import { formatOf } from "./file-format.ts";
import { readable } from "./inputs.ts";
import { LogCap } from "./log-cap.ts";
import type { EngineEvent, MaterializeRequest, StoredInput } from "./messages.ts";
import { mimeTypeOf } from "./mime-types.ts";
import { defineNoEarlier } from "./no-earlier.ts";
import type { ReadingPlace } from "./page.ts";
import { arrowToParquet } from "./parquet.ts";
import { Relations } from "./relations.ts";
import { type AskServer, resourceRows } from "./resource-rows.ts";
import { rowsToArrow } from "./rows-to-arrow.ts";
import { Session } from "./session.ts";
import { emptyTable, ident, readerOf } from "./sql.ts";
import { SqlText } from "./sql-text.ts";
import { storeTable, type StoredTable } from "./store-table.ts";
import { prepareRows, type Rows, type UserSql } from "./user-sql.ts";

/** What a kernel may reach during one step. */
export interface Step {
  readonly cell: KernelCell;
  readonly request: MaterializeRequest;
}

/** The asset's own query, once it ran: its file is written already. */
export interface StoredStep {
  readonly relation: string;
  readonly stored: StoredTable;
}

interface HostOptions {
  readonly database: Database;
  readonly place: ReadingPlace;
  readonly cells: readonly KernelCell[];
  readonly emit: (event: EngineEvent) => void;
  /** path of the notebook, for its resources */
  readonly notebook: string;
  readonly ask: AskServer;
}

const largestFileBytes = 1 << 30;
let files = 0;

/**
 * What the engine does for a kernel: SQL, rows, stored inputs and files of the step that runs. Names outside the step are
 * refused, so that JavaScript reads what the plan says that it reads.
 */
export class EngineHost implements KernelHost {
  readonly relations: Relations;
  readonly #options: HostOptions;
  readonly #logs: LogCap;
  readonly #inputs = new Map<string, AssetValue>();
  /** relations that stand for earlier partitions of which there are none, with the columns that were known */
  readonly #noEarlier = new Map<string, readonly Column[] | null>();
  /** what each cell told of its result when it last ran */
  readonly #metadata = new Map<number, Metadata>();
  #step: Step | null = null;
  #stored: StoredStep | null = null;

  private constructor(relations: Relations, options: HostOptions) {
    this.relations = relations;
    this.#options = options;
    this.#logs = new LogCap((entry) => options.emit({ type: "log", ...entry }));
  }

  static async open(options: HostOptions): Promise<EngineHost> {
    return new EngineHost(await Relations.open(options.database), options);
  }

  begin(step: Step): void {
    this.#step = step;
    this.#stored = null;
    this.#logs.reset();
  }

  /** The file of the asset's own query, where it ran during this step. */
  get stored(): StoredStep | null {
    return this.#stored;
  }

  async query(request: QueryRequest, signal: AbortSignal): Promise<Relation> {
    const { request: step } = this.#current();
    const noEarlier = request.tables.filter(({ relation }) => this.#noEarlier.has(relation));
    const views = request.tables
      .filter((table) => !noEarlier.includes(table))
      .map(({ schema, name, relation }) => ({ schema, name, from: this.relations.get(relation).from }));
    const session = await this.#session(views, signal);
    let isReleased = false;
    try {
      const sql = await this.#userSql(request);
      for (const { schema, name, relation } of noEarlier)
        await defineNoEarlier(session, { schema, name }, sql, this.#noEarlier.get(relation) ?? null);
      const rows =
        request.database === undefined
          ? await prepareRows(session, sql)
          : await this.#resourceRows(request, request.database, session, signal);
      if (
        request.cell === step.cell &&
        request.output === step.name &&
        step.store !== "json" &&
        this.#stored === null
      ) {
        const stored = await storeTable(session, rows, step.target, step.metadata);
        const relation = this.relations.add(
          readerOf({ format: "parquet", paths: [step.target] }),
          stored.schema,
          stored.rows,
        );
        this.#stored = { relation: relation.id, stored };
        return relation;
      }
      if (request.database !== undefined || !this.#mayStayQuery(request, sql))
        return await this.relations.keep(session, rows);
      const relation = await this.relations.view(session, rows, rows.traced);
      isReleased = true;
      return relation;
    } finally {
      if (!isReleased) await session.close();
    }
  }

  async rows(request: RowsRequest, signal: AbortSignal): Promise<Uint8Array> {
    const rows = this.rowsOf(request.relation);
    const order = (request.orderBy ?? []).map(
      ({ column, descending }) => `${ident(column)} ${descending ? "DESC" : "ASC"} NULLS LAST`,
    );
    const clauses = [
      order.length === 0 ? "" : `ORDER BY ${order.join(", ")}`,
      request.limit === undefined ? "" : `LIMIT ${whole(request.limit)}`,
      request.offset === undefined ? "" : `OFFSET ${whole(request.offset)}`,
    ].join(" ");
    const session = await this.#session([], signal);
    try {
      return (await rowsToArrow(session, rows, clauses, this.#options.place.temporary)).arrow;
    } finally {
      await session.close();
    }
  }

  async put(
    { arrow }: { readonly cell: number; readonly name: string; readonly arrow: Uint8Array },
    signal: AbortSignal,
  ): Promise<Relation> {
    const path = join(this.#options.place.temporary, `put-${++files}.parquet`);
    await writeFile(path, arrowToParquet(arrow));
    return this.#relationOf({ format: "parquet", paths: [path] }, signal);
  }

  async asset({ key, partition }: Parameters<KernelHost["asset"]>[0], signal: AbortSignal): Promise<AssetValue> {
    const input = this.#current().request.inputs.find((other) => other.key === key)?.input;
    if (input === undefined || partition !== null)
      throw new AppError(
        "asset_missing",
        `${key} is no stored input of this step; name it literally, as in asset("${key}")`,
        {
          data: { asset: key },
        },
      );
    if (input.paths.length === 0 && key === this.#current().request.asset) return this.#nothingEarlier(input);
    const known = input.paths.length === 0 ? undefined : this.#inputs.get(input.paths.join("\n"));
    if (known !== undefined) return known;
    const value: AssetValue =
      input.format === "json" && input.paths.length === 1
        ? { type: "json", text: await readFile(input.paths[0] ?? "", "utf8") }
        : {
            type: "relation",
            relation: await this.#relationOf(await readable(input, this.#options.place.temporary), signal),
          };
    this.#inputs.set(input.paths.join("\n"), value);
    return value;
  }

  /** What a cell gets that reads its own earlier partitions where there are none: SQL a relation of its own columns, JavaScript null. */
  #nothingEarlier({ empty = null }: StoredInput): AssetValue {
    if (this.#current().cell.compiled.kind !== "sql") return { type: "json", text: "null" };
    const relation = this.relations.add(emptyTable(empty ?? []), empty ?? [], 0);
    this.#noEarlier.set(relation.id, empty);
    return { type: "relation", relation };
  }

  async file({ name }: { readonly name: string }, _signal: AbortSignal): ReturnType<KernelHost["file"]> {
    const path = this.#current().request.files[name];
    if (path === undefined)
      throw new AppError(
        "file_not_found",
        `${name} is no file of this step; name it literally, as in FileAttachment("${name}")`,
        {
          data: { name },
        },
      );
    const { size, mtimeMs } = await stat(path);
    if (size > largestFileBytes)
      throw new AppError(
        "query_failed",
        `${name} has ${size} bytes, more than JavaScript is given at once; read it with SQL`,
      );
    return { name: basename(name), bytes: await readFile(path), mimeType: mimeTypeOf(name), lastModified: mtimeMs };
  }

  async fetch({ resource, ...request }: ResourceFetch, signal: AbortSignal): Promise<ResourceResponse> {
    const { notebook, ask } = this.#options;
    const reply = await ask({ notebook, resource, question: { type: "fetch", ...request } }, signal);
    if (reply.type !== "response") throw new AppError("internal", `resource ${resource} answered no request`);
    return { status: reply.status, headers: reply.headers, bytes: reply.bytes };
  }

  meta({ cell, metadata }: { readonly cell: number; readonly metadata: Metadata }): void {
    this.#metadata.set(cell, metadata);
  }

  /** What a cell told of its result by `meta`. */
  metadataOf(cell: number): Metadata {
    return this.#metadata.get(cell) ?? {};
  }

  log(entry: Parameters<KernelHost["log"]>[0]): void {
    this.#logs.add(entry);
  }

  /** A relation as rows to select from. */
  rowsOf(relation: string): Rows {
    return { ...this.relations.get(relation), params: new Map(), traced: { cell: null, placeOf: () => null } };
  }

  /** Opens a session of this kernel's step: its messages name inputs, not paths. */
  async #session(views: Parameters<typeof Session.open>[1], signal: AbortSignal): Promise<Session> {
    const { inputs, files: named } = this.#current().request;
    const paths = new Map<string, string>(this.#options.place.folders.map((folder) => [folder, ""]));
    for (const { schema, name, input } of inputs)
      for (const path of input.paths) paths.set(path, schema === null ? name : `${schema}.${name}`);
    for (const [name, path] of Object.entries(named)) paths.set(path, name);
    return Session.open(this.#options.database, views, { signal, paths });
  }

  async openSession(signal: AbortSignal): Promise<Session> {
    return this.#session([], signal);
  }

  async #resourceRows(request: QueryRequest, resource: string, session: Session, signal: AbortSignal): Promise<Rows> {
    const { notebook, ask } = this.#options;
    const { cell, strings, params } = request;
    const offsets = this.#offsetsOf(request);
    return resourceRows(ask, { notebook, resource, cell, strings, offsets, params }, session, signal);
  }

  /** Where the strings of a query stand in its cell's source; 0 where it is none of a SQL cell. */
  #offsetsOf({ cell, strings }: QueryRequest): readonly number[] {
    const compiled = this.#options.cells.find(({ compiled: { id } }) => id === cell)?.compiled;
    const isCell = compiled?.sql != null && compiled.sql.strings.length === strings.length;
    return isCell ? (compiled.sql?.offsets ?? []) : strings.map(() => 0);
  }

  async #userSql(request: QueryRequest): Promise<UserSql> {
    const paths = new Map<string, string>();
    for (const [name, path] of Object.entries(this.#current().request.files)) {
      const isArrow = request.files.includes(name) && formatOf(path) === "arrow";
      const input = isArrow ? await readable({ format: "arrow", paths: [path] }, this.#options.place.temporary) : null;
      paths.set(name, input?.paths[0] ?? path);
    }
    return {
      text: SqlText.of({ strings: request.strings, offsets: this.#offsetsOf(request) }).withFiles(paths),
      cell: request.cell,
      params: new Map(request.params.map((value, i) => [i + 1, value])),
    };
  }

  /** A query that binds nothing and is the same each time may be computed where it is read, with its filters pushed down. */
  #mayStayQuery(request: QueryRequest, { text }: UserSql): boolean {
    if (request.output === null || request.params.length > 0 || text.statements().length > 1) return false;
    const cell = this.#options.cells.find(({ compiled: { id } }) => id === request.cell);
    return (
      cell?.compiled.kind === "sql" && cell.compiled.volatile.length === 0 && text.statements()[0]?.kind === "select"
    );
  }

  async #relationOf(input: StoredInput, signal: AbortSignal): Promise<Relation> {
    const session = await this.#session([], signal);
    try {
      const from = readerOf(input);
      const columns = await session.columnsOf(from);
      const { rows } = await session.read(`SELECT count(*) FROM ${from}`);
      return this.relations.add(from, columns, Number(rows[0]?.[0] ?? 0));
    } finally {
      await session.close();
    }
  }

  #current(): Step {
    if (this.#step === null) throw new AppError("internal", "the kernel asked for something while no step runs");
    return this.#step;
  }
}

function whole(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AppError("protocol", `not a whole number of rows: ${value}`);
}
