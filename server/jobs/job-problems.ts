import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { conformParams } from "../../cells/params/params.ts";
import { nothingSelected } from "../../cells/model/unknown-key.ts";
import { evaluateSelection } from "../../cells/select/evaluate.ts";
import { factsAsked } from "../../cells/select/facts-asked.ts";
import { namedSelections, partsOf } from "../../cells/select/named.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import type { JobConfig } from "./job-config.ts";

/** What is wrong with a job, as a sentence. A warning is about what may come yet. */
interface JobProblem {
  readonly message: string;
  readonly severity: "error" | "warning";
}

/**
 * What is wrong between a job and the notebooks: it selects nothing, or by way of a name itself, or names what is not there, or gives a
 * param that nobody takes. Null where nothing is. What its selection asks of facts is not answered here.
 */
export function jobProblem(
  job: JobConfig,
  workspace: Workspace,
  jobs: ReadonlyMap<string, JobConfig>,
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
    if (isOfGraph && evaluateSelection(selection, workspace, { jobs }).length === 0)
      return said(nothingSelected(select, workspace.assets.keys()));
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
