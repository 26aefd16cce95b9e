import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { FileContent } from "../../cells/protocol/host.ts";

/** A result that the server keeps: an immutable file of its lake, found by content hash. */
export interface StoredResult {
  readonly format: "parquet" | "json";
  readonly sha256: string;
  readonly dataVersion: string;
  readonly rows: number | null;
  readonly bytes: number;
  readonly schema: readonly Column[];
  /** milliseconds since 1970 */
  readonly createdAt: number;
}

/** What a cell is about to compute, for finding the result that the server already has. */
export interface HydrationRequest {
  readonly cell: number;
  readonly output: string;
  readonly codeVersion: string;
  /** JSON text of the values bound to `${}`, "[]" where there are none */
  readonly bound: string;
  /** relation inputs: the name as the cell reads it, and its data version */
  readonly inputs: readonly { readonly schema: string | null; readonly name: string; readonly dataVersion: string }[];
  /** files that it reads, as written */
  readonly files: readonly string[];
}

/** Finds results that need not be computed. */
export interface HydrationPort {
  /** Null where the server has nothing that equals what the request would give. Must be quick: it is asked before each query. */
  find(request: HydrationRequest, signal: AbortSignal): Promise<StoredResult | null>;
}

/** Where a host gets what is not in the page: the server, or its copies that the service worker keeps. */
export interface DataPorts {
  /** A file beside the notebook. Rejects with `file_not_found`. */
  file(name: string, signal: AbortSignal): Promise<FileContent>;
  /** The current result of a published asset. Rejects with `asset_not_found` or `asset_missing`. */
  asset(key: AssetKey, partition: string | null, signal: AbortSignal): Promise<StoredResult>;
  /** The bytes of a file of the lake. Rejects with `lake_damaged` where they do not match the hash. */
  blob(sha256: string, signal: AbortSignal): Promise<Uint8Array>;
  readonly hydration: HydrationPort | null;
}
