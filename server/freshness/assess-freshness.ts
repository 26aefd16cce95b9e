import { explainFreshness } from "../../cells/freshness/explain.ts";
import { type Freshness, freshnessOf } from "../../cells/freshness/freshness.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { FreshnessPolicy } from "../../cells/model/options.ts";
import type { Store } from "../store/store.ts";

/** How fresh one asset is, and why. */
export interface AssetFreshness extends Freshness {
  readonly asset: AssetKey;
  readonly policy: FreshnessPolicy;
  /** milliseconds since 1970; null where nothing ever succeeded */
  readonly lastSuccessAt: number | null;
  /** a sentence */
  readonly reason: string;
}

/**
 * How fresh every asset with a policy is at `now`. A run that found an asset to be as it would be made counts as a success, since it
 * says as much of its age as one that made it again.
 */
export async function assessFreshness(
  workspace: Workspace,
  store: Pick<Store, "lastSuccesses">,
  now: number,
): Promise<ReadonlyMap<AssetKey, AssetFreshness>> {
  const nodes = [...workspace.assets.values()].filter(hasPolicy);
  const successes = await store.lastSuccesses(nodes.map(({ key }) => key));
  return new Map(
    nodes.map((node) => {
      const { fresh: policy } = node.options;
      const lastSuccessAt = successes.get(node.key) ?? null;
      const timezone = workspace.notebooks.get(node.notebook)?.options.timezone ?? "UTC";
      const freshness = freshnessOf(policy, lastSuccessAt, { now, timezone });
      const reason = explainFreshness(node.name, policy, freshness, lastSuccessAt, now);
      return [node.key, { asset: node.key, policy, lastSuccessAt, reason, ...freshness }];
    }),
  );
}

type WithPolicy = AssetNode & { readonly options: { readonly fresh: FreshnessPolicy } };

function hasPolicy(node: AssetNode): node is WithPolicy {
  return node.options.fresh !== null && node.storage !== "virtual";
}
