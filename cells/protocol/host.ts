import type { AssetKey } from "../model/asset-key.ts";
import type { Metadata } from "../model/metadata.ts";
import type { Column } from "../model/materialization.ts";

/**
 * A table in the host's engine, known by name. Two relations with the same `id` hold the same rows: the kernel does not
 * recompute for an equal id. Rows cross the boundary only by `rows`.
 */
export interface Relation {
  /** the engine's name of it; opaque to the kernel */
  readonly id: string;
  readonly columns: readonly Column[];
  /** null where counting would cost a scan */
  readonly rows: number | null;
}

/** What JavaScript may bind to a `${}` of a SQL cell. Dates are instants; bigint is BIGINT or HUGEINT. */
export type SqlValue = null | boolean | number | bigint | string | Date | Uint8Array | readonly SqlValue[];

/** A name that a SQL text reads, and the relation that it stands for. */
export interface TableBinding {
  readonly schema: string | null;
  readonly name: string;
  readonly relation: string;
}

/** One SQL text with its parameters: `strings` are cut at the parameters, `strings.length === params.length + 1`. */
export interface QueryRequest {
  readonly cell: number;
  /** the name under which the cell exposes the result; null for a cell without one and for the `sql` tag */
  readonly output: string | null;
  readonly strings: readonly string[];
  readonly params: readonly SqlValue[];
  readonly tables: readonly TableBinding[];
  /** files that the text names, to be made readable before it runs */
  readonly files: readonly string[];
  /** the resource that is asked in place of the notebook's own engine; its tables and files are its own */
  readonly database?: string;
}

/** What a cell asks of a resource that answers HTTP. `path` is relative to its address. */
export interface ResourceFetch {
  readonly resource: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Its answer, whole. */
export interface ResourceResponse {
  readonly status: number;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** Which rows of a relation, and in which order. */
export interface RowsRequest {
  readonly relation: string;
  readonly offset?: number;
  readonly limit?: number;
  readonly orderBy?: readonly { readonly column: string; readonly descending: boolean }[];
}

/** A stored asset as a kernel sees it. */
export type AssetValue =
  { readonly type: "relation"; readonly relation: Relation } | { readonly type: "json"; readonly text: string };

/** An asset that a kernel asks for. */
export interface AssetRequest {
  readonly key: AssetKey;
  readonly partition: string | null;
  /** the content hash of one result, in place of the one that is published now: only what `KernelCell.hydrated` named */
  readonly version?: string;
  /** the partitions that the cell of this asset reads of it: those before the one that it computes. JSON null where there are none */
  readonly earlier?: true;
}

/** A file of the workspace, whole. */
export interface FileContent {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  /** milliseconds since 1970 */
  readonly lastModified: number;
}

export type LogLevel = "debug" | "log" | "info" | "warn" | "error";

/** What a kernel may ask of the place it runs in. Nothing else reaches the outside. Every call ends early on `signal`. */
export interface KernelHost {
  /** Runs a SQL text; its result becomes a relation. Rejects with `query_failed` (data: position in the cell's source). */
  query(request: QueryRequest, signal: AbortSignal): Promise<Relation>;
  /** Rows of a relation as an Arrow IPC stream. */
  rows(request: RowsRequest, signal: AbortSignal): Promise<Uint8Array>;
  /** Makes a relation of rows that JavaScript computed, given as an Arrow IPC stream. */
  put(
    request: { readonly cell: number; readonly name: string; readonly arrow: Uint8Array },
    signal: AbortSignal,
  ): Promise<Relation>;
  /** Reads an asset of this or another notebook, as the server last published it. Rejects with `asset_missing`. */
  asset(request: AssetRequest, signal: AbortSignal): Promise<AssetValue>;
  /** Reads a file of the workspace. Rejects with `file_not_found`. */
  file(request: { readonly name: string }, signal: AbortSignal): Promise<FileContent>;
  /** Asks a resource. Hosts without it have no resources: those are the server's. Rejects with `resource_missing`, `resource_failed`. */
  fetch?(request: ResourceFetch, signal: AbortSignal): Promise<ResourceResponse>;
  /** What a cell tells of its result, all of it each time. Hosts without it keep nothing of that: the page is one. */
  meta?(entry: { readonly cell: number; readonly metadata: Metadata }): void;
  /** `console.*` of a cell, as text; `cell` is null where it cannot be told. */
  log(entry: { readonly cell: number | null; readonly level: LogLevel; readonly text: string }): void;
}
