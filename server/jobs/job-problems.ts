import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { conformParams } from "../../cells/params/params.ts";
import { nothingSelected } from "../../cells/model/unknown-key.ts";
import { evaluateSelection } from "../../cells/select/evaluate.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import type { JobConfig } from "./job-config.ts";

/**
 * What is wrong between a job and the notebooks, as a sentence: it selects nothing, or gives a param that nobody takes. Null where
 * nothing is. What its selection asks of facts is not answered here.
 */
export function jobProblem({ name, select, params }: JobConfig, workspace: Workspace): string | null {
  const said = (error: unknown) => {
    if (error instanceof AppError) return `job ${JSON.stringify(name)}: ${error.message}`;
    throw error;
  };
  try {
    if (evaluateSelection(parseSelection(select), workspace).length === 0)
      return said(nothingSelected(select, workspace.assets.keys()));
  } catch (error) {
    if (!(error instanceof AppError && error.code === "selection_invalid")) throw error;
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
