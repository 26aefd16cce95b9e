import type { AutomationGraph } from "./graph.ts";
import { emptyState, type AutomationState, type RunFacts, type TargetFacts } from "./state.ts";
import type { SubsetData } from "./cut.ts";

/** What is known of an asset without reading the log: what readers see of it, and what failed since. */
export interface KnownAsset {
  readonly materialized: readonly {
    readonly partition: string;
    readonly run: string;
    readonly codeVersion: string;
    readonly at: number;
  }[];
  readonly failed: readonly string[];
}

/** A run that has not ended. */
export interface KnownRun {
  readonly run: string;
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The state before a first evaluation, from what a store has now rather than from its whole log: `position` is the last event that
 * is in it. Conditions are not begun: what is here is no news to any.
 */
export function stateOfFacts(
  graph: AutomationGraph,
  known: ReadonlyMap<string, KnownAsset>,
  runs: readonly KnownRun[],
  position: number,
): AutomationState {
  const withAssets = addFacts(graph, { ...emptyState, position }, known);
  const facts: Record<string, TargetFacts> = { ...withAssets.facts };
  const live: Record<string, RunFacts> = {};
  for (const { run, targets, tags } of runs) {
    const encoded: Record<string, SubsetData> = {};
    for (const [key, partitions] of Object.entries(targets)) {
      const target = graph.targets.get(key);
      if (target === undefined) continue;
      encoded[key] = target.cut.encode(target.cut.of(partitions));
      const before = facts[key] ?? { codeVersion: target.codeVersion, updatedAt: null };
      facts[key] = { ...before, live: [...(before.live ?? []), run] };
    }
    live[run] = { type: "run", isLive: true, tags, targets: encoded, uses: 0 };
  }
  return { ...withAssets, facts, runs: live };
}

/** A state that knows assets which joined the graph later, and have a past. Those that it knows stay as they are. */
export function addFacts(
  graph: AutomationGraph,
  state: AutomationState,
  known: ReadonlyMap<string, KnownAsset>,
): AutomationState {
  const facts: Record<string, TargetFacts> = { ...state.facts };
  for (const [key, { materialized, failed }] of known) {
    const target = graph.targets.get(key);
    if (target === undefined || facts[key] !== undefined) continue;
    const { cut } = target;
    const encode = (partitions: readonly string[]) => cut.encode(cut.of(partitions));
    const versions = Map.groupBy(materialized, ({ codeVersion }) => codeVersion);
    facts[key] = {
      codeVersion: target.codeVersion,
      updatedAt: materialized.reduce<number | null>((latest, { at }) => Math.max(latest ?? at, at), null),
      ...(materialized.length === 0 ? {} : { materialized: encode(materialized.map(({ partition }) => partition)) }),
      ...(failed.length === 0 ? {} : { failed: encode(failed) }),
      ...(versions.size === 0
        ? {}
        : {
            versions: Object.fromEntries(
              Array.from(versions, ([version, of]) => [version, encode(of.map(({ partition }) => partition))]),
            ),
          }),
    };
  }
  return { ...state, facts };
}
