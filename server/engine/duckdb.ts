import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBTimestampTZValue,
  HUGEINT,
  INTEGER,
  LIST,
  SQLNULL,
  StatementType,
  TIMESTAMPTZ,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { AppError, messageOf } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import { literal } from "./sql.ts";

/** Folders and bounds that a database is locked to. Paths are absolute. */
export interface Lockdown {
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** single files to read, outside those folders */
  readonly files: readonly string[];
  readonly temporary: string;
  readonly memoryBytes: number;
  readonly temporaryBytes: number;
  readonly threads: number;
  /** a DuckDB file to open, read only, in place of an empty database in memory */
  readonly database?: string;
}

/** A statement as DuckDB's own parser classifies it. */
export type StatementClass = "rows" | "change" | "forbidden";

/** What a statement gave: values as DuckDB prints them, null for NULL. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What a COPY wrote: rows, and by the name of each column (quoted, nested ones by their path) what Parquet keeps of it. */
export interface CopyAnswer {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A connection whose names are its own. */
export interface OwnCatalog {
  readonly connection: Connection;
  readonly catalog: string;
}

/**
 * DuckDB in memory, locked to its folders. The only file that names `@duckdb/node-api`. Queries run on libuv's pool, so
 * the process that opens one is started with a larger `UV_THREADPOOL_SIZE`, or four queries would starve its file reads.
 */
export class Database {
  readonly version: string;
  readonly #instance: DuckDBInstance;
  #catalogs = 0;

  private constructor(instance: DuckDBInstance, version: string) {
    this.#instance = instance;
    this.version = version;
  }

  /**
   * Opens and locks. The order is fixed: a later setting cannot be given once an earlier one holds. Throws `internal`
   * where a setting does not read back as it was set.
   */
  static async open(lockdown: Lockdown): Promise<Database> {
    const instance = await DuckDBInstance.create(lockdown.database ?? ":memory:", {
      allow_persistent_secrets: "false",
      ...(lockdown.database === undefined ? {} : { access_mode: "READ_ONLY" }),
    });
    const connection = new Connection(await instance.connect());
    const folders = [...new Set([...lockdown.readable, ...lockdown.writable, lockdown.temporary])];
    const settings: readonly (readonly [name: string, value: string])[] = [
      ["temp_directory", literal(lockdown.temporary)],
      ["max_temp_directory_size", literal(`${lockdown.temporaryBytes}B`)],
      ["allowed_directories", `[${folders.map(literal).join(", ")}]`],
      ["allowed_paths", `[${lockdown.files.map(literal).join(", ")}]`],
      ["allow_community_extensions", "false"],
      ["autoinstall_known_extensions", "false"],
      ["autoload_known_extensions", "false"],
      ["memory_limit", literal(`${lockdown.memoryBytes}B`)],
      ["threads", String(lockdown.threads)],
      // a file replaced within a clock tick is otherwise read back as the old one (seen in 1.5.5)
      ["enable_external_file_cache", "false"],
      ["errors_as_json", "true"],
      ["TimeZone", "'UTC'"],
      // a range of a few hundred windows is otherwise joined by going through half of them for every row
      ["merge_join_threshold", "0"],
      ["enable_external_access", "false"],
      ["lock_configuration", "true"],
    ];
    await connection.run(settings.map(([name, value]) => `SET GLOBAL ${name} = ${value}`).join(";\n"));
    const version = await verify(connection, folders);
    connection.close();
    return new Database(instance, version);
  }

