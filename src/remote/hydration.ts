import type { OutputOf } from "../../cells/api/routes.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { versionOfPartitions } from "../../cells/staleness/version.ts";
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
  { output, recipe, bound, versions }: HydrationRequest,
  now: number,
): StoredResult | null {
  const { slice } = recipe;
  const latest = (key: AssetKey, of = ""): HydrationFact | undefined =>
    facts.find(({ asset, partition }) => asset === key && partition === of);
  const self = AssetKey.of(path, output);
  const fact = latest(self, slice?.partition);
  if (fact === undefined || fact.format !== "parquet") return null;
  if (fact.codeVersion !== recipe.codeVersion || fact.bound !== bound) return null;
  if (fact.expiresAt !== null && fact.expiresAt <= now) return null;
  for (const key of recipe.relations) {
    const isOwn = AssetKey.notebook(key) === path.replace(/\.html$/, "");
    const present =
      key === self
        ? versionOfPartitions((slice?.earlier ?? []).map((of) => [of, latest(self, of)?.dataVersion]))
        : isOwn
          ? versions.get(key)
          : latest(key)?.dataVersion;
    if (typeof present !== "string" || fact.inputs[key] !== present) return null;
  }
  return recipe.files.every((file) => fact.inputs[`file:${file}`] === fileVersions[file]) ? toStored(fact) : null;
}

/** Whether there is a result of each of these code versions. */
export function hasAll({ facts }: HydrationFacts, codeVersions: readonly string[]): boolean {
  const held = new Set(facts.map(({ codeVersion }) => codeVersion));
  return codeVersions.length > 0 && codeVersions.every((version) => held.has(version));
}

/** A fact as a host reads it. Null for one that has no bytes. */
export function toStored(fact: HydrationFact): StoredResult | null {
  const { format, sha256, dataVersion, rows, bytes, schema, createdAt } = fact;
  return format === "virtual" ? null : { format, sha256, dataVersion, rows, bytes, schema, createdAt };
}
