import { type AutomationJob, automationGraphOf } from "../../cells/automation/from-workspace.ts";
import { toGraph, type AutomationGraph } from "../../cells/automation/graph.ts";
import { printCondition } from "../../cells/automation/print.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";

/** Why the server leaves a target with a condition alone. */
export type Hold =
  { readonly type: "unpublished" } | { readonly type: "paused"; readonly name: string; readonly at: number };

/** The targets of a workspace with the conditions that the server evaluates now. */
export interface ServedGraph {
  readonly graph: AutomationGraph;
  /** texts by key of the target: of those that are held too */
  readonly conditions: ReadonlyMap<string, string>;
  readonly held: ReadonlyMap<string, Hold>;
}

/**
 * The graph that the server evaluates: conditions of published notebooks and of jobs, without what is paused (by notebook or by key). A
 * condition that is held is none, so that it begins anew when it is let go: what happened meanwhile does not set it off.
 */
export function servedGraph(
  workspace: Workspace,
  published: ReadonlySet<string>,
  pauses: ReadonlyMap<string, number>,
  open: OpenPartitions,
  jobs: readonly AutomationJob[],
): ServedGraph {
  const whole = automationGraphOf(workspace, { ...open, jobs });
  const conditions = new Map<string, string>();
  const held = new Map<string, Hold>();
  for (const { key, type, condition } of whole.targets.values()) {
    if (condition === null) continue;
    const asset = key.replace(/^check:/, "");
    const notebook = asset.slice(0, asset.lastIndexOf("/"));
    conditions.set(key, printCondition(condition));
    const name = [key, notebook].find((candidate) => pauses.has(candidate));
    // a job is of the workspace: its condition holds as its schedule does
    if (type !== "job" && !published.has(`${notebook}.html`)) held.set(key, { type: "unpublished" });
    else if (name !== undefined) held.set(key, { type: "paused", name, at: pauses.get(name) ?? 0 });
  }
  if (held.size === 0) return { graph: whole, conditions, held };
  const targets = [...whole.targets.values()].map((target) =>
    held.has(target.key) ? { ...target, condition: null } : target,
  );
  return { graph: toGraph(targets, whole.select), conditions, held };
}
