import type { PartitionMapping } from "../partition/definition.ts";
import { bindMapping, type PartitionEdge } from "../partition/mapping.ts";
import type { Cut } from "./cut.ts";
import type { Dependency } from "./graph.ts";

/**
 * An input of a target, by a mapping between their partitions; null is the default one. Throws `attribute_invalid` where the
 * mapping does not fit the two definitions.
 */
export function toDependency(
  key: string,
  { upstream, downstream }: { readonly upstream: Cut; readonly downstream: Cut },
  mapping: PartitionMapping | null,
): Dependency {
  const isAlike = upstream.id === downstream.id && isSame(mapping);
  if (isAlike || (!upstream.hasPartitions && !downstream.hasPartitions))
    return { key, toReader: downstream.adopt, fromReader: upstream.adopt, sharesRun: true };
  let last: { readonly at: number; readonly edge: PartitionEdge } | null = null;
  const edgeAt = (at: number): PartitionEdge => {
    if (last?.at !== at) last = { at, edge: bindMapping(mapping, upstream.spaceAt(at), downstream.spaceAt(at)) };
    return last.edge;
  };
  edgeAt(0);
  return {
    key,
    toReader: (subset, at) => downstream.adopt(edgeAt(at).downstreamOf(subset)),
    fromReader: (subset, at) => upstream.adopt(edgeAt(at).upstreamOf(subset).subset),
    sharesRun: false,
  };
}

function isSame(mapping: PartitionMapping | null): boolean {
  if (mapping === null || mapping.type === "same") return true;
  if (mapping.type === "allow_missing") return isSame(mapping.mapping);
  return mapping.type === "window" && mapping.startOffset === 0 && mapping.endOffset === 0;
}
