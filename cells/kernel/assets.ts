import { decodeArrow, readSchemaMetadata } from "../data/arrow.ts";
import { fromRowForm } from "../data/row-form.ts";
import { readRowForm, rowFormKey } from "../model/row-form.ts";
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

/**
 * The very value that a JavaScript cell would give again, from its stored result: undefined where that does not say what the value was,
 * and the cell is to run. Rows need a form beside them. In JSON, what looks as a Date does when it is written may have been one.
 */
export async function valueOfResult(host: KernelHost, asset: AssetValue, signal: AbortSignal): Promise<unknown> {
  if (asset.type === "json") return dateText.test(asset.text) ? undefined : (JSON.parse(asset.text) as unknown);
  const bytes = await host.rows({ relation: asset.relation.id }, signal);
  const form = readRowForm(readSchemaMetadata(bytes).get(rowFormKey));
  if (form === null) return undefined;
  const table = decodeArrow(bytes);
  return form === "table" ? rememberOrigin(table, asset.relation) : fromRowForm(form, table);
}

/** `Date.prototype.toJSON` */
const dateText = /"(?:[+-]\d{6}|\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/;

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
