import type { PartitionMapping } from "../../../cells/partition/definition.ts";
import { bindMapping, missingKeys } from "../../../cells/partition/mapping.ts";
import { parsePartitionRange } from "../../../cells/partition/range.ts";
import { toSpace, type PartitionSpace } from "../../../cells/partition/space.ts";
import { keysIn, subsetOf, type PartitionSubset } from "../../../cells/partition/subset.ts";
import { instantOf, partitionsOf, type RecordedDefinition } from "../partition-case.ts";
import { same, type VectorSuite } from "../suite.ts";

type Keys = readonly string[] | { readonly range: readonly [string, string] };

interface RecordedMapping {
  readonly type: string;
  readonly start_offset?: number;
  readonly end_offset?: number;
  readonly allow_nonexistent_upstream_partitions?: boolean;
  readonly keys?: readonly string[];
  readonly map?: Readonly<Record<string, readonly string[] | string>>;
  readonly dimensions?: Readonly<Record<string, { readonly to: string; readonly mapping: RecordedMapping }>>;
  readonly dimension?: string;
  readonly mapping?: RecordedMapping;
}

interface Case {
  readonly id: string;
  readonly kind: "upstream_of" | "downstream_of" | "mapping_error";
  readonly mapping: RecordedMapping;
  readonly upstream: RecordedDefinition;
  readonly downstream: RecordedDefinition;
  readonly now?: string | null;
  readonly keys?: Keys;
  readonly expect?: Keys;
  readonly expect_required_but_nonexistent?: readonly string[];
  readonly expect_error?: boolean;
}

/** Which partitions of an input a reader's partitions need by Dagster's mappings, and which readers need some of an input. */
export const suite: VectorSuite = {
  name: "dagster-partition-mapping",
  run: async (document) =>
    (document as { readonly cases: readonly Case[] }).cases.map((one) => {
      const [expected, got] = answers(one);
      return { id: one.id, passed: same(expected, got), expected, got };
    }),
};

function answers(one: Case): readonly [expected: unknown, got: unknown] {
  const upstream = spaceOf(one, one.upstream);
  const downstream = spaceOf(one, one.downstream);
  const bind = () => bindMapping(mappingOf(one.mapping), upstream, downstream);
  switch (one.kind) {
    case "mapping_error":
      return ["an error", errorOr(bind)];
    case "downstream_of":
      return [
        { keys: keysOf(downstream, one.expect) },
        { keys: sorted(bind().downstreamOf(subset(upstream, one.keys))) },
      ];
    case "upstream_of": {
      const found = bind().upstreamOf(subset(downstream, one.keys));
      const missing = one.expect_required_but_nonexistent?.toSorted();
      return [
        { keys: keysOf(upstream, one.expect), missing },
        { keys: sorted(found.subset), missing: missing && [...missingKeys(found.missing)].sort() },
      ];
    }
  }
}

function mappingOf(recorded: RecordedMapping): PartitionMapping {
  const mapping = plainMappingOf(recorded);
  return recorded.allow_nonexistent_upstream_partitions === true ? { type: "allow_missing", mapping } : mapping;
}

function plainMappingOf(recorded: RecordedMapping): PartitionMapping {
  switch (recorded.type) {
    case "identity":
      return { type: "same" };
    case "all":
      return { type: "all" };
    case "last":
      return { type: "latest" };
    case "time_window":
      return { type: "window", startOffset: recorded.start_offset ?? 0, endOffset: recorded.end_offset ?? 0 };
    case "specific":
      return { type: "specific", keys: recorded.keys ?? [] };
    case "static":
      return {
        type: "map",
        keys: Object.fromEntries(
          Object.entries(recorded.map ?? {}).map(([key, to]) => [key, typeof to === "string" ? [to] : to]),
        ),
      };
    case "multi_to_single":
      return {
        type: "dimension",
        name: recorded.dimension ?? null,
        mapping: recorded.mapping ? mappingOf(recorded.mapping) : null,
      };
    case "multi":
      return {
        type: "dimensions",
        dimensions: Object.entries(recorded.dimensions ?? {}).map(([name, { to, mapping }]) => ({
          upstream: name,
          downstream: to,
          mapping: mappingOf(mapping),
        })),
      };
    default:
      throw new Error(`unknown mapping: ${recorded.type}`);
  }
}

function spaceOf(one: Case, definition: RecordedDefinition): PartitionSpace {
  const timezone = one.downstream.timezone ?? "UTC";
  return toSpace(partitionsOf(definition), { at: instantOf(one.now, timezone), timezone });
}

/** Sets of keys are compared in the order of their texts. */
function keysOf(space: PartitionSpace, keys: Keys | undefined): readonly string[] {
  return isRange(keys) ? sorted(subset(space, keys)) : (keys ?? []).toSorted();
}

function subset(space: PartitionSpace, keys: Keys | undefined): PartitionSubset {
  return isRange(keys) ? parsePartitionRange(space, keys.range.join("..")) : subsetOf(space, keys ?? []);
}

function isRange(keys: Keys | undefined): keys is Exclude<Keys, readonly string[]> {
  return keys !== undefined && "range" in keys;
}

function sorted(set: PartitionSubset): readonly string[] {
  return [...keysIn(set)].sort();
}

function errorOr(action: () => unknown): unknown {
  try {
    action();
    return "no error";
  } catch {
    return "an error";
  }
}
