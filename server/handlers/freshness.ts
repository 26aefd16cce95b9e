import { printFreshness } from "../../cells/freshness/explain.ts";
import type { FreshnessReport } from "../../cells/api/schema.ts";
import type { AssetFreshness } from "../freshness/assess-freshness.ts";
import { assessFreshness } from "../freshness/assess-freshness.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { listed } from "./listed.ts";
import { timeOf } from "./time.ts";

/** Freshness: which assets are too old. */
export function freshnessHandlers({
  planner,
  store,
  clock,
}: Pick<OpenWorkspace, "planner" | "store" | "clock">): Pick<Handlers, "freshness"> {
  return {
    async freshness({ select, at }) {
      const now = at === undefined ? clock.now() : timeOf(at);
      const { workspace } = await planner.effective();
      const assessed = await assessFreshness(workspace, store, now);
      const keys = await listed(planner, workspace, select ?? "", now);
      return { assets: keys.flatMap((key) => freshnessReportOf(assessed.get(key) ?? null) ?? []) };
    },
  };
}

/** Freshness as the API has it. */
export function freshnessReportOf(freshness: AssetFreshness | null): FreshnessReport | null {
  if (freshness === null) return null;
  const { asset, policy, state, deadline, lastSuccessAt, reason } = freshness;
  return { asset, policy: printFreshness(policy), state, deadline, lastSuccessAt, reason };
}
