import type { SubsetData } from "../../cells/automation/cut.ts";
import type { AutomationGraph } from "../../cells/automation/graph.ts";
import { join } from "../../cells/automation/sets.ts";
import type { PartitionSubset } from "../../cells/partition/subset.ts";

/** How often targets were requested lately, and which requests wait for their turn; as JSON. */
export interface Pace {
  /** times of the latest requests, by key */
  readonly recent: Readonly<Record<string, readonly number[]>>;
  readonly waiting: Readonly<Record<string, SubsetData>>;
}

export const noPace: Pace = { recent: {}, waiting: {} };

/** A target has so many runs within the window at most: a condition that stays true asks again at every evaluation. */
export const mostRequests = 5;
const windowMs = 60_000;

/** What may run now of what is requested and of what waited. The rest waits: no request is lost. */
export function admit(
  graph: AutomationGraph,
  requested: ReadonlyMap<string, PartitionSubset>,
  pace: Pace,
  now: number,
): { readonly admitted: ReadonlyMap<string, PartitionSubset>; readonly pace: Pace } {
  const wanted = new Map(requested);
  for (const [key, data] of Object.entries(pace.waiting)) {
    const target = graph.targets.get(key);
    if (target === undefined || target.condition === null) continue;
    const waited = target.cut.present(target.cut.decode(data), now);
    const asked = wanted.get(key);
    wanted.set(
      key,
      asked === undefined ? waited : target.cut.present(join(target.cut.adopt(asked), target.cut.adopt(waited)), now),
    );
  }
  const recent: Record<string, readonly number[]> = {};
  for (const [key, times] of Object.entries(pace.recent)) {
    const left = times.filter((at) => at > now - windowMs);
    if (left.length > 0) recent[key] = left;
  }
  const admitted = new Map<string, PartitionSubset>();
  const waiting: Record<string, SubsetData> = {};
  for (const [key, subset] of wanted) {
    const times = recent[key] ?? [];
    const target = graph.targets.get(key);
    if (target === undefined) continue;
    if (times.length >= mostRequests) waiting[key] = target.cut.encode(target.cut.adopt(subset));
    else {
      recent[key] = [...times, now];
      admitted.set(key, subset);
    }
  }
  return { admitted, pace: { recent, waiting } };
}

/** When the first request that waits may run, or null. */
export function nextTurn({ recent, waiting }: Pace): number | null {
  const turns = Object.keys(waiting).map((key) => (recent[key]?.at(-mostRequests) ?? 0) + windowMs);
  return turns.length === 0 ? null : Math.min(...turns);
}
