import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";
import workerUrl from "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url";
import wasmUrl from "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url";
import { AppError } from "../../cells/errors.ts";
import { engineError } from "./engine-error.ts";

/** How long the engine computes between two looks at its other callers: how soon a cancelled query stops. Each look waits for the page. */
const pollMs = 80;

/** Settings of every database, in this order: nothing is loaded, nothing outside is read, nothing can be set back. */
const settings = [
  "set autoload_known_extensions = false",
  "set autoinstall_known_extensions = false",
  "set allowed_directories = ['files/']",
  "set enable_external_access = false",
  "set lock_configuration = true",
  // the engine has no ICU, which would define these
  "create macro current_date() as (now()::timestamp::date)",
  "create macro today() as (now()::timestamp::date)",
  // files that are not the engine's own to read are views under their names: see tables.ts
  ...["read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_ndjson"].map(
    (name) => `create macro ${name}(path) as table from query_table('"' || replace(path, '"', '""') || '"')`,
  ),
];

/**
 * DuckDB-Wasm in its own worker, in memory: a cache and a calculator, never the record. Every statement runs as a pending
 * query, so that others get their turn and it can be cancelled. Nothing here knows of cells.
 */
export class Engine {
  readonly version: string;
  readonly #db: AsyncDuckDB;
  readonly #worker: Worker;

  private constructor(db: AsyncDuckDB, worker: Worker, version: string) {
    this.#db = db;
    this.#worker = worker;
    this.version = version;
  }

  /** Starts the worker and an empty database (about a second). Rejects with `query_failed` where Wasm cannot run. */
  static async open(): Promise<Engine> {
    const worker = new Worker(workerUrl);
    try {
      const db = new AsyncDuckDB(new VoidLogger(), worker);
      await db.instantiate(new URL(wasmUrl, location.href).href);
      await db.open({ path: ":memory:", query: { queryPollingInterval: pollMs } });
      const engine = new Engine(db, worker, (await db.getVersion()).replace(/^v/, ""));
      const connection = await engine.connect();
      for (const setting of settings) await connection.run(setting);
      await connection.close();
      return engine;
    } catch (cause) {
      worker.terminate();
      throw new AppError("query_failed", `the database engine did not start: ${String(cause)}; reload the page`, {
        cause,
      });
    }
  }

  async connect(): Promise<EngineConnection> {
    return new EngineConnection(this.#db, await this.#db.connectInternal());
  }

  /** Makes bytes readable as `files/NAME`. The engine keeps them until `dropFile`. */
  async addFile(name: string, bytes: Uint8Array): Promise<void> {
    // the worker takes the buffer for its own, and a caller may still need it
    await this.#db.registerFileBuffer(`files/${name}`, bytes.slice());
  }

  async dropFile(name: string): Promise<void> {
    await this.#db.dropFile(`files/${name}`);
  }

  /** Ends the worker with all that it holds. */
  close(): void {
    this.#worker.terminate();
  }
}

/** One connection: its own temporary views, variables and search path. One statement at a time. */
export class EngineConnection {
  readonly #db: AsyncDuckDB;
  readonly #id: number;

  constructor(db: AsyncDuckDB, id: number) {
    this.#db = db;
    this.#id = id;
  }

  /** Runs one statement to its end and drops what it returns. */
  async run(sql: string, signal?: AbortSignal): Promise<void> {
    // it has run to its end when its header comes; what is not fetched goes with the next statement
    await this.#pending(sql, signal, () => Promise.resolve());
  }

  /** Runs one statement and gives its rows as an Arrow IPC stream. Cancellable; best for what may take long. */
  async arrow(sql: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#pending(sql, signal, async (header) => {
      const chunks = [header];
      for (;;) {
        const chunk = await this.#db.fetchQueryResults(this.#id);
        if (chunk === null || chunk.length === 0) break;
        signal?.throwIfAborted();
        chunks.push(chunk);
      }
      return concatenate(chunks);
    });
  }

  /** The rows of a statement that is quick, in one piece: half the time of `arrow` for a million rows, but not cancellable. */
  async arrowAtOnce(sql: string): Promise<Uint8Array> {
    try {
      const file = await this.#db.runQuery(this.#id, sql);
      return file.subarray(arrowFileMagic);
    } catch (error) {
      throw engineError(error, sql);
    }
  }

  /** Makes a table of an Arrow IPC stream. With `isOwn` the bytes are the engine's from then on, which saves a copy. */
  async insertArrow(table: TableName, ipc: Uint8Array, isOwn = false): Promise<void> {
    try {
      // in one piece and with the mark of its end: pieces before it are freed while the engine still reads strings of them
      const stream = isOwn && isWhole(ipc) && hasEnd(ipc) ? ipc : withEnd(ipc);
      await this.#db.insertArrowFromIPCStream(this.#id, stream, { ...table, create: true });
    } catch (error) {
      throw engineError(error, "");
    }
  }

  /** Makes a table of the JSON file `files/FILE`: an array of objects, or an object a line. */
  async insertJson(table: TableName, file: string): Promise<void> {
    try {
      await this.#db.insertJSONFromPath(this.#id, `files/${file}`, { ...table, create: true });
    } catch (error) {
      throw engineError(error, "");
    }
  }

  async close(): Promise<void> {
    await this.#db.disconnect(this.#id);
  }

  async #pending<T>(
    sql: string,
    signal: AbortSignal | undefined,
    read: (header: Uint8Array) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    let running = true;
    const cancel = (): void => void (running && this.#db.cancelPendingQuery(this.#id).catch(() => {}));
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      let header = await this.#db.startPendingQuery(this.#id, sql, false);
      while (header === null) {
        // an abort that came while the statement was being started found nothing to cancel
        if (signal?.aborted) cancel();
        header = await this.#db.pollPendingQuery(this.#id);
      }
      running = false;
      return await read(header);
    } catch (error) {
      signal?.throwIfAborted();
      throw engineError(error, sql);
    } finally {
      running = false;
      signal?.removeEventListener("abort", cancel);
    }
  }
}

/** A table in a schema of the engine. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** `ARROW1` and padding, which stand before the stream in the file format that `runQuery` gives. */
const arrowFileMagic = 8;
const endOfStream = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]);

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Whether bytes are all of their buffer, which is what can be handed over. */
function isWhole(bytes: Uint8Array): boolean {
  return bytes.byteLength === bytes.buffer.byteLength;
}

function hasEnd(ipc: Uint8Array): boolean {
  const at = ipc.byteLength - endOfStream.byteLength;
  return at > 0 && endOfStream.every((byte, i) => ipc[at + i] === byte);
}

/** A copy of a stream, to be handed over, with the mark of its end, which some writers leave out. */
function withEnd(ipc: Uint8Array): Uint8Array {
  if (hasEnd(ipc)) return ipc.slice();
  const whole = new Uint8Array(ipc.byteLength + endOfStream.byteLength);
  whole.set(ipc);
  whole.set(endOfStream, ipc.byteLength);
  return whole;
}
