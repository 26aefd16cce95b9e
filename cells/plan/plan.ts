import type { AssetNode, Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";
import { isNothingMissing, missingKeys } from "../partition/mapping.ts";
import { fullSubset, keysIn, subsetOf } from "../partition/subset.ts";
import { deriveFacts, type Facts } from "../staleness/facts.ts";
import { mappingsOf, withMappings, type Mappings } from "../staleness/mapped.ts";
import { sayAsset } from "../staleness/reason.ts";
import { stalenessOf, type Staleness } from "../staleness/staleness.ts";
import { batchesOf, inOrder } from "./batches.ts";
import { decide, Predicted, type Decision, type PlanAction } from "./decide.ts";
import { justThese, neededBy, type Needed } from "./needed.ts";
import { problemOfPartitions, spacesOf, type SpaceOf } from "./spaces.ts";
import { targetsOf, type Targets } from "./targets.ts";

/** One asset (and partition) of a plan. */
interface PlanStep {
  readonly key: AssetKey;
  /** "" for an asset without partitions */
  readonly partition: string;
  readonly action: PlanAction;
  /** a sentence that a person understands */
  readonly reason: string;
  /** median of past computations, 0 where nothing is computed, null where nothing is known */
  readonly estimateMs: number | null;
}

/** What would be done, before anything is. Every step stands after those that it needs. */
export interface Plan {
  readonly steps: readonly PlanStep[];
}

/** What to plan. */
export interface PlanRequest {
  readonly workspace: Workspace;
  readonly facts: Facts;
  /** the assets asked for, or null for all of them but those whose partitions nobody named */
  readonly keys: readonly AssetKey[] | null;
  /** the slices asked for, `K`, `A..B` or `*`; assets without partitions do not mind it */
  readonly partition?: string | null;
  /** the slices of each asset, where they are known already: then `partition` is not looked at */
  readonly targets?: Targets;
  /** nothing is added that the targets read and that has no data: whoever gives them has thought of it */
  readonly exact?: boolean;
  /** the partitions that there are; by the definitions alone, without keys of dynamic ones, where it is left out */
  readonly spaceOf?: SpaceOf;
  /** compute what was asked for even where a result fits */
  readonly force?: boolean;
  /** values given in place of the notebooks' defaults */
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * Decides for every asset (and partition) asked for, and for those of its stored ancestors that have no data at all, whether it
 * runs, is reused or is left alone. Ancestors that are merely stale and were not asked for are not run: Dagster's users love that
 * nothing is launched which they did not ask for. Throws `usage` for a partition that no asset has.
 */
export function makePlan(request: PlanRequest): Plan {
  const { workspace, facts, keys, partition = null, exact = false, force = false, params = {} } = request;
  const spaceOf = request.spaceOf ?? spacesOf(workspace, { at: facts.now });
  const mappings = mappingsOf(workspace, spaceOf);
  const { asked, targets, wanted, read } = askedOf({ ...request, spaceOf }, mappings);
  const needed = exact ? justThese(wanted) : neededBy(workspace, facts, wanted, read, spaceOf, mappings);
  const predicted = new Predicted();
  const known = withMappings(predicted.over(facts), mappings);
  const staleness = stalenessOf(workspace, deriveFacts(facts, {}), { params });
  const step = (node: AssetNode, own: string, decision: Decision): PlanStep => {
    const { key } = node;
    predicted.set(key, own, decision.action === "skip" ? (facts.latest(key, own) ?? null) : decision.fact);
    const purpose = needed.purposeOf(key, own);
    const reasons = [
      purpose === null
        ? null
        : purpose === key
          ? "needed by its later partitions"
          : `needed by ${sayAsset(purpose, AssetKey.notebook(key))}`,
      decision.reason,
      node.options.partitions === null ? aside(workspace, node, wanted, needed, staleness) : null,
    ];
    return {
      key,
      partition: own,
      action: decision.action,
      reason: reasons.filter((reason) => reason !== null).join("; "),
      estimateMs: decision.action === "run" ? facts.medianMs(key) : 0,
    };
  };
  const steps: PlanStep[] = [];
  for (const key of asked) {
    const node = workspace.assets.get(key);
    const reason = node ? refusal(node, targets, partition, spaceOf) : null;
    // who asks for everything asks for what can be had so: partitions are for a backfill to name
    if (keys === null && partition === null && isPartitioned(node, spaceOf)) continue;
    if (node && reason !== null && reason !== "") steps.push(step(node, "", { action: "skip", reason, fact: null }));
  }
  for (const { asset, subset } of batchesOf(workspace, needed.targets, spaceOf, mappings)) {
    const node = workspace.assets.get(AssetKey.parse(asset));
    if (!node) continue;
    for (const own of keysIn(subset)) {
      const decision: Decision = lackOf(workspace, node, own, spaceOf, mappings) ?? {
        ...decide({
          workspace,
          facts: known,
          predicted,
          node,
          partition: own,
          params,
          force: force && needed.purposeOf(node.key, own) === null,
        }),
      };
      steps.push(step(node, own, decision));
    }
  }
  return { steps };
}

/** What a request is about, before anything is decided. */
interface Asked {
  /** what was asked for, each after what it reads */
  readonly asked: readonly AssetKey[];
  /** the partitions of those whose partitions were named */
  readonly targets: Targets;
  /** what there is to do, of those that can be done */
  readonly wanted: Targets;
  /** what has no step of its own, and reads */
  readonly read: readonly AssetKey[];
}

/** What a request is about. Throws `usage` for a partition that no asset has. */
export function askedOf(
  {
    workspace,
    keys,
    partition = null,
    spaceOf,
    ...request
  }: Omit<PlanRequest, "facts"> & { readonly spaceOf: SpaceOf },
  mappings: Mappings,
): Asked {
  const asked = inOrder(workspace, new Set(keys ?? workspace.assets.keys()));
  const targets =
    request.targets ??
    (partition === null ? new Map<never, never>() : targetsOf(workspace, asked, spaceOf, mappings, partition));
  const wanted = new Map(
    asked.flatMap((key) => {
      const node = workspace.assets.get(key);
      if (!node || refusal(node, targets, partition, spaceOf) !== null) return [];
      return [[key, targets.get(key) ?? fullSubset(spaceOf(node))] as const];
    }),
  );
  return { asked, targets, wanted, read: asked.filter((key) => workspace.assets.get(key)?.storage === "virtual") };
}

/** Whether an asset has partitions, and such as can be run. */
function isPartitioned(node: AssetNode | undefined, spaceOf: SpaceOf): boolean {
  return node !== undefined && node.options.partitions !== null && problemOfPartitions(node, spaceOf) === null;
}

/** Why an asset has no step of its own: a sentence, "" where it never has any, or null where it has. */
function refusal(node: AssetNode, targets: Targets, partition: string | null, spaceOf: SpaceOf): string | null {
  if (node.storage === "virtual") return "";
  if (node.options.partitions === null || targets.has(node.key)) return null;
  const problem = problemOfPartitions(node, spaceOf);
  if (problem !== null) return `cannot run: ${problem}`;
  return partition === null ? "has partitions; name one to run it" : `no partition of it belongs to ${partition}`;
}

/** What a partition reads that must exist and does not (P15), as a decision; null where nothing is lacking. */
function lackOf(
  workspace: Workspace,
  node: AssetNode,
  partition: string,
  spaceOf: SpaceOf,
  mappings: Mappings,
): Decision | null {
  if (partition === "" || node.problem !== null) return null;
  for (const source of node.sources) {
    const edge = source.type === "asset" && workspace.assets.has(source.key) ? mappings.edge(node, source.key) : null;
    if (source.type !== "asset" || edge === null) continue;
    const { missing } = edge.upstreamOf(subsetOf(spaceOf(node), [partition]));
    if (isNothingMissing(missing)) continue;
    const [failed] = missing.failed;
    if (failed !== undefined) return { action: "skip", reason: failed, fact: null };
    const [first = ""] = missingKeys(missing);
    const name = sayAsset(source.key, AssetKey.notebook(node.key));
    return {
      action: "skip",
      reason: `${name} has no partition ${first}, which it needs; say "allow missing" in upstream where that is no obstacle`,
      fact: null,
    };
  }
  return null;
}

/** That an ancestor outside the plan is not fresh, so that nobody takes this result for newer than it is. */
function aside(
  workspace: Workspace,
  node: AssetNode,
  wanted: Targets,
  needed: Needed,
  staleness: ReadonlyMap<AssetKey, Staleness>,
): string | null {
  const left = (staleness.get(node.key)?.affectedBy ?? []).filter(
    (key) => !wanted.has(key) && !needed.targets.has(key) && workspace.assets.get(key)?.options.partitions === null,
  );
  const [first] = left;
  if (first === undefined) return null;
  const name = sayAsset(first, AssetKey.notebook(node.key));
  const state =
    staleness.get(first)?.status === "fresh" ? "is behind what it reads" : `is ${staleness.get(first)?.status}`;
  const more = left.length > 1 ? ` (and ${left.length - 1} more)` : "";
  return `${name} ${state} and was not asked for, so it stays as it is${more}`;
}
