import { AppError } from "../../cells/errors.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import { conformParams } from "../../cells/params/params.ts";
import { nothingSelected } from "../../cells/model/unknown-key.ts";
import { quote } from "../../cells/model/quote.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { parsePartitionRange } from "../../cells/partition/range.ts";
import { problemOfPartitions, spacesOf, type SpaceOf } from "../../cells/plan/spaces.ts";
import { evaluateSelection } from "../../cells/select/evaluate.ts";
import { factsAsked } from "../../cells/select/facts-asked.ts";
import { namedSelections, partsOf } from "../../cells/select/named.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { dynamicNamesOf } from "../partitions/dynamic-names.ts";
import type { JobConfig } from "./job-config.ts";

/** What is wrong with a job, as a sentence. A warning is about what may come yet. */
interface JobProblem {
  readonly message: string;
  readonly severity: "error" | "warning";
}

/**
 * What is wrong between a job and the notebooks: it selects nothing, or by way of a name itself, or names what is not there or a
 * partition that no asset of it has, or gives a param that nobody takes. Null where nothing is. What its selection asks of facts is not answered here.
 */
export function jobProblem(
  job: JobConfig,
  workspace: Workspace,
  jobs: ReadonlyMap<string, JobConfig>,
  now: number,
): JobProblem | null {
  const { name, select, params } = job;
  const said = (error: unknown, severity: JobProblem["severity"] = "warning"): JobProblem => {
    if (error instanceof AppError) return { message: `job ${JSON.stringify(name)}: ${error.message}`, severity };
    throw error;
  };
  const selection = parseSelection(select);
  try {
    const parts = partsOf(selection, namedSelections(workspace, jobs), { kind: "job", name });
    const isOfGraph = parts.every((part) => factsAsked(part).size === 0);
    const keys = isOfGraph ? evaluateSelection(selection, workspace, { jobs }) : workspace.order;
    if (isOfGraph && keys.length === 0) return said(nothingSelected(select, workspace.assets.keys()));
    const wrong = partitionProblem(job, workspace, keys, now);
    if (wrong !== null) return said(wrong);
  } catch (error) {
    return said(error, error instanceof AppError && "circle" in error.data ? "error" : "warning");
  }
  try {
    conformParams(
      params,
      Array.from(workspace.notebooks.values(), ({ path, options }) => ({ notebook: path, params: options.params })),
    );
    return null;
  } catch (error) {
    return said(error);
  }
}

/** Why the partition that a job names is none of its assets', or null: also where keys are counted by data, which is not asked here. */
function partitionProblem(
  { partition }: JobConfig,
  workspace: Workspace,
  keys: readonly AssetKey[],
  now: number,
): AppError | null {
  if (partition.type === "ended") return null;
  const { text } = partition;
  const spaceOf = spacesOf(workspace, { at: now });
  let wrong: AppError | null = null;
  for (const key of keys) {
    const node = workspace.assets.get(key);
    if (node === undefined || node.storage === "virtual" || node.options.partitions === null) continue;
    if (isOpen(node, spaceOf)) return null;
    try {
      parsePartitionRange(spaceOf(node), text);
      return null;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      wrong ??= new AppError(error.code, `${error.message} (${key}); or "ended", "ended -1", "last 3"`);
    }
  }
  return (
    wrong ??
    new AppError(
      "usage",
      `none of its assets has partitions, so ${quote(text)} cannot be chosen; leave "partition" out`,
    )
  );
}

/** Whether the notebooks alone do not say which keys there are. */
function isOpen(node: AssetNode, spaceOf: SpaceOf): boolean {
  return node.keysFrom.length > 0 || dynamicNamesOf(node).length > 0 || problemOfPartitions(node, spaceOf) !== null;
}
