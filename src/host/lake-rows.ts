import type { RowRange } from "./parquet-codec.ts";
import { ParquetFile } from "./parquet.ts";

/**
 * The rows of a Parquet file of the lake. They are read from the file itself, a page at a time, so that looking at them needs no
 * engine; the first query that reads them makes a table of them. The file is fetched when its first row is asked for.
 */
export class LakeRows {
  readonly #name: string;
  readonly #fetch: () => Promise<Uint8Array>;
  readonly #load: (arrow: Uint8Array) => Promise<string>;
  #file: Promise<ParquetFile> | null = null;
  #table: Promise<string> | null = null;

  constructor(options: {
    /** what it is called in messages */
    readonly name: string;
    readonly fetch: () => Promise<Uint8Array>;
    /** makes a table of an Arrow IPC stream, which it may keep, and gives its name */
    readonly load: (arrow: Uint8Array) => Promise<string>;
  }) {
    this.#name = options.name;
    this.#fetch = options.fetch;
    this.#load = options.load;
  }

  /** Whether the engine has them. */
  get isTable(): boolean {
    return this.#table !== null;
  }

  /** Fetches the file, for somebody who is about to look at it. */
  prefetch(): void {
    void this.#open().catch(() => undefined);
  }

  /** Rows as an Arrow IPC stream; all of them for null. Its schema has the file's own metadata. */
  async rows(range: RowRange | null): Promise<Uint8Array> {
    return (await this.#open()).rows(range);
  }

  /** The table that holds them in the engine. */
  table(): Promise<string> {
    return (this.#table ??= this.rows(null)
      .then(this.#load)
      .catch((error: unknown) => {
        this.#table = null;
        throw error;
      }));
  }

  /** Gives up file and table; the name of the table that is to be dropped, or null. */
  async close(): Promise<string | null> {
    (await this.#file?.catch(() => null))?.close();
    return this.#table?.catch(() => null) ?? null;
  }

  #open(): Promise<ParquetFile> {
    return (this.#file ??= this.#fetch()
      .then((bytes) => new ParquetFile(this.#name, bytes))
      .catch((error: unknown) => {
        this.#file = null;
        throw error;
      }));
  }
}
