import type { AssetNode, Source, Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";
import { assess } from "../staleness/assess.ts";
import { recordedVersion, samePartition, type Facts } from "../staleness/facts.ts";
import { sayAsset, sayCauses, sayTime } from "../staleness/reason.ts";
import { readerOf, stalenessOf, type Staleness } from "../staleness/staleness.ts";

/** What a plan does about an asset: compute it, take a result that fits (it may be up to date), or leave out what was asked for wrongly. */
type PlanAction = "run" | "reuse" | "skip";

/** One asset (and partition) of a plan. */
export interface PlanStep {
  readonly key: AssetKey;
  /** "" for an asset without partitions */
  readonly partition: string;
  readonly action: PlanAction;
  /** a sentence that a person understands */
  readonly reason: string;
  /** median of past computations, 0 where nothing is computed, null where nothing is known */
  readonly estimateMs: number | null;
  /** steps of this plan that must end well before this one starts */
  readonly after: readonly AssetKey[];
}

/** What would be done, before anything is. Every step stands after those that it needs. */
export interface Plan {
  readonly steps: readonly PlanStep[];
}

/** What to plan. */
export interface PlanRequest {
  readonly workspace: Workspace;
  readonly facts: Facts;
  /** the assets asked for, or null for all of them */
  readonly keys: readonly AssetKey[] | null;
  /** the slice asked for; assets without partitions do not mind it */
  readonly partition?: string | null;
  /** compute what was asked for even where a result fits */
  readonly force?: boolean;
  /** values given in place of the notebooks' defaults */
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * Decides for every asset asked for, and for those of its stored ancestors that have no data at all, whether it runs, is
 * reused or is left alone. Ancestors that are merely stale and were not asked for are not run: Dagster's users love that
 * nothing is launched which they did not ask for.
 */
export function makePlan(request: PlanRequest): Plan {
  const { workspace, facts, keys, partition = null, force = false, params = {} } = request;
  const asked = new Set(keys ?? workspace.assets.keys());
  const slice = partition ?? "";
  const neededBy = missingAncestors(workspace, facts, asked, slice);
  const staleness = stalenessOf(workspace, facts, { partition: slice, params });
  const steps: PlanStep[] = [];
  /** asset of this plan → its data version once its step is done, null where only the run will tell */
  const predicted = new Map<AssetKey, string | null>();
  for (const key of inOrder(workspace, asked, neededBy)) {
    const node = workspace.assets.get(key);
    if (!node || node.storage === "virtual") continue;
    const own = samePartition(workspace, key, slice);
    const after = node.sources.flatMap((source) =>
      source.type === "asset" && predicted.has(source.key) ? source.key : [],
    );
    const decision: Decision =
      node.options.partitions !== null && partition === null
        ? { action: "skip", reason: "has partitions; name one to run it", version: null }
        : decide({ workspace, facts, node, partition: own, params, predicted, force: force && asked.has(key) });
    const purpose = neededBy.get(key);
    const reasons = [
      purpose === undefined ? null : `needed by ${sayAsset(purpose, AssetKey.notebook(key))}`,
      decision.reason,
      aside(node, predicted, staleness),
    ];
    predicted.set(key, decision.version);
    steps.push({
      key,
      partition: own,
      action: decision.action,
      reason: reasons.filter((reason) => reason !== null).join("; "),
      estimateMs: decision.action === "run" ? facts.medianMs(key) : 0,
      after,
    });
  }
  return { steps };
}

interface Decision {
  readonly action: PlanAction;
  readonly reason: string;
  /** data version once it is done, null where only the run will tell */
  readonly version: string | null;
}

interface Case {
  readonly workspace: Workspace;
  readonly facts: Facts;
  readonly node: AssetNode;
  readonly partition: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly predicted: ReadonlyMap<AssetKey, string | null>;
  readonly force: boolean;
}

function decide({ workspace, facts, node, partition, params, predicted, force }: Case): Decision {
  const reader = readerOf(workspace, facts, node);
  const versionOf = (source: Source): string | null => {
    const version = source.type === "asset" ? predicted.get(source.key) : undefined;
    return version !== undefined ? version : recordedVersion(workspace, facts, node, source, partition);
  };
  const run = (reason: string): Decision => ({ action: "run", reason, version: null });
  if (node.problem !== null) return run(`cannot run: ${node.problem}`);
  if (force) return run("forced");
  const { isComplete, latest, causes, reusable } = assess(workspace, facts, node, partition, params, versionOf);
  if (reusable) {
    const reason = `the result of ${sayTime(reusable.createdAt, reader)} has the same code and inputs`;
    return { action: "reuse", reason, version: reusable.dataVersion };
  }
  const failure = facts.lastFailure(node.key, partition);
  if (failure) return run(`its last run failed at ${sayTime(failure.at, reader)}: ${failure.message}`);
  if (latest === null) return run("never materialized");
  if (causes.length > 0) return run(sayCauses(causes, latest.createdAt, reader));
  const rebuilt = node.sources.find((source) => source.type === "asset" && predicted.get(source.key) === null);
  if (!isComplete && rebuilt?.type === "asset")
    return run(`${sayAsset(rebuilt.key, reader.notebook)} will be rebuilt first; reused if its data come out the same`);
  const missing = node.sources.find((source) => versionOf(source) === null);
  if (missing?.type === "asset") return run(`${sayAsset(missing.key, reader.notebook)} has no data`);
  return { action: "reuse", reason: `up to date (${sayTime(latest.createdAt, reader)})`, version: latest.dataVersion };
}

/** That an ancestor outside the plan is not fresh, so that nobody takes this result for newer than it is. */
function aside(
  node: AssetNode,
  predicted: ReadonlyMap<AssetKey, string | null>,
  staleness: ReadonlyMap<AssetKey, Staleness>,
): string | null {
  const left = (staleness.get(node.key)?.affectedBy ?? []).filter((key) => !predicted.has(key));
  const [first] = left;
  if (first === undefined) return null;
  const name = sayAsset(first, AssetKey.notebook(node.key));
  const state =
    staleness.get(first)?.status === "fresh" ? "is behind what it reads" : `is ${staleness.get(first)?.status}`;
  const more = left.length > 1 ? ` (and ${left.length - 1} more)` : "";
  return `${name} ${state} and was not asked for, so it stays as it is${more}`;
}

/** Stored ancestors of the assets asked for that have no data, each with the asset that needs it. */
function missingAncestors(
  workspace: Workspace,
  facts: Facts,
  asked: ReadonlySet<AssetKey>,
  slice: string,
): ReadonlyMap<AssetKey, AssetKey> {
  const neededBy = new Map<AssetKey, AssetKey>();
  const queue = [...asked];
  for (const key of queue) {
    for (const source of workspace.assets.get(key)?.sources ?? []) {
      if (source.type !== "asset" || asked.has(source.key) || neededBy.has(source.key)) continue;
      if (!workspace.assets.has(source.key)) continue;
      if (facts.latest(source.key, samePartition(workspace, source.key, slice)) !== null) continue;
      neededBy.set(source.key, key);
      queue.push(source.key);
    }
  }
  return neededBy;
}

/** The assets of a plan, each after what it reads; members of cycles last, where their step says that it cannot run. */
function inOrder(
  workspace: Workspace,
  asked: ReadonlySet<AssetKey>,
  neededBy: ReadonlyMap<AssetKey, AssetKey>,
): readonly AssetKey[] {
  const ordered = new Set(workspace.order);
  const rest = [...workspace.assets.keys()].filter((key) => !ordered.has(key));
  return [...workspace.order, ...rest].filter((key) => asked.has(key) || neededBy.has(key));
}
