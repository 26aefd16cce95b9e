import { type Health, healthOf } from "../../cells/freshness/health.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { StoredCheckResult } from "../../cells/model/check.ts";
import type { LoadedFacts } from "../planning/facts.ts";
import type { Store } from "../store/store.ts";
import { type AssetFreshness, assessFreshness } from "./assess-freshness.ts";

/** How an asset is doing, with the sentence that says why. */
export interface AssetHealth {
  readonly health: Health;
  readonly reason: string;
  /** null where it has no policy */
  readonly freshness: AssetFreshness | null;
}

/**
 * How every asset is doing, in a branch or as published: the worst of its last materialization, its freshness, and the checks of what
 * readers see (H4). Of an asset with very many partitions those checks are looked at that failed, and each counts once where none did.
 */
export async function healthOfAssets(
  workspace: Workspace,
  facts: LoadedFacts,
  store: Pick<Store, "pointers" | "checkResults" | "failingChecks" | "lastSuccesses">,
  branch?: string,
): Promise<(key: AssetKey) => AssetHealth> {
  const freshness = await assessFreshness(workspace, store, facts.now);
  const checked = [...workspace.checks.keys()];
  const results = await resultsOfPresent(
    checked.filter((key) => !facts.wide.has(key)),
    store,
    branch,
  );
  const failing = Map.groupBy(
    await store.failingChecks(checked.filter((key) => facts.wide.has(key))),
    ({ asset }) => asset,
  );
  return (key) => {
    const name = workspace.assets.get(key)?.name ?? key;
    const isFailed = facts.failedOf(key).length > 0;
    const isThere = facts.isMaterialized(key);
    const present = new Set((workspace.checks.get(key) ?? []).map((check) => check.name));
    const checks = (results.get(key) ?? failing.get(key) ?? []).filter(({ check }) => present.has(check));
    const own = freshness.get(key) ?? null;
    const said = healthOf(name, {
      materialization: isFailed ? "failed" : isThere ? "succeeded" : null,
      freshness: own?.state ?? null,
      checks:
        facts.wide.has(key) && checks.length === 0
          ? Array.from(present, (name) => ({ name, passed: true, severity: "error" as const }))
          : checks.map(({ check, partition, status, severity }) => ({
              name: partition === "" ? check : `${check} of ${partition}`,
              passed: status === "passed",
              severity,
            })),
    });
    return { ...said, freshness: own };
  };
}

/** What the checks of each asset last said of what its readers see. */
async function resultsOfPresent(
  keys: readonly AssetKey[],
  store: Pick<Store, "pointers" | "checkResults">,
  branch: string | undefined,
): Promise<ReadonlyMap<AssetKey, readonly StoredCheckResult[]>> {
  if (keys.length === 0) return new Map();
  const facts = (await store.pointers(keys, branch)).map(({ seq }) => seq);
  const latest = new Map<string, StoredCheckResult>();
  for (const result of await store.checkResults({ by: "facts", facts })) {
    const name = `${result.asset}\n${result.partition}\n${result.check}`;
    if (!latest.has(name)) latest.set(name, result);
  }
  return Map.groupBy(latest.values(), ({ asset }) => asset);
}
