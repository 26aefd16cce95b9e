import wasmUrl from "parquet-wasm/esm/parquet_wasm_bg.wasm?url";
import initParquet, { Compression, readParquet, Table, WriterPropertiesBuilder, writeParquet } from "parquet-wasm/esm";
import { AppError } from "../../cells/errors.ts";

let ready: Promise<unknown> | null = null;

// rows of one batch: with the decoder's 1024, three million rows took 1.2 s instead of 0.35 s, and the engine longer still
const batchSize = 122_880;

/** The rows of a Parquet file as an Arrow IPC stream. The decoder (5 MB) is fetched on first use. Rejects with `query_failed`. */
export async function parquetToArrow(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  await (ready ??= initParquet({ module_or_path: wasmUrl }));
  try {
    return readParquet(bytes, { batchSize }).intoIPCStream();
  } catch (cause) {
    throw new AppError("query_failed", `${name} cannot be read as Parquet: ${String(cause)}; check the file`, {
      cause,
    });
  }
}

/** An Arrow IPC stream as a Parquet file (zstd). Rejects with `value_not_storable` for types that Parquet has not. */
export async function arrowToParquet(ipc: Uint8Array): Promise<Uint8Array> {
  await (ready ??= initParquet({ module_or_path: wasmUrl }));
  try {
    const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).build();
    return writeParquet(Table.fromIPCStream(ipc), properties);
  } catch (cause) {
    throw new AppError(
      "value_not_storable",
      `the rows cannot be written as Parquet: ${String(cause)}; cast the columns`,
      {
        cause,
      },
    );
  }
}
