import type { AssetKey } from "../model/asset-key.ts";
import type { Cause } from "./cause.ts";
import type { Staleness } from "./staleness.ts";

/**
 * Why each asset is not what it will be once everything is brought up to date: its own causes, and as `pending` those of
 * the inputs that are still to change. The leaves of the trees are what has to be looked at. Where `stalenessOf` says what
 * needs work now (Dagster's rule V7), this says what the work will reach. Trees are shared, not copied.
 */
export function transitiveCauses(staleness: ReadonlyMap<AssetKey, Staleness>): ReadonlyMap<AssetKey, readonly Cause[]> {
  const result = new Map<AssetKey, readonly Cause[]>();
  // in the order of the graph each stands behind what it reads
  for (const [key, { status, causes, affectedBy }] of staleness) {
    const own: Cause[] =
      status === "missing" || status === "failed" ? [{ type: status, asset: key }, ...causes] : [...causes];
    for (const input of affectedBy) own.push({ type: "pending", asset: key, input, causes: result.get(input) ?? [] });
    result.set(key, own);
  }
  return result;
}
