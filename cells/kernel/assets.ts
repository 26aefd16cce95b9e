import { decodeArrow } from "../data/arrow.ts";
import type { AssetValue, KernelHost, Relation } from "../protocol/host.ts";
import { isRelation, rememberOrigin, toRelation } from "./relations.ts";

/** Fetches the rows of a relation as JavaScript sees them: an `ArrowTable`. */
export async function fetchRows(host: KernelHost, relation: Relation, signal: AbortSignal): Promise<object> {
  const bytes = await host.rows({ relation: relation.id }, signal);
  return rememberOrigin(decodeArrow(bytes), relation);
}

/** What JavaScript sees of a published asset: the rows of a relation, or the JSON value. */
export function valueOfAsset(host: KernelHost, asset: AssetValue, signal: AbortSignal): unknown {
  return asset.type === "json" ? JSON.parse(asset.text) : fetchRows(host, asset.relation, signal);
}

/** Marks the relation of a published asset as one. */
export function markAsset(asset: AssetValue): AssetValue {
  if (asset.type === "relation") toRelation(asset.relation);
  return asset;
}

/** Reads the value of a hidden variable that holds an asset. */
export function isAssetValue(value: unknown): value is AssetValue {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  if (value.type === "relation") return "relation" in value && isRelation(value.relation);
  return value.type === "json" && "text" in value && typeof value.text === "string";
}
