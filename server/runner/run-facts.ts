import type { AssetNode, Source, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import { sliceOf, type Slice } from "../../cells/partition/slice.ts";
import { keysIn } from "../../cells/partition/subset.ts";
import type { SpaceOf } from "../../cells/plan/spaces.ts";
import { recordedVersion, samePartition, type Facts } from "../../cells/staleness/facts.ts";
import { mappingsOf, withMappings, type Mappings } from "../../cells/staleness/mapped.ts";

/** What a step, or a check of it, reads. */
export interface ReadFacts {
  latest(key: AssetKey, partition: string): Materialization | null;
  /** The newest fact of any partition of an asset. */
  newest(key: AssetKey): Materialization | null;
  /** The partitions of an input that a partition of an asset reads; one, "", of an input without. */
  readBy(node: AssetNode, input: AssetKey, partition: string): readonly string[];
  /** One version over all that is read of an asset; null where some of it was never made. */
  versionOf(node: AssetNode, source: Source, partition: string): string | null;
  /** What code is told of a partition. */
  slice(node: AssetNode, partition: string): Slice | null;
}

/** What a run reads of each asset and partition: made in it, found again, or there before. */
export class RunFacts implements ReadFacts {
  readonly #workspace: Workspace;
  readonly #spaceOf: SpaceOf;
  readonly #mappings: Mappings;
  readonly #facts = new Map<string, Materialization>();
  readonly #newest = new Map<AssetKey, Materialization>();
  readonly #known: Facts;

  /** `recorded` is what readers see when the run begins; `spaceOf` gives the partitions at the instant that it is about. */
  constructor(workspace: Workspace, spaceOf: SpaceOf, recorded: readonly Materialization[]) {
    this.#workspace = workspace;
    this.#spaceOf = spaceOf;
    this.#mappings = mappingsOf(workspace, spaceOf);
    for (const fact of recorded) this.set(fact.asset, fact.partition, fact);
    this.#known = withMappings(
      factsOf((key, partition) => this.latest(key, partition)),
      this.#mappings,
    );
  }

  /** The same with one fact that is not published yet in its place: what a check of it reads. */
  withStaged(staged: Materialization): ReadFacts {
    const latest = (key: AssetKey, partition: string) =>
      key === staged.asset && partition === staged.partition ? staged : this.latest(key, partition);
    const known = withMappings(factsOf(latest), this.#mappings);
    return {
      latest,
      newest: (key) => this.newest(key),
      readBy: (node, input, partition) => this.readBy(node, input, partition),
      versionOf: (node, source, partition) => recordedVersion(this.#workspace, known, node, source, partition),
      slice: (node, partition) => this.slice(node, partition),
    };
  }

  latest(key: AssetKey, partition: string): Materialization | null {
    return this.#facts.get(`${key}\n${partition}`) ?? null;
  }

  set(key: AssetKey, partition: string, fact: Materialization): void {
    this.#facts.set(`${key}\n${partition}`, fact);
    const newest = this.#newest.get(key);
    if (newest === undefined || newest.seq <= fact.seq) this.#newest.set(key, fact);
  }

  newest(key: AssetKey): Materialization | null {
    return this.#newest.get(key) ?? null;
  }

  readBy(node: AssetNode, input: AssetKey, partition: string): readonly string[] {
    const read = this.#mappings.readBy(node, input, partition);
    return read === null ? [samePartition(this.#workspace, input, partition)] : [...keysIn(read)];
  }

  versionOf(node: AssetNode, source: Source, partition: string): string | null {
    return recordedVersion(this.#workspace, this.#known, node, source, partition);
  }

  slice(node: AssetNode, partition: string): Slice | null {
    return sliceOf(this.#spaceOf(node), partition);
  }
}

/** Facts that know nothing but the latest of each asset. */
function factsOf(latest: Facts["latest"]): Facts {
  return {
    latest,
    byMemoKey: () => null,
    fileVersion: () => null,
    lastFailure: () => null,
    medianMs: () => null,
    now: 0,
    engine: "",
  };
}
