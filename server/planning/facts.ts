import type { SensorPartitions } from "../../cells/sensor/outcome.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import {
  difference,
  hasKey,
  keysIn,
  knownSubset,
  subsetCount,
  subsetOf,
  type PartitionSubset,
} from "../../cells/partition/subset.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import type { Facts, Failure } from "../../cells/staleness/facts.ts";
import { mappingsOf } from "../../cells/staleness/mapped.ts";
import { memoKeyOf } from "../../cells/staleness/version.ts";
import type { Failure as StoredFailure, Store } from "../store/store.ts";
import { keptPartitions, type KeptPartitions } from "../partitions/kept-standing.ts";
import { keptVersion } from "../partitions/kept-version.ts";
import type { PartitionReader } from "../partitions/partition-reader.ts";
import { NotAtHand, FactsAtHand } from "./facts-at-hand.ts";

/** What facts are read of: the store, and the versions of files. */
export interface FactSources {
  readonly store: Store;
  /** of definitions and mappings that leave something open */
  readonly partitions: Pick<PartitionReader, "open">;
  readonly fileVersion: (name: string) => Promise<string | null>;
  readonly now: number;
  /** whether `now` is only pretended: nothing is kept then */
  readonly isPretended?: boolean;
  readonly engine: string;
  /** the branch whose facts they are; left out for what is published */
  readonly branch?: string;
  /** keys of dynamic partitions as they will be: changed in one transaction with what is planned */
  readonly changed?: SensorPartitions;
  /** assets with more partitions than this are wide */
  readonly most?: number;
}

/** Reading a fact takes 10 µs, and finding out by what was kept as long as a thousand. */
const mostLoaded = 1_000;
/** Where more is asked for by key, all is loaded. */
const mostByKey = 50_000;
/** Where more have changed, nobody wants to hear which. */
const mostNamed = 20_000;

/** What is loaded at once, whatever is asked. */
interface Loaded {
  readonly workspace: Workspace;
  readonly sources: FactSources;
  readonly open: Required<OpenPartitions>;
  readonly wide: ReadonlySet<AssetKey>;
  readonly atHand: FactsAtHand;
  readonly failures: readonly StoredFailure[];
  readonly durations: ReadonlyMap<AssetKey, number>;
  readonly files: ReadonlyMap<string, string | null>;
  readonly memos: ReadonlyMap<string, Materialization>;
}

/**
 * Facts of a workspace, read at once. Of an asset with very many partitions (`wide`) only those are there that were asked for: by
 * `load`, or as they were kept by `standing` and `prepare`. Where one is missing, `latest` throws, and `complete` loads it.
 */
