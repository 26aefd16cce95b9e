import { sha256Hex } from "../../cells/data/sha256.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { difference, isEmptySubset, keysIn, type PartitionSubset } from "../../cells/partition/subset.ts";
import { versionOfPartitions } from "../../cells/staleness/version.ts";
import type { Store } from "../store/store.ts";

/** Which partitions of an input an asset without partitions reads. */
interface ReadWhole {
  readonly reader: AssetKey;
  readonly input: AssetKey;
  readonly read: PartitionSubset;
  /** those of the input that readers see */
  readonly materialized: PartitionSubset;
}

interface VersionSources {
  readonly store: Pick<Store, "lastSeq" | "standing" | "keepStanding" | "movedSince" | "dataVersions">;
  /** whether it is only pretended that it is now: nothing is kept then */
  readonly isPretended?: boolean;
}

/** What a reader saw of an input, by the input's key. */
type KeptVersions = Readonly<
  Record<
    string,
    {
      /** hash of which partitions are read */
      readonly fingerprint: string;
      /** the last event that it counts */
      readonly through: number;
      /** how many partitions readers saw */
      readonly count: number;
      readonly version: string;
    }
  >
>;

/**
 * The one version of all the partitions that are read of an input, null where one has no data: as it was kept, as long as none of them
 * moved. To hash a million anew takes seconds.
 */
export async function keptVersion(
  { reader, input, read, materialized }: ReadWhole,
  { store, isPretended }: VersionSources,
): Promise<string | null> {
  if (!isEmptySubset(difference(read, materialized))) return null;
  const fingerprint = sha256Hex(JSON.stringify(["cellar.version.1", read.space.signature, read.segments]));
  const through = await store.lastSeq();
  const text = await store.standing(reader);
  const all = text === null ? {} : versionsIn(text);
  const kept = all[input];
  if (kept?.fingerprint === fingerprint) {
    const moved = await store.movedSince(input, kept.through, 0);
    if (moved.partitions !== null && moved.count === kept.count) return kept.version;
  }
  const versions = await store.dataVersions(input);
  const version = versionOfPartitions(Array.from(keysIn(read), (key) => [key, versions.get(key)] as const));
  if (version !== null && isPretended !== true) {
    const now: KeptVersions = { ...all, [input]: { fingerprint, through, count: versions.size, version } };
    await store.keepStanding(reader, JSON.stringify({ versions: now }));
  }
  return version;
}

/** What was kept of an asset without partitions; nothing where it had some then. */
function versionsIn(text: string): KeptVersions {
  const { versions = {} } = JSON.parse(text) as { readonly versions?: KeptVersions };
  return versions;
}
