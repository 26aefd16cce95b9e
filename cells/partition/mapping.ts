import { assertNever } from "../errors.ts";
import { defaultMapping } from "./default-mapping.ts";
import type { PartitionMapping } from "./definition.ts";
import { dimensionLink, dimensionsLink } from "./dimension-link.ts";
import {
  allLink,
  functionLink,
  latestLink,
  mapLink,
  sameLink,
  specificLink,
  type Link,
  type LinkEnds,
} from "./link.ts";
import { keyAt, type PartitionSpace } from "./space.ts";
import { rebase, type PartitionSubset } from "./subset.ts";
import { tuplesOf } from "./segments.ts";
import { lastLink, windowLink } from "./window-link.ts";

/** What some partitions of a reader read of an input. */
interface UpstreamPartitions {
  /** what is read and exists */
  readonly subset: PartitionSubset;
  /** what is required and does not exist; nothing where the mapping allows that */
  readonly missing: MissingPartitions;
}

/**
 * Partitions that are required but nonexistent: windows of the input, and keys that its definition does not have; and what a function
 * that says which ones are read could not say.
 */
export interface MissingPartitions {
  readonly subset: PartitionSubset;
  readonly unknown: readonly string[];
  readonly failed: readonly string[];
}

/** A mapping between an input and its reader, both at one instant. */
export interface PartitionEdge {
  readonly upstream: PartitionSpace;
  readonly downstream: PartitionSpace;
  /** What these partitions of the reader read. */
  upstreamOf(subset: PartitionSubset): UpstreamPartitions;
  /** Which partitions of the reader that exist read at least one of these. */
  downstreamOf(subset: PartitionSubset): PartitionSubset;
}

/**
 * Lays a mapping between an input and its reader; null is the default one, where nothing is said. Throws
 * `attribute_invalid` where it does not fit the two definitions, saying what does.
 */
export function bindMapping(
  mapping: PartitionMapping | null,
  upstream: PartitionSpace,
  downstream: PartitionSpace,
): PartitionEdge {
  const link = bindLink(mapping, { upstream, downstream });
  return {
    upstream,
    downstream,
    upstreamOf(subset) {
      const { segments, absent, unknown, failed } = link.up(rebase(subset, downstream).segments);
      return {
        subset: { space: upstream, segments },
        missing: { subset: { space: upstream, segments: absent }, unknown, failed },
      };
    },
    downstreamOf: (subset) => ({ space: downstream, segments: link.down(rebase(subset, upstream).segments) }),
  };
}

/** Whether nothing is missing. */
export function isNothingMissing({ subset, unknown, failed }: MissingPartitions): boolean {
  return subset.segments.length === 0 && unknown.length === 0 && failed.length === 0;
}

/** The keys that are missing: windows first. */
export function* missingKeys({ subset, unknown }: MissingPartitions): Generator<string, void> {
  for (const tuple of tuplesOf(subset.segments)) yield keyAt(subset.space, tuple);
  yield* unknown;
}

function bindLink(given: PartitionMapping | null, ends: LinkEnds): Link {
  const { upstream, downstream } = ends;
  const mapping = given ?? defaultMapping(upstream.definition, downstream.definition);
  const isWhole = upstream.definition === null || downstream.definition === null;
  switch (mapping.type) {
    case "allow_missing": {
      const link = bindLink(mapping.mapping, ends);
      return { up: (segments) => ({ ...link.up(segments), absent: [], unknown: [] }), down: link.down };
    }
    case "all":
      return allLink(ends);
    case "latest":
      return latestLink(ends);
    case "specific":
      return specificLink(ends, mapping.keys);
    case "last":
      return lastLink(ends, mapping.count);
    case "same":
      return isWhole ? allLink(ends) : sameLink(ends);
    case "window":
      return isWhole ? allLink(ends) : windowLink(ends, mapping.startOffset, mapping.endOffset);
    case "function":
      return isWhole ? allLink(ends) : functionLink(ends, mapping.name);
    case "map":
      return isWhole ? allLink(ends) : mapLink(ends, mapping.keys);
    case "dimension":
      return isWhole ? allLink(ends) : dimensionLink(ends, mapping.name, mapping.mapping, bindLink);
    case "dimensions":
      return isWhole ? allLink(ends) : dimensionsLink(ends, mapping.dimensions, bindLink);
    default:
      return assertNever(mapping);
  }
}
