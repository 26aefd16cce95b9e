import { AppError, encodeError } from "../../cells/errors.ts";
import type { AutomationGraph } from "../../cells/automation/graph.ts";
import { groupRequests, type RequestGroup } from "../../cells/automation/requests.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { keysIn, type PartitionSubset } from "../../cells/partition/subset.ts";
import type { JobConfig } from "../jobs/job-config.ts";
import { jobRequest } from "../jobs/job-request.ts";
import type { Planner, RunRequest } from "../runner/plan-run.ts";
import type { NewRun } from "../store/store.ts";

/** What came of one request of an evaluation: a run, or why there is none. */
interface Outcome {
  readonly run: string | null;
  readonly problem: string | null;
}

/** The runs that an evaluation asks for. */
export interface Decided {
  readonly runs: readonly NewRun[];
  /** by key of the target */
  readonly outcomes: Map<string, Outcome>;
}

/**
 * Plans a run for each group of requests: of a job as its schedule would, with its params, tags and the partitions that have ended. A request that cannot be planned is told with its reason and holds up no other. Throws what
 * a disk that is full or refuses throws: then nothing is decided, and the same is tried again.
 */
export async function decideRuns(
  { planner, jobs }: { readonly planner: Pick<Planner, "newRun">; readonly jobs: ReadonlyMap<string, JobConfig> },
  graph: AutomationGraph,
  requested: ReadonlyMap<string, PartitionSubset>,
  { number, now }: { readonly number: number; readonly now: number },
): Promise<Decided> {
  const runs: NewRun[] = [];
  const outcomes = new Map<string, Outcome>();
  for (const group of groupRequests(graph, requested)) {
    const tell = (outcome: Outcome) => group.keys.forEach((key) => outcomes.set(key, outcome));
    try {
      const job = jobs.get(/^job:(.*)$/.exec(group.keys[0] ?? "")?.[1] ?? "");
      const run = await planner.newRun({
        ...(job === undefined
          ? { ...selectionOf(graph, group), partition: null, params: {}, force: false, draft: false }
          : jobRequest(job, now)),
        trigger: { type: "automation", evaluation: number },
      });
      runs.push(run);
      tell({ run: run.run.id, problem: null });
    } catch (error) {
      if (error instanceof AppError && (error.code === "storage_full" || error.code === "storage_failed")) throw error;
      tell({ run: null, problem: encodeError(error).message });
    }
  }
  return { runs, outcomes };
}

/** The assets that a group asks for (those of its checks too), and the slices of those that have any. */
function selectionOf(
  graph: AutomationGraph,
  { keys, partitions }: RequestGroup,
): Pick<RunRequest, "select" | "slices"> {
  const targets = keys.flatMap((key) => graph.targets.get(key) ?? []);
  const assets = [
    ...new Set(targets.flatMap(({ key, type, deps }) => (type === "asset" ? [key] : deps.map((dep) => dep.key)))),
  ];
  const select = assets.map((key) => `key:"${key}"`).join(" or ");
  if (targets[0]?.cut.hasPartitions !== true) return { select };
  const slices = [...keysIn(partitions)];
  return { select, slices: new Map(assets.map((key) => [AssetKey.parse(key), slices])) };
}
