import { keysSelection } from "../../cells/select/named.ts";
import { AppError, encodeError } from "../../cells/errors.ts";
import type { AutomationGraph, Target } from "../../cells/automation/graph.ts";
import { groupRequests, type RequestGroup } from "../../cells/automation/requests.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Backfill } from "../../cells/model/backfill.ts";
import { keysIn, rebase, subsetCount, union, type PartitionSubset } from "../../cells/partition/subset.ts";
import { defaultChunk, newBackfill } from "../backfill/new-backfill.ts";
import { groundOf, withNeeded } from "../backfill/plan-backfill.ts";
import type { JobConfig } from "../jobs/job-config.ts";
import { jobRequest } from "../jobs/job-request.ts";
import type { Planner, RunRequest } from "../planning/planner.ts";
import type { NewRun } from "../store/store.ts";

/** What came of one request of an evaluation: a run, a backfill, or why there is neither. */
interface Outcome {
  readonly run: string | null;
  readonly backfill: string | null;
  readonly problem: string | null;
}

/** The runs that an evaluation asks for. */
export interface Decided {
  readonly runs: readonly NewRun[];
  readonly backfills: readonly Backfill[];
  /** by key of the target */
  readonly outcomes: Map<string, Outcome>;
}

/**
 * Plans a run for each group of requests: of a job as its schedule would, with its params, tags and the partitions that have ended. What
 * is more than one part of a backfill would be becomes a backfill, together with what reads it or is read by it. A request that cannot be
 * planned is told with its reason and holds up no other. Throws what a disk that is full or refuses throws: then nothing is decided, and
 * the same is tried again.
 */
export async function decideRuns(
  { planner, jobs }: { readonly planner: Planner; readonly jobs: ReadonlyMap<string, JobConfig> },
  graph: AutomationGraph,
  requested: ReadonlyMap<string, PartitionSubset>,
  { number, now }: { readonly number: number; readonly now: number },
): Promise<Decided> {
  const runs: NewRun[] = [];
  const backfills: Backfill[] = [];
  const outcomes = new Map<string, Outcome>();
  const groups = groupRequests(graph, requested);
  const large = largeOf(graph, groups);
  const decide = async (keys: readonly string[], make: () => Promise<Partial<Outcome>>) => {
    const none: Outcome = { run: null, backfill: null, problem: null };
    const tell = (outcome: Partial<Outcome>) => keys.forEach((key) => outcomes.set(key, { ...none, ...outcome }));
    try {
      tell(await make());
    } catch (error) {
      if (error instanceof AppError && (error.code === "storage_full" || error.code === "storage_failed")) throw error;
      tell({ problem: encodeError(error).message });
    }
  };
  const parted = (isLarge: boolean) =>
    groups
      .map((group) => ({ ...group, keys: group.keys.filter((key) => large.has(key) === isLarge) }))
      .filter(({ keys }) => keys.length > 0);
  if (large.size > 0)
    await decide([...large], async () => {
      const backfill = await backfillOf(planner, graph, parted(true), number, now);
      backfills.push(backfill);
      return { backfill: backfill.id };
    });
  for (const group of parted(false))
    await decide(group.keys, async () => {
      const job = jobs.get(/^job:(.*)$/.exec(group.keys[0] ?? "")?.[1] ?? "");
      const run = await planner.newRun({
        ...(job === undefined
          ? { ...selectionOf(graph, group), partition: null, params: {}, force: false, draft: false }
          : jobRequest(job, now)),
        trigger: { type: "automation", evaluation: number },
      });
      runs.push(run);
      return { run: run.run.id };
    });
  return { runs, backfills, outcomes };
}

/** Targets of groups with more steps than one run of a backfill has, and those that read what they make, or make what they read. */
function largeOf(graph: AutomationGraph, groups: readonly RequestGroup[]): ReadonlySet<string> {
  const targets = groups.flatMap((group) => targetsOf(graph, group)).filter(({ type }) => type !== "job");
  const large = new Set<string>();
  for (const group of groups) {
    const isCut = targetsOf(graph, group)[0]?.cut.hasPartitions === true;
    if (isCut && assetsOf(graph, group).length * subsetCount(group.partitions) > defaultChunk)
      for (const key of group.keys) large.add(key);
  }
  // grows while it is gone through
  for (const key of large) {
    const read = new Set((graph.targets.get(key)?.deps ?? []).map((dep) => dep.key));
    for (const other of targets)
      if (read.has(other.key) || other.deps.some((dep) => dep.key === key)) large.add(other.key);
  }
  return large;
}

async function backfillOf(
  planner: Planner,
  graph: AutomationGraph,
  groups: readonly RequestGroup[],
  evaluation: number,
  now: number,
): Promise<Backfill> {
  const ground = await groundOf(planner, now);
  const wanted = new Map<AssetKey, PartitionSubset>();
  for (const group of groups)
    for (const text of assetsOf(graph, group)) {
      const key = AssetKey.parse(text);
      const node = ground.workspace.assets.get(key);
      if (node === undefined) continue;
      const own = rebase(group.partitions, ground.spaceOf(node));
      wanted.set(key, union(wanted.get(key) ?? own, own));
    }
  const select = keysSelection(wanted.keys());
  const question = { select, partition: null, only: [], params: {}, force: false, chunk: defaultChunk };
  return newBackfill(question, await withNeeded(wanted, ground), now, { evaluation });
}

/** The assets that a group asks for (those of its checks too), and the slices of those that have any. */
function selectionOf(graph: AutomationGraph, group: RequestGroup): Pick<RunRequest, "select" | "slices"> {
  const assets = assetsOf(graph, group);
  const select = keysSelection(assets);
  if (targetsOf(graph, group)[0]?.cut.hasPartitions !== true) return { select };
  const slices = [...keysIn(group.partitions)];
  return { select, slices: new Map(assets.map((key) => [AssetKey.parse(key), slices])) };
}

function targetsOf(graph: AutomationGraph, { keys }: RequestGroup): readonly Target[] {
  return keys.flatMap((key) => graph.targets.get(key) ?? []);
}

/** The assets that a group is about: those of its checks too. */
function assetsOf(graph: AutomationGraph, group: RequestGroup): readonly string[] {
  const targets = targetsOf(graph, group);
  return [
    ...new Set(targets.flatMap(({ key, type, deps }) => (type === "asset" ? [key] : deps.map((dep) => dep.key)))),
  ];
}