export class LoadedFacts implements Facts {
  readonly #loaded: Loaded;
  readonly #failures: ReadonlyMap<string, StoredFailure>;
  readonly #failed: ReadonlyMap<AssetKey, readonly StoredFailure[]>;
  readonly #kept = new Map<AssetKey, Promise<KeptPartitions>>();
  readonly #present = new Map<AssetKey, PartitionSubset>();
  /** reader and input, by key → what the reader sees of all that it reads of it */
  readonly #seen = new Map<string, Seen>();

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.#failures = new Map(loaded.failures.map((failure) => [slot(failure.asset, failure.partition), failure]));
    this.#failed = Map.groupBy(loaded.failures, ({ asset }) => asset);
  }

  get now(): number {
    return this.#loaded.sources.now;
  }

  get engine(): string {
    return this.#loaded.sources.engine;
  }

  /** what definitions and mappings leave open */
  get open(): Required<OpenPartitions> {
    return this.#loaded.open;
  }

  /** Assets that have so many partitions that not all are loaded. */
  get wide(): ReadonlySet<AssetKey> {
    return this.#loaded.wide;
  }

  /** How many partitions are asked for one by one. */
  get most(): number {
    return Math.max(1, this.#loaded.sources.most ?? mostLoaded);
  }

  /** Throws `NotAtHand`. */
  latest(asset: AssetKey, partition: string): Materialization | null {
    return this.#loaded.atHand.latest(asset, partition);
  }

  byMemoKey(key: string): Materialization | null {
    return this.#loaded.memos.get(key) ?? null;
  }

  fileVersion(name: string): string | null {
    return this.#loaded.files.get(name) ?? null;
  }

  lastFailure(asset: AssetKey, partition: string): Failure | null {
    const failure = this.#failures.get(slot(asset, partition));
    if (failure === undefined) return null;
    return { run: failure.run, at: failure.at, message: failure.error?.message ?? "failed" };
  }

  medianMs(asset: AssetKey): number | null {
    return this.#loaded.durations.get(asset) ?? null;
  }

  inputVersion(reader: AssetNode, input: AssetKey, partition: string): string | null | undefined {
    return partition === "" ? this.#seen.get(slot(reader.key, input))?.version : undefined;
  }

  changedPartitions(reader: AssetNode, input: AssetKey, partition: string, since: number): readonly string[] | null {
    const seen = partition === "" ? this.#seen.get(slot(reader.key, input)) : undefined;
    return seen?.since === since ? seen.changed : null;
  }

  lacking(asset: AssetKey, of: PartitionSubset): PartitionSubset | undefined {
    if (subsetCount(of) <= this.most) return undefined;
    if (this.wide.has(asset)) {
      const present = this.#present.get(asset);
      return present === undefined ? undefined : difference(of, present);
    }
    return difference(of, knownSubset(of.space, this.partitionsOf(asset)));
  }

  /** Keys of partitions that readers see data of, as text in order. Throws `NotAtHand`. */
  partitionsOf(asset: AssetKey): readonly string[] {
    return this.#loaded.atHand.partitionsOf(asset);
  }

  /** Keys of partitions whose last attempt failed; "" for that of an asset without. */
  failedOf(asset: AssetKey): readonly string[] {
    return (this.#failed.get(asset) ?? []).map(({ partition }) => partition);
  }

  /** Whether readers see any data of an asset. */
  isMaterialized(asset: AssetKey): boolean {
    return this.wide.has(asset) || this.partitionsOf(asset).length > 0 || this.latest(asset, "") !== null;
  }

  /** What readers see of the last partition by its key, or of an asset without. */
  async lastOf(asset: AssetKey): Promise<Materialization | null> {
    if (!this.wide.has(asset)) return this.latest(asset, this.partitionsOf(asset).at(-1) ?? "");
    const [last] = await this.#loaded.sources.store.lastPointers(asset, 1);
    return last ?? null;
  }

  /** Computes with what is there, and again once what it asked for and was not there is loaded. */
  async complete<T>(compute: () => T): Promise<T> {
    for (;;)
      try {
        return compute();
      } catch (error) {
        if (!(error instanceof NotAtHand)) throw error;
        await this.#loadAll(error.asset);
      }
  }

  /** Loads these partitions of an asset. */
  async load(asset: AssetKey, of: PartitionSubset): Promise<void> {
    const { atHand, sources } = this.#loaded;
    if (atHand.isWhole(asset)) return;
    if (subsetCount(of) > mostByKey) return this.#loadAll(asset);
    const keys = atHand.unknown(asset, keysIn(of));
    if (keys.length > 0) atHand.add(asset, keys, await sources.store.pointersAt(asset, keys));
  }

  /** How the partitions of an asset stand, by what was kept; from then on `lacking` knows which there are. */
  async standing(node: AssetNode): Promise<KeptPartitions> {
    const { workspace, sources, open } = this.#loaded;
    const asked = this.#kept.get(node.key) ?? keptPartitions(workspace, node, { ...sources, open });
    this.#kept.set(node.key, asked);
    const kept = await asked;
    this.#present.set(node.key, kept.materialized);
    return kept;
  }

  /** Finds out what an asset without partitions sees of wide ones. */
  async prepare(node: AssetNode): Promise<void> {
    const { workspace, sources, open, atHand } = this.#loaded;
    if (node.options.partitions !== null) return;
    const spaceOf = spacesOf(workspace, { at: sources.now, ...open });
    const mappings = mappingsOf(workspace, spaceOf);
    for (const { key } of node.sources.flatMap((source) => (source.type === "asset" ? source : []))) {
      const input = workspace.assets.get(key);
      if (input === undefined || !this.wide.has(key) || this.#seen.has(slot(node.key, key))) continue;
      const read = mappings.readBy(node, key, "");
      if (read === null) continue;
      if (subsetCount(read) <= this.most) {
        await this.load(key, read);
        continue;
      }
      const { materialized } = await this.standing(input);
      const version = await keptVersion({ reader: node.key, input: key, read, materialized }, sources);
      const latest = atHand.latest(node.key, "");
      if (latest === null || version === null || Object.values(latest.inputs).includes(version)) {
        this.#seen.set(slot(node.key, key), { version, since: null, changed: null });
        continue;
      }
      const newer = await sources.store.pointersBehind(key, latest.seq, mostNamed + 1);
      const changed = newer.filter(({ partition }) => hasKey(read, partition));
      if (newer.length <= mostNamed)
        atHand.add(
          key,
          newer.map(({ partition }) => partition),
          newer,
        );
      this.#seen.set(slot(node.key, key), {
        ...{ version, since: latest.seq },
        changed:
          newer.length > mostNamed
            ? null
            : [
                ...keysIn(
                  subsetOf(
                    read.space,
                    changed.map(({ partition }) => partition),
                  ),
                ),
              ],
      });
    }
  }

  async #loadAll(asset: AssetKey): Promise<void> {
    const { sources, atHand } = this.#loaded;
    atHand.add(asset, null, await sources.store.pointers([asset]));
  }
}

