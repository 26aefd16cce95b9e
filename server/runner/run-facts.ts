import type { AssetNode, Source, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import { sliceOf, type Slice } from "../../cells/partition/slice.ts";
import { keysIn } from "../../cells/partition/subset.ts";
import type { SpaceOf } from "../../cells/plan/spaces.ts";
import { recordedVersion, samePartition, type Facts } from "../../cells/staleness/facts.ts";
import { mappingsOf, withMappings, type Mappings } from "../../cells/staleness/mapped.ts";

/** What a run reads of each asset and partition: made in it, found again, or there before. */
export class RunFacts {
  readonly #workspace: Workspace;
  readonly #spaceOf: SpaceOf;
  readonly #mappings: Mappings;
  readonly #facts = new Map<string, Materialization>();
  readonly #known: Facts;

  /** `recorded` is what readers see when the run begins; `spaceOf` gives the partitions at the instant that it is about. */
  constructor(workspace: Workspace, spaceOf: SpaceOf, recorded: readonly Materialization[]) {
    this.#workspace = workspace;
    this.#spaceOf = spaceOf;
    this.#mappings = mappingsOf(workspace, spaceOf);
    for (const fact of recorded) this.set(fact.asset, fact.partition, fact);
    this.#known = withMappings(
      {
        latest: (key, partition) => this.latest(key, partition),
        byMemoKey: () => null,
        fileVersion: () => null,
        lastFailure: () => null,
        medianMs: () => null,
        now: 0,
        engine: "",
      },
      this.#mappings,
    );
  }

  latest(key: AssetKey, partition: string): Materialization | null {
    return this.#facts.get(`${key}\n${partition}`) ?? null;
  }

  set(key: AssetKey, partition: string, fact: Materialization): void {
    this.#facts.set(`${key}\n${partition}`, fact);
  }

  /** The partitions of an input that a partition of an asset reads; one, "", of an input without. */
  readBy(node: AssetNode, input: AssetKey, partition: string): readonly string[] {
    const read = this.#mappings.readBy(node, input, partition);
    return read === null ? [samePartition(this.#workspace, input, partition)] : [...keysIn(read)];
  }

  /** One version over all that is read of an asset; null where some of it was never made. */
  versionOf(node: AssetNode, source: Source, partition: string): string | null {
    return recordedVersion(this.#workspace, this.#known, node, source, partition);
  }

  /** What code is told of a partition. */
  slice(node: AssetNode, partition: string): Slice | null {
    return sliceOf(this.#spaceOf(node), partition);
  }
}
