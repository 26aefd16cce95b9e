import { AppError, messageOf } from "../../cells/errors.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { PortChannel } from "../../cells/protocol/port-channel.ts";
import type { RowRange } from "./parquet-codec.ts";
import type { ParquetCalls } from "./parquet-worker.ts";
import workerUrl from "./parquet-worker.ts?worker&url";

/**
 * A Parquet file that is decoded in a worker of the page: the page itself never waits for a decoder. It takes the bytes for its own.
 */
export class ParquetFile {
  readonly #name: string;
  readonly #file: number;
  readonly #opened: Promise<unknown>;

  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#file = ++opened;
    // a view of a larger buffer cannot be moved alone
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    this.#opened = call("open", { file: this.#file, bytes: own });
    this.#opened.catch(() => undefined);
  }

  /** Rows as an Arrow IPC stream; all of them for null. Rejects with `query_failed` where the bytes are no Parquet. */
  async rows(range: RowRange | null): Promise<Uint8Array> {
    try {
      await this.#opened;
      return await call("rows", { file: this.#file, range });
    } catch (cause) {
      throw new AppError(
        "query_failed",
        `${this.#name} cannot be read as Parquet: ${messageOf(cause)}; check the file`,
        { cause },
      );
    }
  }

  /** Lets the worker forget the bytes. */
  close(): void {
    void this.#opened.then(() => call("close", { file: this.#file })).catch(() => undefined);
  }
}

/** An Arrow IPC stream as a Parquet file (zstd). Rejects with `value_not_storable` for types that Parquet has not. */
export async function arrowToParquet(ipc: Uint8Array): Promise<Uint8Array> {
  try {
    // the caller keeps its bytes
    return await call("encode", { ipc: ipc.slice() });
  } catch (cause) {
    throw new AppError(
      "value_not_storable",
      `the rows cannot be written as Parquet: ${messageOf(cause)}; cast the columns`,
      { cause },
    );
  }
}

/** Starts the worker, so that its codec is there when it is needed. */
export function warmParquet(): void {
  connect();
}

let opened = 0;
let peer: Peer | null = null;

async function call<M extends keyof ParquetCalls>(method: M, request: ParquetCalls[M]): Promise<Uint8Array> {
  return (await connect().call(method, request)) as Uint8Array;
}

function connect(): Peer {
  if (peer !== null) return peer;
  const worker = new Worker(workerUrl, { type: "module" });
  const { port1, port2 } = new MessageChannel();
  const channel = new PortChannel(port1);
  const made = (peer = new Peer({ channel }));
  worker.postMessage(port2, [port2]);
  worker.onerror = () => {
    // what waits for it fails, and the next call starts another
    if (peer === made) peer = null;
    made.close();
  };
  return made;
}
