import type { AutomationJob } from "../../cells/automation/from-workspace.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { evaluateSelection } from "../../cells/select/evaluate.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import type { JobConfig } from "./job-config.ts";

/** The jobs that have a condition, with the assets that they select. */
export function automatedJobs(jobs: Iterable<JobConfig>, workspace: Workspace): readonly AutomationJob[] {
  return [...jobs].flatMap(({ name, select, automation, timezone }) => {
    if (automation === null) return [];
    const members = select === "" ? workspace.order : evaluateSelection(parseSelection(select), workspace);
    return [{ name, automation, timezone, members: [...members] }];
  });
}
