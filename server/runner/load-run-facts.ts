import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import { keysIn, knownSubset, subsetCount } from "../../cells/partition/subset.ts";
import type { SpaceOf } from "../../cells/plan/spaces.ts";
import { mappingsOf, type Mappings } from "../../cells/staleness/mapped.ts";
import type { Store } from "../store/store.ts";
import { RunFacts } from "./run-facts.ts";

/** What is read of. */
interface Ground {
  readonly store: Pick<Store, "pointers" | "pointersAt" | "lastPointers" | "wideAssets">;
  readonly workspace: Workspace;
  readonly spaceOf: SpaceOf;
  /** the branch whose facts they are; left out for what is published */
  readonly branch?: string;
  /** of assets with more partitions than this those are read that are asked for */
  readonly most?: number;
}

/** Whose facts are read: an asset, or what is computed as one were, by its partitions ("" where it has none). */
interface Reading {
  readonly node: AssetNode;
  readonly partitions: readonly string[];
}

const mostLoaded = 1_000;
/** Where more is asked for by key, all is read. */
const mostByKey = 50_000;

/**
 * The facts that some assets read, with their own and what their checks read: of an asset with very many partitions, those that are read
 * and the last one, which tells what is not known of the others.
 */
export async function loadRunFacts(ground: Ground, readings: readonly Reading[]): Promise<RunFacts> {
  const { store, workspace, spaceOf, branch, most = mostLoaded } = ground;
  const all = readings.flatMap(({ node, partitions }) => [
    { node, partitions },
    ...(workspace.checks.get(node.key) ?? []).map((check) => ({ node: check.node, partitions })),
  ]);
  const nodes = all.map(({ node }) => node);
  const keys = [...new Set([...nodes.map(({ key }) => key), ...keysReadBy(workspace, nodes)])];
  const sliced = keys.filter((key) => (workspace.assets.get(key)?.options.partitions ?? null) !== null);
  // of a branch, what it has and what is published are read together
  const wide = branch === undefined ? await store.wideAssets(sliced, most) : new Set<AssetKey>();
  const facts = [
    ...(await store.pointers(
      keys.filter((key) => !wide.has(key)),
      branch,
    )),
  ];
  const mappings = mappingsOf(workspace, spaceOf);
  const readers = wide.size === 0 ? [] : all.map((one) => ({ ...one, read: keysReadBy(workspace, [one.node]) }));
  for (const key of wide) facts.push(...(await factsOfWide(ground, mappings, key, readers)));
  return new RunFacts(workspace, spaceOf, facts);
}

/** The steps of a run as readings; those of assets that are gone read nothing. */
export function readingsOf(
  workspace: Workspace,
  steps: ReadonlyMap<AssetKey, readonly { readonly partition: string }[]>,
): readonly Reading[] {
  return [...steps].flatMap(([key, own]) => {
    const node = workspace.assets.get(key);
    return node === undefined ? [] : [{ node, partitions: own.map(({ partition }) => partition) }];
  });
}

async function factsOfWide(
  { store, spaceOf }: Ground,
  mappings: Mappings,
  key: AssetKey,
  readers: readonly (Reading & { readonly read: ReadonlySet<AssetKey> })[],
): Promise<readonly Materialization[]> {
  const wanted = new Set([""]);
  for (const { node, partitions, read } of readers) {
    if (node.key === key) for (const partition of partitions) wanted.add(partition);
    if (!read.has(key)) continue;
    const edge = mappings.edge(node, key);
    if (edge === null) for (const partition of partitions) wanted.add(partition);
    else {
      const { subset } = edge.upstreamOf(knownSubset(spaceOf(node), partitions));
      if (wanted.size + subsetCount(subset) > mostByKey) return store.pointers([key]);
      for (const partition of keysIn(subset)) wanted.add(partition);
    }
    if (wanted.size > mostByKey) return store.pointers([key]);
  }
  return [...(await store.lastPointers(key, 1)), ...(await store.pointersAt(key, [...wanted]))];
}

/** Assets whose data may go into some: what they read, also by way of others of their notebook, which are computed where they are not stored. */
function keysReadBy(workspace: Workspace, nodes: readonly AssetNode[]): ReadonlySet<AssetKey> {
  const keys = new Set(nodes.flatMap(({ sources }) => sources.flatMap((one) => (one.type === "asset" ? one.key : []))));
  const visited = new Set(nodes);
  for (const { inputs, notebook } of visited)
    for (const input of inputs) {
      if (input.type !== "asset") continue;
      keys.add(input.key);
      const source = workspace.assets.get(input.key);
      if (source?.notebook === notebook) visited.add(source);
    }
  return keys;
}
