import type { AssetKey } from "./asset-key.ts";

/** One column of a stored table: name and the engine's type, as DuckDB prints it (`DECIMAL(18,3)`, `VARCHAR[]`). */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/**
 * An append-only fact: these bytes, from this code, from those inputs, by that run.
 * `memoKey` is what finds it again; `sha256` is where its bytes are.
 */
export interface Materialization {
  /** store's sequence number: later facts have larger ones */
  readonly seq: number;
  readonly asset: AssetKey;
  /** "" for an asset without partitions */
  readonly partition: string;
  readonly run: string;
  readonly codeVersion: string;
  readonly dataVersion: string;
  /** input asset (or `file:NAME`) → data version that was read */
  readonly inputs: Readonly<Record<string, string>>;
  /** JSON text of the values bound to `${}`, "[]" where there are none */
  readonly bound: string;
  readonly memoKey: string;
  /** "virtual": it ran and its value is not storable; `dataVersion` is then its memo key, `sha256` "" and `bytes` 0 */
  readonly format: "parquet" | "json" | "virtual";
  /** content address: SHA-256 of the file's bytes, hex */
  readonly sha256: string;
  readonly bytes: number;
  /** rows of a table; null for a JSON value */
  readonly rows: number | null;
  readonly schema: readonly Column[];
  /** how long the computation took */
  readonly ms: number;
  readonly engine: string;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  /** when a volatile result stops being fresh, or null */
  readonly expiresAt: number | null;
}
