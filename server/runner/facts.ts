import type { Facts } from "../../cells/staleness/facts.ts";
import type { SensorPartitions } from "../../cells/sensor/outcome.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { memoKeyOf } from "../../cells/staleness/version.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Store } from "../store/store.ts";
import type { PartitionReader } from "./open-partitions.ts";

/** What facts are read of: the store, and the versions of files. */
export interface FactSources {
  readonly store: Store;
  /** of definitions and mappings that leave something open */
  readonly partitions: Pick<PartitionReader, "open">;
  readonly fileVersion: (name: string) => Promise<string | null>;
  readonly now: number;
  readonly engine: string;
  /** the branch whose facts they are; left out for what is published */
  readonly branch?: string;
  /** keys of dynamic partitions as they will be: changed in one transaction with what is planned */
  readonly changed?: SensorPartitions;
}

/** Facts, which partitions of an asset have any, and what definitions and mappings leave open. */
export interface LoadedFacts extends Facts {
  readonly open: OpenPartitions;
  /** keys of partitions that readers see data of, and of those whose last attempt failed; null where there are none */
  partitionsOf(
    asset: AssetKey,
  ): { readonly materialized: readonly string[]; readonly failed: readonly string[] } | null;
}

/** Loads what the store knows of a workspace's assets, so that staleness and plans are then computed without waiting. */
export async function loadFacts(
  workspace: Workspace,
  { store, partitions: reader, fileVersion, now, engine, branch, changed }: FactSources,
): Promise<LoadedFacts> {
  const pointers = new Map(
    (await store.pointers(undefined, branch)).map((fact) => [slot(fact.asset, fact.partition), fact]),
  );
  const failures = new Map(
    (await store.failures(branch)).map((failure) => [slot(failure.asset, failure.partition), failure]),
  );
  const durations = await store.durations();
  const files = new Map<string, string | null>();
  for (const node of workspace.assets.values())
    for (const source of node.sources)
      if (source.type === "file" && !files.has(source.file)) files.set(source.file, await fileVersion(source.file));
  const latest = (asset: AssetKey, partition: string) => pointers.get(slot(asset, partition)) ?? null;
  const memos = new Map<string, Materialization>();
  const keys = memoKeysOf(workspace, latest, files, engine);
  for (const fact of await store.byMemoKeys(keys)) memos.set(fact.memoKey, fact);
  const partitions = new Map<AssetKey, { materialized: string[]; failed: string[] }>();
  const partitionsOf = (asset: AssetKey) => {
    const known = partitions.get(asset) ?? { materialized: [], failed: [] };
    partitions.set(asset, known);
    return known;
  };
  for (const { asset, partition } of pointers.values())
    if (partition !== "") partitionsOf(asset).materialized.push(partition);
  for (const { asset, partition } of failures.values())
    if (partition !== "") partitionsOf(asset).failed.push(partition);
  return {
    open: await reader.open(workspace, now, branch, changed),
    partitionsOf: (asset) => partitions.get(asset) ?? null,
    latest,
    byMemoKey: (key) => memos.get(key) ?? null,
    fileVersion: (name) => files.get(name) ?? null,
    lastFailure(asset, partition) {
      const failure = failures.get(slot(asset, partition));
      return failure === undefined
        ? null
        : { run: failure.run, at: failure.at, message: failure.error?.message ?? "failed" };
    },
    medianMs: (asset) => durations.get(asset) ?? null,
    now,
    engine,
  };
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
