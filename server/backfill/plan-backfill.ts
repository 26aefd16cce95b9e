import type { BackfillPlan } from "../../cells/api/backfill-schema.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Backfill, BackfillOnly } from "../../cells/model/backfill.ts";
import { nothingSelected } from "../../cells/model/unknown-key.ts";
import { everyKey } from "../../cells/partition/key-text.ts";
import type { PartitionReport } from "../../cells/partition/status.ts";
import { subsetFromJson, subsetToJson } from "../../cells/partition/subset-json.ts";
import {
  difference,
  emptySubset,
  fullSubset,
  isEmptySubset,
  knownSubset,
  subsetCount,
} from "../../cells/partition/subset.ts";
import { wantedByBackfill } from "../../cells/plan/backfill.ts";
import { makePlan } from "../../cells/plan/plan.ts";
import { neededBy } from "../../cells/plan/needed.ts";
import { problemOfPartitions, spacesOf, type SpaceOf } from "../../cells/plan/spaces.ts";
import type { Targets } from "../../cells/plan/targets.ts";
import { mappingsOf, type Mappings } from "../../cells/staleness/mapped.ts";
import type { LoadedFacts } from "../planning/facts.ts";
import type { Planner } from "../planning/planner.ts";
import { loadReach } from "../planning/reach.ts";
import { standingIn, standingOf } from "../planning/standing.ts";

/** What is asked of a backfill, before it is one. */
export interface BackfillQuestion {
  readonly select: string;
  readonly partition: string | null;
  readonly only: readonly BackfillOnly[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly force: boolean;
  readonly chunk: number;
}

/** A workspace with its partitions at one instant. */
export interface Ground {
  readonly workspace: Workspace;
  readonly facts: LoadedFacts;
  readonly spaceOf: SpaceOf;
  readonly mappings: Mappings;
}

/** What the server runs now, with what is known of it. */
export async function groundOf(planner: Planner, now: number): Promise<Ground> {
  const { workspace } = await planner.effective();
  const facts = await planner.facts(workspace, now);
  const spaceOf = spacesOf(workspace, { at: now, ...facts.open });
  return { workspace, facts, spaceOf, mappings: mappingsOf(workspace, spaceOf) };
}

/** The partitions that a backfill is about. Throws `selection_invalid`, `usage`, `attribute_invalid`. */
export async function targetsFor(
  planner: Planner,
  { select, partition, only }: BackfillQuestion,
  ground: Ground,
): Promise<Targets> {
  const { workspace, facts, spaceOf, mappings } = ground;
  const keys = await planner.select(workspace, select, facts.now);
  if (keys.length === 0 && select.trim() !== "") throw nothingSelected(select, workspace.assets.keys());
  const whole = only.length === 0 ? null : await standingOf(workspace, facts);
  const reports = new Map<AssetKey, PartitionReport>();
  const question = { workspace, spaceOf, mappings, keys, partition: partition ?? everyKey, only };
  if (only.length > 0)
    for (const node of keys.flatMap((key) => workspace.assets.get(key) ?? []))
      if (node.options.partitions !== null && problemOfPartitions(node, spaceOf) === null)
        reports.set(node.key, (await standingIn(workspace, facts, node, spaceOf)).report);
  const standing = (node: AssetNode, status: BackfillOnly) => {
    const report = reports.get(node.key);
    if (report !== undefined) return report.subsets[status];
    const space = spaceOf(node);
    return whole?.get(node.key)?.status === status ? fullSubset(space) : emptySubset(space);
  };
  return withNeeded(wantedByBackfill({ ...question, standing }), ground);
}

/** Targets with what they read that has no data. */
export async function withNeeded(wanted: Targets, { workspace, facts, spaceOf, mappings }: Ground): Promise<Targets> {
  await loadReach(facts, { workspace, spaceOf, mappings, wanted, read: [], exact: false });
  return facts.complete(() => neededBy(workspace, facts, wanted, [], spaceOf, mappings).targets);
}

/** What would be done about all of the targets, in sums: ten thousand lines tell nobody anything. */
export async function planOf(targets: Targets, ground: Ground, question: BackfillQuestion): Promise<BackfillPlan> {
  const { workspace, facts, spaceOf, mappings } = ground;
  const { force, params, chunk } = question;
  await loadReach(facts, { workspace, spaceOf, mappings, wanted: targets, read: [], exact: true });
  const { steps } = await facts.complete(() =>
    makePlan({ ...{ workspace, facts, targets, spaceOf, force, params }, keys: [...targets.keys()], exact: true }),
  );
  const assets = Map.groupBy(steps, ({ key }) => key);
  const reasons = Map.groupBy(steps, ({ key, action, reason }) => JSON.stringify([key, action, reason]));
  return {
    total: steps.length,
    runs: Math.ceil(steps.length / chunk),
    assets: Array.from(assets, ([key, own]) => {
      const count = (action: string) => own.filter((step) => step.action === action).length;
      const estimates = own.map(({ estimateMs }) => estimateMs);
      const subset = targets.get(key);
      return {
        ...{ key, run: count("run"), reuse: count("reuse"), skip: count("skip") },
        ranges: subset === undefined ? [] : rangesOf(subsetToJson(subset)),
        estimateMs: estimates.includes(null) ? null : estimates.reduce((sum: number, ms) => sum + (ms ?? 0), 0),
      };
    }),
    reasons: Array.from(
      reasons.values(),
      ([{ key, action, reason } = { key: "", action: "", reason: "" }, ...more]) => ({
        ...{ key, action, reason, count: more.length + 1 },
      }),
    ).slice(0, mostReasons),
  };
}

const mostReasons = 100;

/** The targets of a backfill as they were written, without those that an asset no longer has. */
export function storedTargets({ targets }: Backfill, { workspace, spaceOf }: Ground): Targets {
  return new Map(
    Object.entries(targets).flatMap(([text, { partitions }]) => {
      const key = AssetKey.parse(text);
      const node = workspace.assets.get(key);
      return node === undefined ? [] : [[key, subsetFromJson(spaceOf(node), partitions)] as const];
    }),
  );
}

/** Targets to be written: asset → set of partitions, and how many they are. */
export function writtenTargets(targets: Targets): Pick<Backfill, "targets" | "total"> {
  const written = Array.from(
    targets,
    ([key, subset]) => [key, { count: subsetCount(subset), partitions: subsetToJson(subset) }] as const,
  );
  return { targets: Object.fromEntries(written), total: written.reduce((sum, [, { count }]) => sum + count, 0) };
}

/** What of the targets is not among `keys`. */
export function without(targets: Targets, keys: ReadonlyMap<AssetKey, readonly string[]>): Targets {
  const left = new Map(targets);
  for (const [key, subset] of targets) {
    const rest = difference(subset, knownSubset(subset.space, keys.get(key) ?? []));
    if (isEmptySubset(rest)) left.delete(key);
    else left.set(key, rest);
  }
  return left;
}

/** `K` and `A..B`; of several dimensions those of the first alone, with `…` where they are not whole lines of the others. */
function rangesOf({ parts }: ReturnType<typeof subsetToJson>): readonly string[] & string[] {
  return parts.flatMap(({ keys, rest }) =>
    rest === null ? [...keys] : rangesOf({ dimensions: [], parts: rest }).map((inner) => `${keys.join(",")}|${inner}`),
  );
}
