import { AppError, encodeError } from "../../cells/errors.ts";
import type { AutomationGraph } from "../../cells/automation/graph.ts";
import { groupRequests, type RequestGroup } from "../../cells/automation/requests.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { keysIn, type PartitionSubset } from "../../cells/partition/subset.ts";
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
 * Plans a run for each group of requests. A request that cannot be planned is told with its reason and holds up no other. Throws what
 * a disk that is full or refuses throws: then nothing is decided, and the same is tried again.
 */
export async function decideRuns(
  planner: Pick<Planner, "newRun">,
  graph: AutomationGraph,
  requested: ReadonlyMap<string, PartitionSubset>,
  number: number,
): Promise<Decided> {
  const runs: NewRun[] = [];
  const outcomes = new Map<string, Outcome>();
  for (const group of groupRequests(graph, requested)) {
    const tell = (outcome: Outcome) => group.keys.forEach((key) => outcomes.set(key, outcome));
    try {
      const run = await planner.newRun({
        ...selectionOf(graph, group),
        partition: null,
        params: {},
        force: false,
        draft: false,
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

/** The assets that a group asks for (those of its jobs and checks too), and the slices of those that have any. */
function selectionOf(
  graph: AutomationGraph,
  { keys, partitions }: RequestGroup,
): Pick<RunRequest, "select" | "slices"> {
  const targets = keys.flatMap((key) => graph.targets.get(key) ?? []);
  const assets = [
    ...new Set(
      targets.flatMap(({ key, type, members, deps }) =>
        type === "asset" ? [key] : type === "job" ? [...members] : deps.map((dep) => dep.key),
      ),
    ),
  ];
  const select = assets.map((key) => `key:"${key}"`).join(" or ");
  if (targets[0]?.cut.hasPartitions !== true) return { select };
  const slices = [...keysIn(partitions)];
  return { select, slices: new Map(assets.map((key) => [AssetKey.parse(key), slices])) };
}
