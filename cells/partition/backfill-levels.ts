import { AppError } from "../errors.ts";
import type { PartitionMapping } from "./definition.ts";
import { bindMapping } from "./mapping.ts";
import type { PartitionSpace } from "./space.ts";
import { intersect, keysIn, subsetOf, type PartitionSubset } from "./subset.ts";

/** An asset as a backfill sees it. An input may be the asset itself, on other windows. */
export interface BackfillAsset {
  readonly key: string;
  readonly space: PartitionSpace;
  /** null is the default mapping */
  readonly inputs: readonly { readonly key: string; readonly mapping: PartitionMapping | null }[];
}

/** Partitions of one asset that may run side by side, in any order. */
export interface BackfillBatch {
  readonly asset: string;
  readonly subset: PartitionSubset;
}

/** One partition of one asset, what waits for it, and for how many it waits. */
interface Node {
  readonly asset: string;
  readonly key: string;
  readonly readers: Node[];
  waits: number;
}

/**
 * The order of a group of assets found partition by partition, for mappings of which nothing is known but what each
 * partition reads. Throws `graph_cycle` where partitions need each other.
 */
export function* keyLevels(
  group: readonly BackfillAsset[],
  target: ReadonlyMap<string, PartitionSubset>,
): Generator<BackfillBatch, void> {
  const spaces = new Map(group.map(({ key, space }) => [key, space]));
  const nodes = new Map<string, ReadonlyMap<string, Node>>();
  for (const [asset, subset] of target)
    nodes.set(asset, new Map(Array.from(keysIn(subset), (key) => [key, { asset, key, readers: [], waits: 0 }])));
  for (const asset of group)
    for (const { key: input, mapping } of asset.inputs) {
      const needed = target.get(input);
      if (needed === undefined) continue;
      const edge = bindMapping(mapping, needed.space, asset.space);
      for (const node of nodes.get(asset.key)?.values() ?? []) {
        const { subset } = edge.upstreamOf(subsetOf(asset.space, [node.key]));
        for (const key of keysIn(intersect(subset, needed))) {
          const other = nodes.get(input)?.get(key);
          if (other === undefined || other === node) continue;
          other.readers.push(node);
          node.waits++;
        }
      }
    }
  let level = [...nodes.values()].flatMap((own) => [...own.values()].filter(({ waits }) => waits === 0));
  while (level.length > 0) {
    const next: Node[] = [];
    for (const [asset, space] of spaces) {
      const keys = level.filter((node) => node.asset === asset).map(({ key }) => key);
      if (keys.length > 0) yield { asset, subset: subsetOf(space, keys) };
    }
    for (const node of level) for (const reader of node.readers) if (--reader.waits === 0) next.push(reader);
    level = next;
  }
  const stuck = [...nodes.values()].flatMap((own) => [...own.values()].filter(({ waits }) => waits > 0));
  if (stuck.length > 0) throw circle(stuck.map(({ asset, key }) => `${asset} (${key})`));
}

/** The error of partitions that need each other, with some of them. */
export function circle(some: readonly string[]): AppError {
  return new AppError(
    "graph_cycle",
    `partitions need each other: ${some.slice(0, 3).join(", ")}; map the input to earlier windows, as offset -1`,
  );
}
