import type { KnownAsset, KnownRun } from "../../cells/automation/known-facts.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { jobTargetOf } from "../jobs/job-request.ts";
import type { Store } from "../store/store.ts";

const mostRuns = 10_000;

/** What the store knows of assets that was made by `until`: those of which it knows anything. */
export async function knownAssets(
  store: Pick<Store, "pointers" | "failures">,
  assets: readonly AssetKey[],
  until = Infinity,
): Promise<ReadonlyMap<string, KnownAsset>> {
  const known = new Map<string, { materialized: KnownAsset["materialized"][number][]; failed: string[] }>();
  const of = (key: string) => {
    const found = known.get(key) ?? { materialized: [], failed: [] };
    known.set(key, found);
    return found;
  };
  for (const { asset, partition, run, codeVersion, createdAt } of await store.pointers(assets))
    if (createdAt <= until) of(asset).materialized.push({ partition, run, codeVersion, at: createdAt });
  const wanted = new Set<string>(assets);
  for (const { asset, partition } of await store.failures()) if (wanted.has(asset)) of(asset).failed.push(partition);
  return known;
}

/** The runs that have not ended. */
export async function liveRuns(store: Pick<Store, "runs" | "runTargets">): Promise<readonly KnownRun[]> {
  const runs = await store.runs({
    limit: mostRuns,
    states: ["queued", "starting", "running", "cancelling", "interrupted"],
  });
  const targets = await store.runTargets(runs.map(({ id }) => id));
  return Array.from(targets, ([run, { targets: of, tags }]) => ({
    run,
    targets: { ...of, ...jobTargetOf(tags) },
    tags,
  }));
}
