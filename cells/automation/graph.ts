import { findCycles } from "../graph/cycles.ts";
import { topologicalOrder } from "../graph/order.ts";
import type { FreshnessPolicy } from "../model/options.ts";
import type { Selection } from "../select/grammar.ts";
import type { Condition } from "./condition.ts";
import type { PartitionSubset } from "../partition/subset.ts";
import type { Cut } from "./cut.ts";

/** One input of a target, virtual assets looked through. */
export interface Dependency {
  readonly key: string;
  /** the partitions of the reader that read at least one of these partitions of the input */
  toReader(subset: PartitionSubset, at: number): PartitionSubset;
  /** the partitions of the input that these partitions of the reader read */
  fromReader(subset: PartitionSubset, at: number): PartitionSubset;
  /** whether a run could make both: they are cut alike, and each partition reads no other than its own */
  readonly sharesRun: boolean;
}

/** What may have a condition: an asset, a check of one, or a job. */
export interface Target {
  /** key of an asset; `check:NAME` and `job:NAME` of the others */
  readonly key: string;
  readonly type: "asset" | "check" | "job";
  /** how a person says it */
  readonly name: string;
  /** null where nothing requests it by itself */
  readonly condition: Condition | null;
  /** of a check: its asset; of a job: none */
  readonly deps: readonly Dependency[];
  /** of an asset */
  readonly checks: readonly { readonly key: string; readonly isBlocking: boolean }[];
  /** assets of a job */
  readonly members: readonly string[];
  readonly cut: Cut;
  readonly codeVersion: string | null;
  readonly timezone: string;
  readonly freshness: FreshnessPolicy | null;
  /** false of what is only observed: a request of it promises no update */
  readonly isMaterializable: boolean;
}

/** All targets. Rebuilt whole, never changed in place. */
export interface AutomationGraph {
  readonly targets: ReadonlyMap<string, Target>;
  /** every target after what it depends on, members of cycles last */
  readonly order: readonly string[];
  /** keys of the assets that a selection takes */
  select(selection: Selection): ReadonlySet<string>;
}

/** Puts targets in order: each after what it depends on, members of cycles last. */
export function toGraph(targets: readonly Target[], select: AutomationGraph["select"]): AutomationGraph {
  const byKey = new Map(targets.map((target) => [target.key, target]));
  const index = new Map(targets.map(({ key }, i) => [key, i]));
  const next: number[][] = targets.map(() => []);
  targets.forEach((target, i) => {
    const above = [...target.deps.map(({ key }) => key), ...target.members];
    for (const key of above) {
      const from = index.get(key);
      if (from !== undefined && from !== i) next[from]?.push(i);
    }
  });
  const ordered = topologicalOrder(next, new Set(findCycles(next).flat()));
  const seen = new Set(ordered);
  const rest = targets.flatMap((_, i) => (seen.has(i) ? [] : i));
  return { targets: byKey, order: [...ordered, ...rest].flatMap((i) => targets[i]?.key ?? []), select };
}
