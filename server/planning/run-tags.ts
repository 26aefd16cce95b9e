import type { Workspace } from "../../cells/graph/workspace.ts";
import type { Plan } from "../../cells/plan/plan.ts";

/** The tags of the notebooks that a plan computes; where two differ, those of the first by path. */
export function tagsOf(workspace: Workspace, plan: Plan): Readonly<Record<string, string>> {
  const paths = new Set(plan.steps.map(({ key }) => workspace.assets.get(key)?.notebook ?? ""));
  return Object.assign(
    {},
    ...[...paths]
      .sort()
      .toReversed()
      .map((path) => workspace.notebooks.get(path)?.options.tags ?? {}),
  ) as Record<string, string>;
}
