import { isSameSubset, type PartitionSubset } from "../partition/subset.ts";
import type { AutomationGraph } from "./graph.ts";

/** Targets that one run can make: they are requested for the same partitions. */
export interface RequestGroup {
  /** what is depended on first */
  readonly keys: readonly string[];
  readonly partitions: PartitionSubset;
}

/**
 * What one evaluation requested, as few runs as can be: equal partitions of targets that are cut alike become one (O21). A job is a run
 * of its own, whole (O11).
 */
export function groupRequests(
  graph: AutomationGraph,
  requested: ReadonlyMap<string, PartitionSubset>,
): readonly RequestGroup[] {
  const groups: { readonly cut: string; readonly keys: string[]; readonly partitions: PartitionSubset }[] = [];
  const jobs: RequestGroup[] = [];
  for (const key of graph.order) {
    const partitions = requested.get(key);
    const target = graph.targets.get(key);
    if (partitions === undefined || target === undefined) continue;
    if (target.type === "job") {
      jobs.push({ keys: [key], partitions });
      continue;
    }
    const group = groups.find(({ cut, partitions: own }) => cut === target.cut.id && isSameSubset(own, partitions));
    if (group) group.keys.push(key);
    else groups.push({ cut: target.cut.id, keys: [key], partitions });
  }
  return [...groups.map(({ keys, partitions }) => ({ keys, partitions })), ...jobs];
}
