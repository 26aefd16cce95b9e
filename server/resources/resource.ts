import type { Column } from "../../cells/model/materialization.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";

/** What a resource is asked. Paths are absolute and below the asker's own temporary folder. */
export type ResourceCall =
  | {
      readonly type: "query";
      readonly strings: readonly string[];
      /** of each of `strings` in the cell's source */
      readonly offsets: readonly number[];
      readonly params: readonly SqlValue[];
      /** where the rows are written; does not exist yet */
      readonly target: string;
    }
  | {
      readonly type: "fetch";
      readonly method: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | null;
    }
  | { readonly type: "check" };

/**
 * What it answers. Rows are a file at `target`: Parquet, or `lines` of JSON in which every value is the text that DuckDB casts to its
 * column's type (bytes are hex), which keeps what JSON would change.
 */
export type ResourceAnswer =
  | { readonly type: "parquet" }
  | { readonly type: "lines"; readonly columns: readonly Column[]; readonly longestBytes: number }
  | {
      readonly type: "response";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "reachable"; readonly what: string };

/** What is asked of a resource by an engine, without the file that rows go to: that is chosen here. */
export type ResourceQuestion =
  Omit<Extract<ResourceCall, { type: "query" }>, "target"> | Exclude<ResourceCall, { type: "query" }>;

/** What an engine gets: rows are a file in its temporary folder. */
export type ResourceReply =
  | {
      readonly type: "rows";
      readonly path: string;
      readonly rows: Exclude<ResourceAnswer, { type: "response" | "reachable" }>;
    }
  | Extract<ResourceAnswer, { type: "response" | "reachable" }>;

/** An engine process → the server: what a cell of the notebook that it has open asks of a resource. */
export interface AskResource {
  readonly notebook: string;
  readonly resource: string;
  readonly question: ResourceQuestion;
}

/** A server that speaks HTTP. A `Secret` is what stands for a secret: a setting that names it, or its value. */
export interface HttpServer<Secret> {
  readonly kind: "http";
  /** every request stays below it; ends in `/` */
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** whether it may be an address of this machine or of a private network */
  readonly isPrivate: boolean;
  readonly methods: readonly string[];
}

/** A database of a PostgreSQL server. */
export interface PostgresDatabase<Secret> {
  readonly kind: "postgres";
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret | null;
  readonly tls: boolean;
}

/** A bucket of a server that speaks S3, or what of it is below a prefix; read only. */
export interface S3Bucket<Secret> {
  readonly kind: "s3";
  /** origin of the server */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** what every name begins with that is asked for: empty, or ends in `/` */
  readonly prefix: string;
  /** whether the bucket is the first part of the path, as MinIO has it, and not of the host's name */
  readonly isPathStyle: boolean;
  /** null: nothing is signed, for buckets that are for everybody */
  readonly keys: {
    readonly accessKey: Secret;
    readonly secretKey: Secret;
    readonly sessionToken: Secret | null;
  } | null;
  readonly isPrivate: boolean;
}

/** Everything that is needed to reach a resource: secrets are values here. Crosses the channel to the resource's own process alone. */
export type Connection =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "duckdb"; readonly path: string }
  | HttpServer<string>
  | S3Bucket<string>
  | PostgresDatabase<string>;

/** What one call gets beside its question. */
export interface CallOptions {
  /** of the resource in `cellar.json`, for messages */
  readonly name: string;
  readonly temporary: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** takes the secrets of the connection out of a text */
  readonly redact: (text: string) => string;
}

/** A kind of resource, open. Lives in a process of its own: a call that does not end is ended with its process. */
export interface Resource {
  /** Throws `query_failed` (data: place in the cell), `resource_failed`, `forbidden`. */
  answer(call: ResourceCall, options: CallOptions): Promise<ResourceAnswer>;
}
