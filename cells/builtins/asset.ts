import { decodeArrow } from "../data/arrow.ts";
import { AppError } from "../errors.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { KernelHost } from "../protocol/host.ts";
import type { CellScope } from "./scoped.ts";

/** Options of `asset(…)` in a cell. */
export interface AssetOptions {
  /** key of the partition to read; all that fits the reader's own partition unless told */
  readonly partition?: string;
}

/**
 * `asset("sales/orders")` of cells: the asset as the server last published it, rows for a table and the value for JSON.
 * Rejects with `asset_missing`; throws `usage` for a key that is none.
 */
export function assetReader(
  host: KernelHost,
  scope: CellScope,
): (key: string, options?: AssetOptions) => Promise<unknown> {
  return async (key, { partition } = {}) => {
    if (partition !== undefined && typeof partition !== "string")
      throw new AppError(
        "usage",
        `the partition of asset(${JSON.stringify(key)}) is no text; write {partition: "2026-01-31"}`,
      );
    const { signal } = scope;
    const value = await host.asset({ key: AssetKey.parse(String(key)), partition: partition ?? null }, signal);
    if (value.type === "json") return JSON.parse(value.text) as unknown;
    return decodeArrow(await host.rows({ relation: value.relation.id }, signal));
  };
}
