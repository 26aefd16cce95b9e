import type { OutputOf } from "../../cells/api/routes.ts";
import { resolveAsset } from "../../cells/graph/reference.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { HydrationRequest, StoredResult } from "../host/ports.ts";

/** What the server holds of a notebook's assets and of what they read; content versions of files by path from the root. */
export type HydrationFacts = OutputOf<"hydration">;
export type HydrationFact = HydrationFacts["facts"][number];

/**
 * The result that the server has for exactly this: same code, same parameters, same data of the same inputs, files unchanged, and not
 * expired. Null where anything differs or cannot be told: computing anew is always right.
 */
export function findResult(
  path: string,
  { facts, fileVersions }: HydrationFacts,
  request: HydrationRequest,
  now: number,
): StoredResult | null {
  const key = AssetKey.of(path, request.output);
  const fact = facts.find(({ asset, partition }) => asset === key && partition === "");
  if (fact === undefined || fact.format === "virtual") return null;
  if (fact.codeVersion !== request.codeVersion || fact.bound !== request.bound) return null;
  if (fact.expiresAt !== null && fact.expiresAt <= now) return null;
  const read = new Map<string, string>(
    request.inputs.map(({ schema, name, dataVersion }) => [
      (schema === null ? AssetKey.of(path, name) : resolveAsset(path, schema, name)) ?? name,
      dataVersion,
    ]),
  );
  const recorded = Object.entries(fact.inputs);
  const files = recorded.filter(([input]) => input.startsWith("file:"));
  if (files.length !== request.files.length || recorded.length - files.length !== read.size) return null;
  for (const [input, version] of recorded) {
    const present = input.startsWith("file:") ? fileVersions[input.slice(5)] : read.get(input);
    if (present !== version) return null;
  }
  return toStored(fact);
}

/** A fact as a host reads it. Null for one that has no bytes. */
export function toStored(fact: HydrationFact): StoredResult | null {
  const { format, sha256, dataVersion, rows, bytes, schema, createdAt } = fact;
  return format === "virtual" ? null : { format, sha256, dataVersion, rows, bytes, schema, createdAt };
}
