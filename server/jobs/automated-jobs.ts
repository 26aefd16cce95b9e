import { AppError } from "../../cells/errors.ts";
import type { AutomationJob } from "../../cells/automation/from-workspace.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { evaluateSelection } from "../../cells/select/evaluate.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import type { JobConfig } from "./job-config.ts";

/** The jobs that have a condition, with the assets that they select. */
export function automatedJobs(jobs: ReadonlyMap<string, JobConfig>, workspace: Workspace): readonly AutomationJob[] {
  return [...jobs.values()].flatMap(({ name, select, automation, timezone }) => {
    if (automation === null) return [];
    return [{ name, automation, timezone, members: membersOf(select, workspace, jobs) }];
  });
}

function membersOf(select: string, workspace: Workspace, jobs: ReadonlyMap<string, JobConfig>): readonly AssetKey[] {
  if (select === "") return [...workspace.order];
  try {
    return evaluateSelection(parseSelection(select), workspace, { jobs });
  } catch (error) {
    // it names what is no longer there, of which `cellar check` tells; the other conditions go on
    if (error instanceof AppError && error.code === "selection_invalid") return [];
    throw error;
  }
}
