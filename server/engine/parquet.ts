import { openAsBlob } from "node:fs";
import { createRequire } from "node:module";
import type * as ParquetWasm from "parquet-wasm";
import { AppError, messageOf } from "../../cells/errors.ts";
import { fileMagic, streamOfFile } from "./arrow-ipc.ts";

type Wasm = typeof ParquetWasm;
let loaded: Wasm | null = null;

/** The only file of the server that names `parquet-wasm`. Loaded on first use: 25 ms and 14 MB. */
function wasm(): Wasm {
  loaded ??= createRequire(import.meta.url)("parquet-wasm/node") as Wasm;
  return loaded;
}

/** Parquet bytes as one Arrow IPC stream. Throws `query_failed` where they cannot be read. */
export function parquetToArrow(bytes: Uint8Array): Uint8Array {
  return guarded(() => wasm().readParquet(bytes, { batchSize: rowsPerBatch }).intoIPCStream());
}

/** An Arrow IPC stream (or file) as Parquet bytes. Throws `query_failed` where it holds types that Parquet does not. */
export function arrowToParquet(bytes: Uint8Array): Uint8Array {
  return guarded(() => {
    const { Table, WriterPropertiesBuilder, Compression, writeParquet } = wasm();
    const table = Table.fromIPCStream(isArrowFile(bytes) ? streamOfFile(bytes) : bytes);
    return writeParquet(table, new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).build());
  });
}

/** The row groups of a Parquet file, each as an Arrow IPC stream; one in memory at a time. An empty table gives one. */
export async function* rowGroupsOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await wasm().ParquetFile.fromFile(await openAsBlob(path));
  const metadata = file.metadata();
  const count = metadata.numRowGroups();
  metadata.free();
  try {
    for (let i = 0; i < Math.max(count, 1); i++) {
      const options = count === 0 ? { batchSize: rowsPerBatch } : { rowGroups: [i], batchSize: rowsPerBatch };
      yield (await file.read(options)).intoIPCStream();
    }
  } finally {
    file.free();
  }
}

/** DuckDB's own rows of a group: a batch is then a group, and an Arrow reader gets few large batches. */
const rowsPerBatch = 122_880;
function isArrowFile(bytes: Uint8Array): boolean {
  return fileMagic.every((byte, i) => i >= 6 || bytes[i] === byte);
}

function guarded<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new AppError("query_failed", `the data cannot cross between Arrow and Parquet: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
