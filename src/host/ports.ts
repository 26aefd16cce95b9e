import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { FileContent, QueryRequest, ResourceFetch, ResourceResponse } from "../../cells/protocol/host.ts";

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
  readonly output: string;
  readonly recipe: HydrationRecipe;
  /** JSON text of the values bound to `${}`, "[]" where there are none */
  readonly bound: string;
  /** data versions of the relations of this notebook that it depends on, as they are in the page; null was computed here */
  readonly versions: ReadonlyMap<AssetKey, string | null>;
}

/** Of what the result of a SQL cell is made, with views of its notebook looked through. What a `${}` brings in is in `bound`. */
export interface HydrationRecipe {
  /** `AssetNode.effectiveCodeVersion` */
  readonly codeVersion: string;
  /** stored relations: of this notebook, and of others as they are published */
  readonly relations: readonly AssetKey[];
  /** paths from the root of the workspace */
  readonly files: readonly string[];
  /** the partition that is shown, and which earlier ones of the same asset it reads; null where it has none */
  readonly slice: { readonly partition: string; readonly earlier: readonly string[] } | null;
}

/**
 * The results that the assets of a workspace of one notebook would have if they were computed now: equal memo keys, from files and
 * assets of other notebooks as they were when the server was asked.
 */
export type FreshResults = (workspace: Workspace, notebook: string) => ReadonlyMap<AssetKey, FreshResult>;

/** A fresh result: kept by the server, or `virtual`: it ran there, and what it gave cannot be kept. */
export type FreshResult = StoredResult | { readonly format: "virtual" };

/** Finds results that need not be computed. */
export interface HydrationPort {
  /** Null where the server has nothing that equals what the request would give. Must be quick: it is asked before each query. */
  find(request: HydrationRequest, signal: AbortSignal): Promise<StoredResult | null>;
  /**
   * Resolves once the server has answered to what tells which of its results are fresh; null where it does not answer. Asked when
   * a notebook is opened.
   */
  fresh(): Promise<FreshResults | null>;
  /** Whether the server has a result of each of these code versions. */
  hasAll(codeVersions: readonly string[], signal: AbortSignal): Promise<boolean>;
}

/** Where a host gets what is not in the page: the server, or its copies that the service worker keeps. */
export interface DataPorts {
  /** A file beside the notebook. Rejects with `file_not_found`. */
  file(name: string, signal: AbortSignal): Promise<FileContent>;
  /**
   * The current result of a published asset, or with `version` (a content hash) one that `HydrationPort.fresh` gave. Rejects with
   * `asset_not_found` or `asset_missing`.
   */
  asset(key: AssetKey, partition: string | null, version: string | null, signal: AbortSignal): Promise<StoredResult>;
  /** The bytes of a file of the lake. Rejects with `lake_damaged` where they do not match the hash. */
  blob(sha256: string, signal: AbortSignal): Promise<Uint8Array>;
  readonly hydration: HydrationPort | null;
  /** What the server reaches for a notebook that it is granted to; null where there is none, as in a shared page. */
  readonly resources: ResourcePort | null;
}

/** Resources of `cellar.json`. Rejects with `resource_missing`, `resource_failed`, `query_failed`, `secret_missing`. */
export interface ResourcePort {
  /** Rows as an Arrow IPC stream. `offsets` are those of the request's strings in its cell's source. */
  query(resource: string, request: QueryRequest, offsets: readonly number[], signal: AbortSignal): Promise<Uint8Array>;
  fetch(request: ResourceFetch, signal: AbortSignal): Promise<ResourceResponse>;
}