  async connect(): Promise<Connection> {
    return new Connection(await this.#instance.connect());
  }

  /** A connection with an empty database of its own in use. */
  async ownCatalog(): Promise<OwnCatalog> {
    const connection = await this.connect();
    const catalog = `cell_${++this.#catalogs}`;
    await connection.run(`ATTACH ':memory:' AS ${catalog}; USE ${catalog}`);
    return { connection, catalog };
  }

  /** Whether the database still answers. A fatal error, or `enable_logging`, makes every statement fail from then on. */
  async isAlive(): Promise<boolean> {
    try {
      const connection = await this.connect();
      await connection.read("SELECT 1");
      connection.close();
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** One connection: a statement at a time. Parameters are bound by number: `$1` is the first. */
export class Connection {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Runs one statement, or several where the last alone has parameters. Rejects with what DuckDB says, as JSON. */
  async run(sql: string, params: Parameters = none): Promise<DuckDBMaterializedResult> {
    const [values, types] = bindings(params);
    return this.#connection.run(sql, values, types);
  }

  /** Runs a statement and reads its result whole. For small results only. */
  async read(sql: string, params: Parameters = none): Promise<Answer> {
    const result = await this.run(sql, params);
    // chunks that are there already are read without a turn of the thread pool each
    const chunks = Array.from({ length: result.chunkCount }, (_, i) => result.getChunk(i));
    const rows = chunks.flatMap((chunk) => chunk.getRows());
    return { columns: result.columnNames(), rows: rows.map((row) => row.map((v) => (v === null ? null : String(v)))) };
  }

  /** Runs a `COPY … (RETURN_STATS)` and reads what it says of each file: its name, rows, and figures by column as DuckDB names it. */
  async copy(sql: string, params: Parameters = none): Promise<readonly (CopyAnswer & { readonly file: string })[]> {
    const result = await this.run(sql, params);
    const names = result.columnNames();
    const chunks = Array.from({ length: result.chunkCount }, (_, i) => result.getChunk(i));
    return chunks.flatMap((chunk) =>
      chunk.getRows().map((row) => ({
        file: String(row[names.indexOf("filename")] ?? ""),
        rows: Number(row[names.indexOf("count")] ?? 0),
        columns: new Map(
          entriesOf(row[names.indexOf("column_statistics")]).map(([name, own]) => [
            name,
            new Map(entriesOf(own).map(text)),
          ]),
        ),
      })),
    );
  }

  /** Names and types of a query without parameters, where no type is nested; null where DESCRIBE has to be asked. */
  async simpleColumns(select: string): Promise<readonly Column[] | null> {
    try {
      const prepared = await this.#connection.prepare(select);
      const columns = Array.from({ length: prepared.columnCount }, (_, i) => {
        const type = prepared.columnType(i);
        return { name: prepared.columnName(i), type: type.alias ?? type.toString() };
      });
      prepared.destroySync();
      return columns.every(({ type }) => simpleType.test(type)) ? columns : null;
    } catch {
      // DESCRIBE fails the same way, and says where
      return null;
    }
  }

  /** Runs a statement that no `SELECT` can wrap (CALL, EXPLAIN, INSERT … RETURNING) and keeps its rows as a table. */
  async keep(sql: string, params: Parameters, table: string): Promise<void> {
    const [values, types] = bindings(params);
    const result = await this.#connection.stream(sql, values, types);
    const names = result.deduplicatedColumnNames();
    const columns = names.map((name, i) => `${quoteName(name)} ${result.columnType(i).toString()}`);
    const chunks: DuckDBDataChunk[] = [];
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
      chunks.push(chunk);
    await this.run(`CREATE TEMP TABLE ${quoteName(table)} (${columns.join(", ")})`);
    const appender = await this.#connection.createAppender(table, "main", "temp");
    for (const chunk of chunks) appender.appendDataChunk(chunk);
    appender.closeSync();
  }

  /** What kind of statement a text is, and whether it yields rows. Rejects where it does not parse or bind. */
  async classify(sql: string): Promise<StatementClass> {
    const statements = await this.#connection.extractStatements(sql);
    // a PIVOT without IN is two statements, its values first; anything else that is two was not cut where DuckDB cuts
    if (statements.count !== 1) return /pivot/i.test(sql) ? "rows" : "forbidden";
    const prepared = await statements.prepare(0);
    try {
      return classOf(prepared.statementType);
    } finally {
      prepared.destroySync();
    }
  }

  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/** Types that the client prints as DuckDB does. */
const simpleType = /^(?:[A-Z_]+|DECIMAL\(\d+,\d+\)|TIMESTAMP WITH TIME ZONE)$/;

/** Values by parameter number, from 1. */
export type Parameters = ReadonlyMap<number, SqlValue>;
const none: Parameters = new Map();

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return value instanceof DuckDBMapValue ? value.entries.map((entry) => [String(entry.key), entry.value]) : [];
}

function text([name, value]: readonly [string, unknown]): readonly [string, string] {
  return [name, String(value)];
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function verify(connection: Connection, folders: readonly string[]): Promise<string> {
  const { rows } = await connection.read(
    `SELECT version(), current_setting('enable_external_access'), current_setting('lock_configuration'),
       current_setting('autoload_known_extensions'), current_setting('autoinstall_known_extensions'),
       current_setting('allow_community_extensions'), current_setting('allow_persistent_secrets'),
       array_to_string(current_setting('allowed_directories'), chr(10))`,
  );
  const [version, external, locked, autoload, autoinstall, community, secrets, allowed] = rows[0] ?? [];
  const found = [external, locked, autoload, autoinstall, community, secrets].join(" ");
  const wanted = folders.map((folder) => (folder.endsWith("/") ? folder : `${folder}/`)).sort();
  const isLocked = found === "false true false false false false";
  const isConfined = (allowed ?? "").split("\n").sort().join("\n") === wanted.join("\n");
  if (!version || !isLocked || !isConfined)
    throw new AppError("internal", `the engine did not take its lock-down: ${found}; no statement was run`);
  return version.replace(/^v/, "");
}

/** A user's statement may not write files by name, attach, or load: those are how SQL leaves the database. */
function classOf(type: StatementType): StatementClass {
  switch (type) {
    case StatementType.SELECT:
    case StatementType.CALL:
    case StatementType.EXPLAIN:
    case StatementType.PRAGMA:
      return "rows";
    case StatementType.INSERT:
    case StatementType.UPDATE:
    case StatementType.DELETE:
    case StatementType.MERGE_INTO:
    case StatementType.CREATE:
    case StatementType.CREATE_FUNC:
    case StatementType.ALTER:
    case StatementType.DROP:
    case StatementType.TRANSACTION:
    case StatementType.ANALYZE:
    case StatementType.VACUUM:
    case StatementType.SET:
    case StatementType.VARIABLE_SET:
      return "change";
    case StatementType.ATTACH:
    case StatementType.COPY:
    case StatementType.COPY_DATABASE:
    case StatementType.DETACH:
    case StatementType.EXECUTE:
    case StatementType.EXPORT:
    case StatementType.EXTENSION:
    case StatementType.INVALID:
    case StatementType.LOAD:
    case StatementType.LOGICAL_PLAN:
    case StatementType.MULTI:
    case StatementType.PREPARE:
    case StatementType.RELATION:
    case StatementType.UPDATE_EXTENSIONS:
      return "forbidden";
  }
}

type Bindings = readonly [values: Record<string, DuckDBValue>, types: Record<string, DuckDBType>] | readonly [];

function bindings(params: Parameters): Bindings {
  if (params.size === 0) return [];
  const values: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType> = {};
  for (const [index, value] of params) {
    const type = typeOf(value);
    types[index] = type;
    values[index] = valueOf(value, type);
  }
  return [values, types];
}

/** The type that a JavaScript value is bound with: whole numbers as INTEGER or BIGINT, instants as TIMESTAMPTZ. */
function typeOf(value: SqlValue): DuckDBType {
  if (value === null) return SQLNULL;
  if (typeof value === "boolean") return BOOLEAN;
  if (typeof value === "string") return VARCHAR;
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT;
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return DOUBLE;
    return value === (value | 0) ? INTEGER : BIGINT;
  }
  if (value instanceof Date) return TIMESTAMPTZ;
  if (value instanceof Uint8Array) return BLOB;
  return LIST(value.map(typeOf).reduce(wider, SQLNULL));
}

const numberRank: readonly DuckDBType[] = [INTEGER, BIGINT, HUGEINT, DOUBLE];

function wider(a: DuckDBType, b: DuckDBType): DuckDBType {
  if (a === SQLNULL) return b;
  if (b === SQLNULL || a.toString() === b.toString()) return a;
  const [i, j] = [numberRank.indexOf(a), numberRank.indexOf(b)];
  if (i !== -1 && j !== -1) return numberRank[Math.max(i, j)] ?? DOUBLE;
  throw new AppError(
    "query_failed",
    `a list cannot be bound that mixes ${a.toString()} and ${b.toString()}; make its items alike`,
  );
}

function valueOf(value: SqlValue, type: DuckDBType): DuckDBValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return type === BIGINT || type === HUGEINT ? BigInt(value) : value;
  if (typeof value === "bigint") return type === DOUBLE ? Number(value) : value;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new AppError("query_failed", "an invalid Date cannot be bound");
    return new DuckDBTimestampTZValue(BigInt(value.getTime()) * 1000n);
  }
  if (value instanceof Uint8Array) return new DuckDBBlobValue(value);
  const item = "valueType" in type ? type.valueType : SQLNULL;
  return new DuckDBListValue(value.map((entry) => valueOf(entry, item)));
}

/** Whether an error says that the statement was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return /"exception_type":"INTERRUPT"|^INTERRUPT/i.test(messageOf(error));
}
