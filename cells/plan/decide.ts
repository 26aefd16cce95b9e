import type { AssetNode, Source, Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { Materialization } from "../model/materialization.ts";
import { difference, intersect, knownSubset, union } from "../partition/subset.ts";
import { assess } from "../staleness/assess.ts";
import { answersAtOnce, deriveFacts, recordedVersion, type Facts } from "../staleness/facts.ts";
import { sayAsset, sayCauses, sayTime } from "../staleness/reason.ts";
import { readerOf } from "../staleness/staleness.ts";

/** What a plan does about an asset: compute it, take a result that fits (it may be up to date), or leave out what was asked for wrongly. */
export type PlanAction = "run" | "reuse" | "skip";

/** What is done about one asset (and partition), and why. */
export interface Decision {
  readonly action: PlanAction;
  /** a sentence that a person understands */
  readonly reason: string;
  /** what readers see once it is done, null where only the run will tell */
  readonly fact: Materialization | null;
}

/** One asset (and partition) to decide on. */
export interface Case {
  readonly workspace: Workspace;
  /** with what the plan did before in place of what is recorded: see `Predicted` */
  readonly facts: Facts;
  readonly predicted: Predicted;
  readonly node: AssetNode;
  readonly partition: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly force: boolean;
}

/** What the steps of a plan will have made, as far as it is known before they run. */
export class Predicted {
  readonly #facts = new Map<string, Materialization | null>();
  readonly #rebuilt = new Map<AssetKey, Set<string>>();
  readonly #made = new Map<AssetKey, Set<string>>();

  set(key: AssetKey, partition: string, fact: Materialization | null): void {
    this.#facts.set(nameOf(key, partition), fact);
    const side = fact === null ? this.#rebuilt : this.#made;
    const keys = side.get(key);
    if (keys === undefined) side.set(key, new Set([partition]));
    else keys.add(partition);
  }

  /** Undefined where the plan does nothing about it. */
  get(key: AssetKey, partition: string): Materialization | null | undefined {
    return this.#facts.get(nameOf(key, partition));
  }

  /** Whether a step of the asset will run, so that its data are not known before. */
  isRebuilt(key: AssetKey): boolean {
    return this.#rebuilt.has(key);
  }

  /** These facts with what is predicted in place of what is recorded. */
  over(facts: Facts): Facts {
    const { inputVersion, changedPartitions, lacking } = answersAtOnce(facts);
    const isTouched = (asset: AssetKey) => this.#rebuilt.has(asset) || this.#made.has(asset);
    return deriveFacts(facts, {
      latest: (asset, partition) => {
        const fact = this.get(asset, partition);
        return fact === undefined ? facts.latest(asset, partition) : fact;
      },
      inputVersion: (reader, input, partition) =>
        isTouched(input) ? undefined : inputVersion?.(reader, input, partition),
      changedPartitions: (reader, input, partition, since) =>
        isTouched(input) ? null : (changedPartitions?.(reader, input, partition, since) ?? null),
      lacking: (asset, of) => {
        const recorded = lacking?.(asset, of);
        if (recorded === undefined || !isTouched(asset)) return recorded;
        const among = (keys: ReadonlySet<string> = new Set()) => intersect(of, knownSubset(of.space, [...keys]));
        return union(difference(recorded, among(this.#made.get(asset))), among(this.#rebuilt.get(asset)));
      },
    });
  }
}

/** Decides on one asset (and partition), behind those that it reads. */
export function decide({ workspace, facts, predicted, node, partition, params, force }: Case): Decision {
  const reader = readerOf(workspace, facts, node);
  const versionOf = (source: Source) => recordedVersion(workspace, facts, node, source, partition);
  const run = (reason: string): Decision => ({ action: "run", reason, fact: null });
  if (node.problem !== null) return run(`cannot run: ${node.problem}`);
  if (force) return run("forced");
  const { isComplete, latest, causes, reusable } = assess(workspace, facts, node, partition, params, versionOf);
  if (reusable) {
    const reason = `the result of ${sayTime(reusable.createdAt, reader)} has the same code and inputs`;
    return { action: "reuse", reason, fact: reusable };
  }
  const failure = facts.lastFailure(node.key, partition);
  if (failure) return run(`its last run failed at ${sayTime(failure.at, reader)}: ${failure.message}`);
  if (latest === null) return run("never materialized");
  if (causes.length > 0) return run(sayCauses(causes, latest.createdAt, reader));
  const missing = node.sources.find((source) => versionOf(source) === null);
  if (!isComplete && missing?.type === "asset") {
    const name = missing.key === node.key ? "an earlier partition of it" : sayAsset(missing.key, reader.notebook);
    return run(
      predicted.isRebuilt(missing.key)
        ? `${name} will be rebuilt first; reused if its data come out the same`
        : `${name} has no data`,
    );
  }
  return { action: "reuse", reason: `up to date (${sayTime(latest.createdAt, reader)})`, fact: latest };
}

function nameOf(key: AssetKey, partition: string): string {
  return `${key}\n${partition}`;
}
