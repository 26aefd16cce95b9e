import type { AssetKey } from "../model/asset-key.ts";

/** Why a result is not what would come out now. `causes` go on toward the root; a cause without any is a root cause. */
export type Cause =
  /** the code of `asset` is another */
  | { readonly type: "code"; readonly asset: AssetKey }
  /** `asset` reads something that it did not read, or no longer does; `input` is an asset's key or `file:NAME` */
  | {
      readonly type: "dependency";
      readonly asset: AssetKey;
      readonly change: "added" | "removed";
      readonly input: string;
    }
  /** `asset` read other data of `input`, which came at `at` */
  | {
      readonly type: "data";
      readonly asset: AssetKey;
      readonly input: AssetKey;
      readonly at: number | null;
      readonly causes: readonly Cause[];
    }
  /** `input` was materialized again, with other data */
  | { readonly type: "materialized"; readonly asset: AssetKey; readonly at: number; readonly partition?: string }
  /** a file has other bytes */
  | { readonly type: "file"; readonly asset: AssetKey; readonly file: string }
  /** the result is volatile and its time is over */
  | { readonly type: "expired"; readonly asset: AssetKey; readonly at: number }
  /** it was made with other params */
  | { readonly type: "params"; readonly asset: AssetKey }
  /** it was made by another major version of the engine */
  | { readonly type: "engine"; readonly asset: AssetKey; readonly was: string }
  /** what `asset` reads is not up to date, for these reasons: once it is, `asset` may change too */
  | { readonly type: "pending"; readonly asset: AssetKey; readonly input: AssetKey; readonly causes: readonly Cause[] }
  /** it was never materialized, or its last run failed */
  | { readonly type: "missing" | "failed"; readonly asset: AssetKey };

/** The leaves of the trees: what happened in the first place, each once, in order. */
export function rootCauses(causes: readonly Cause[]): readonly Cause[] {
  const roots = new Map<string, Cause>();
  const visit = (cause: Cause): void => {
    if ((cause.type === "data" || cause.type === "pending") && cause.causes.length > 0) cause.causes.forEach(visit);
    else roots.set(JSON.stringify(cause), cause);
  };
  causes.forEach(visit);
  return [...roots.values()];
}
