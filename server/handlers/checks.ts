import { AppError } from "../../cells/errors.ts";
import type { CheckSummary } from "../../cells/api/schema.ts";
import { unknownAsset } from "../../cells/model/unknown-key.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { CheckNode } from "../../cells/graph/workspace.ts";
import type { StoredCheckResult } from "../../cells/model/check.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { exportFact } from "./assets.ts";
import { latestOf, outcomeOf } from "./check-outcomes.ts";
import { listed } from "./listed.ts";
import { runReport } from "./start-run.ts";

type Names = "checks" | "checkRows" | "runChecks";

/** results of an asset that are looked at for the latest of each check and partition */
const mostResults = 10_000;

/** Checks of assets: which there are, what they said, the rows that are wrong, and carrying them out again. */
export function checkHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { planner, store, queue } = workspace;
  return {
    async checks({ select, failed }) {
      const { workspace: graph } = await planner.effective();
      const checks: CheckSummary[] = [];
      for (const key of await listed(planner, graph, select ?? "")) {
        const own = graph.checks.get(key) ?? [];
        if (own.length === 0) continue;
        const results = await store.checkResults({ by: "asset", asset: key, limit: mostResults });
        checks.push(...own.map((check) => summaryOf(check, results)));
      }
      const isFailed = ({ results }: CheckSummary) => results.some(({ status }) => status !== "passed");
      return { checks: failed === true || failed === "true" ? checks.filter(isFailed) : checks };
    },
    async checkRows({ key, check, partition, format = "json" }, { signal }) {
      const asset = AssetKey.parse(key);
      const result = await lastResult(workspace, asset, check, partition ?? "");
      if (result.rows === null)
        throw new AppError(
          "not_found",
          `check ${check} of ${asset} found no wrong row: ${result.message}; cellar checks ${asset} shows what it said`,
          { data: { asset, check } },
        );
      const { sha256, bytes } = result.rows;
      const file = { asset, partition: result.partition, format: "parquet", sha256, bytes } as const;
      return exportFact(workspace, file, format, false, signal);
    },
    async runChecks({ select, partition }) {
      const run = await planner.newRun({
        select: select ?? "",
        partition: partition ?? null,
        params: {},
        force: false,
        checksOnly: true,
        draft: false,
        trigger: { type: "manual" },
      });
      const id = await store.createRun(run);
      await queue.send({ run: id, priority: 0, tags: {} });
      return runReport(workspace, id);
    },
  };
}

function summaryOf(
  { asset, name, rule, node, severity, blocking, description }: CheckNode,
  results: readonly StoredCheckResult[],
): CheckSummary {
  const own = results.filter(({ check }) => check === name);
  return {
    asset,
    check: name,
    kind: rule === null ? "cell" : "rule",
    cell: node.cell,
    ...{ severity, blocking, description },
    results: latestOf(own, ({ partition }) => partition)
      .toSorted((a, b) => (a.partition < b.partition ? -1 : 1))
      .map(outcomeOf),
  };
}

/** What a check last said of an asset, or of one of its partitions. Throws `not_found`, `asset_not_found`. */
async function lastResult(
  { planner, store }: OpenWorkspace,
  asset: AssetKey,
  check: string,
  partition: string,
): Promise<StoredCheckResult> {
  const results = await store.checkResults({ by: "asset", asset, limit: mostResults });
  const own = results.filter((result) => result.check === check);
  const found = own.find((result) => result.partition === partition);
  if (found !== undefined) return found;
  const { workspace: graph } = await planner.effective();
  if (!graph.assets.has(asset)) throw unknownAsset(asset, graph.assets.keys());
  const names = (graph.checks.get(asset) ?? []).map(({ name }) => name);
  throw new AppError(
    "not_found",
    own.length > 0
      ? `check ${check} of ${asset} said nothing of partition ${JSON.stringify(partition)}; ${
          own.some((result) => result.partition !== "")
            ? `name one of ${[...new Set(own.map((result) => result.partition))].slice(0, 5).join(", ")}`
            : "leave --partition out"
        }`
      : names.includes(check)
        ? `check ${check} of ${asset} was not carried out yet; run it with cellar checks ${asset} --run`
        : `${asset} has no check ${JSON.stringify(check)}; ${names.length === 0 ? "it has none" : `it has ${names.join(", ")}`}`,
    { data: { asset, check } },
  );
}
