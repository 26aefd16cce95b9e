import { AppError } from "../../cells/errors.ts";
import { encodeArrow } from "../../cells/data/arrow.ts";
import type { AssetValue, KernelHost, LogLevel, QueryRequest, Relation } from "../../cells/protocol/host.ts";

/** What a fake host was asked, in order. */
export interface HostCalls {
  readonly queries: QueryRequest[];
  readonly rows: string[];
  readonly puts: { readonly name: string; readonly cell: number }[];
  readonly assets: string[];
  readonly cancelled: string[];
  readonly logs: { readonly cell: number | null; readonly level: LogLevel; readonly text: string }[];
  /** resolves as soon as the list has an entry */
  first(list: "queries" | "cancelled"): Promise<void>;
}

/**
 * A host without an engine. A query gives one row `{text, n}`: the text with its parameters as `?` and the first
 * parameter; its relation is named after text, parameters and the relations it reads. A text with `SLEEP` never answers
 * and a text with `FAIL` is refused.
 */
export function fakeHost(assets: Readonly<Record<string, unknown>> = {}): {
  readonly host: KernelHost;
  readonly calls: HostCalls;
} {
  const queried = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const calls: HostCalls = {
    queries: [],
    rows: [],
    puts: [],
    assets: [],
    cancelled: [],
    logs: [],
    first: (list) => (list === "queries" ? queried : cancelled).promise,
  };
  const stored = new Map<string, Uint8Array>();
  const store = (id: string, arrow: Uint8Array): Relation => {
    stored.set(id, arrow);
    return { id, columns: [], rows: null };
  };
  const host: KernelHost = {
    async query(request, signal) {
      calls.queries.push(request);
      queried.resolve();
      const text = request.strings.join("?");
      if (text.includes("FAIL"))
        throw new AppError("query_failed", `no such table in ${text}`, { data: { offset: 7, line: 1, column: 8 } });
      if (text.includes("SLEEP"))
        await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            calls.cancelled.push(text);
            cancelled.resolve();
            reject(signal.reason);
          });
        });
      const id = JSON.stringify([text, request.params.map(String), request.tables.map(({ relation }) => relation)]);
      return store(id, encode([{ text, n: request.params[0] ?? null }]));
    },
    async rows({ relation }) {
      calls.rows.push(relation);
      const bytes = stored.get(relation);
      if (bytes === undefined) throw new AppError("query_failed", `no relation is named ${relation}`);
      return bytes.slice();
    },
    async put({ name, cell, arrow }) {
      calls.puts.push({ name, cell });
      return store(`put ${name} ${calls.puts.length}`, arrow);
    },
    async asset({ key }): Promise<AssetValue> {
      calls.assets.push(key);
      const value = assets[key];
      if (value === undefined) throw new AppError("asset_missing", `${key} has not been materialized`);
      const arrow = encodeArrow(value);
      return arrow === null
        ? { type: "json", text: JSON.stringify(value) }
        : { type: "relation", relation: store(`asset ${key}`, arrow) };
    },
    async file({ name }) {
      if (name !== "numbers.csv") throw new AppError("file_not_found", `no file is named ${name}`);
      return { name, bytes: new TextEncoder().encode("a,b\n1,x\n2,y\n"), mimeType: "text/csv", lastModified: 0 };
    },
    log: (entry) => void calls.logs.push(entry),
  };
  return { host, calls };
}

function encode(rows: readonly Readonly<Record<string, unknown>>[]): Uint8Array {
  const bytes = encodeArrow(rows);
  if (bytes === null) throw new Error("rows of a test cannot be encoded");
  return bytes;
}
