import { AppError } from "../errors.ts";
import type { AssetNode, Source, Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { PartitionMapping } from "../partition/definition.ts";
import { bindMapping, type PartitionEdge } from "../partition/mapping.ts";
import { parsePartitionMapping } from "../partition/parse-mapping.ts";
import { indexesOf, type PartitionSpace } from "../partition/space.ts";
import { isEmptySubset, keysIn, subsetOf, type PartitionSubset } from "../partition/subset.ts";
import { deriveFacts, type Facts } from "./facts.ts";
import { versionOfPartitions } from "./version.ts";

/** Which partitions of its inputs a partition of an asset reads, however many they are. */
export interface Mappings {
  /** the mapping between an asset and one that it reads; null where neither has partitions, or it cannot be read */
  edge(reader: AssetNode, input: AssetKey): PartitionEdge | null;
  /** null where it reads the one of the same name, or the whole: the simple rule */
  readBy(reader: AssetNode, input: AssetKey, partition: string): PartitionSubset | null;
}

/**
 * Lays the mappings of a workspace. `spaceOf` gives the partitions of an asset at the moment in question. A mapping that
 * cannot be read counts as not written: the notebook's problems tell of it.
 */
export function mappingsOf(workspace: Workspace, spaceOf: (node: AssetNode) => PartitionSpace): Mappings {
  const edges = new Map<string, PartitionEdge | null>();
  const edgeOf = (reader: AssetNode, input: AssetKey): PartitionEdge | null => {
    if (reader.options.partitions === null && workspace.assets.get(input)?.options.partitions === null) return null;
    const name = `${reader.key} ${input}`;
    let edge = edges.get(name);
    if (edge === undefined) {
      edge = layEdge(workspace, spaceOf, reader, input);
      edges.set(name, edge);
    }
    return edge;
  };
  return {
    edge: edgeOf,
    readBy(reader, input, partition) {
      const edge = edgeOf(reader, input);
      if (edge === null || indexesOf(edge.downstream, partition) === null) return null;
      return edge.upstreamOf(subsetOf(edge.downstream, [partition])).subset;
    },
  };
}

/**
 * Facts in which an input that is read by several partitions has one version: a hash over all of them, so that no number of
 * partitions is too large to look at, and going back to the data of before is going back to its hash.
 */
export function withMappings(facts: Facts, mappings: Mappings): Facts {
  const known = new Map<string, string | null>();
  return deriveFacts(facts, {
    inputVersion(reader, input, partition) {
      const given = facts.inputVersion?.(reader, input, partition);
      if (given !== undefined) return given;
      const read = mappings.readBy(reader, input, partition);
      if (read === null) return undefined;
      const lacking = facts.lacking?.(input, read);
      if (lacking !== undefined && !isEmptySubset(lacking)) return null;
      const keys = [...keysIn(read)];
      const name = JSON.stringify([input, keys]);
      let version = known.get(name);
      if (version === undefined) {
        version = versionOfPartitions(keys.map((key) => [key, facts.latest(input, key)?.dataVersion]));
        known.set(name, version);
      }
      return version;
    },
    changedPartitions(reader, input, partition, since) {
      const given = facts.changedPartitions?.(reader, input, partition, since) ?? null;
      if (given !== null) return given;
      const read = mappings.readBy(reader, input, partition);
      if (read === null) return null;
      return [...keysIn(read)].filter((key) => (facts.latest(input, key)?.seq ?? 0) > since);
    },
  });
}

function layEdge(
  workspace: Workspace,
  spaceOf: (node: AssetNode) => PartitionSpace,
  reader: AssetNode,
  key: AssetKey,
): PartitionEdge | null {
  const input = workspace.assets.get(key);
  const source = reader.sources.find(
    (one): one is Source & { type: "asset" } => one.type === "asset" && one.key === key,
  );
  if (!input || !source || (input.options.partitions === null && reader.options.partitions === null)) return null;
  try {
    return bindMapping(said(reader, source), spaceOf(input), spaceOf(reader));
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/**
 * The mapping that an asset's `upstream` says of an input, or null. It is said of the input that the cell names, from which the
 * way to what is stored goes on. Throws `attribute_invalid` for one that cannot be read.
 */
export function said(reader: AssetNode, source: Source): PartitionMapping | null {
  const written = saidOf(reader, source);
  return written === null ? null : parsePartitionMapping(written.text);
}

/** The words of `upstream` for an input, and the name under which they stand there; null where it says nothing of it. */
export function saidOf(
  { options: { upstream } }: Pick<AssetNode, "options">,
  { label }: Pick<Source, "label">,
): { readonly name: string; readonly text: string } | null {
  const [first = ""] = label.split(" > ");
  const name = first.replace(/#\d+$/, "");
  const text = upstream[name];
  return text === undefined ? null : { name, text };
}