/** What a reader sees of all that it reads of an input. */
interface Seen {
  readonly version: string | null;
  /** `seq` of what the reader was, where it saw another version then; null where it did not */
  readonly since: number | null;
  /** partitions that came since; null where they are too many to be named */
  readonly changed: readonly string[] | null;
}

/** Loads what the store knows of a workspace's assets, so that staleness and plans are then computed without waiting. */
export async function loadFacts(workspace: Workspace, sources: FactSources): Promise<LoadedFacts> {
  const { store, partitions, fileVersion, engine, branch, most = mostLoaded } = sources;
  const sliced = [...workspace.assets.values()].filter(({ options }) => options.partitions !== null);
  // of a branch nothing is kept
  const wide =
    branch === undefined
      ? await store.wideAssets(
          sliced.map(({ key }) => key),
          most,
        )
      : new Set<AssetKey>();
  const narrow = wide.size === 0 ? undefined : [...workspace.assets.keys()].filter((key) => !wide.has(key));
  const atHand = new FactsAtHand(await store.pointers(narrow, branch), wide);
  for (const asset of wide) atHand.add(asset, [""], await store.pointersAt(asset, [""]));
  const files = new Map<string, string | null>();
  for (const node of workspace.assets.values())
    for (const source of node.sources)
      if (source.type === "file" && !files.has(source.file)) files.set(source.file, await fileVersion(source.file));
  const latest = (asset: AssetKey, partition: string) => atHand.latest(asset, partition);
  const memos = new Map<string, Materialization>();
  for (const fact of await store.byMemoKeys(memoKeysOf(workspace, latest, files, engine)))
    memos.set(fact.memoKey, fact);
  return new LoadedFacts({
    ...{ workspace, sources, wide, atHand, files, memos },
    open: await partitions.open(workspace, sources.now, branch, sources.changed),
    failures: await store.failures(branch),
    durations: await store.durations(),
  });
}

/** The memo keys that assets have with the data that is there now: what could be found again without a run. */
function memoKeysOf(
  workspace: Workspace,
  latest: Facts["latest"],
  files: ReadonlyMap<string, string | null>,
  engine: string,
): readonly string[] {
  const keys: string[] = [];
  for (const node of workspace.assets.values()) {
    const key = memoKeyOf(
      workspace,
      node,
      (source) =>
        source.type === "file" ? (files.get(source.file) ?? "") : (latest(source.key, "")?.dataVersion ?? null),
      { partition: "", params: {}, engine },
    );
    if (key !== null) keys.push(key);
  }
  return keys;
}

function slot(asset: string, partition: string): string {
  return `${asset}\n${partition}`;
}
