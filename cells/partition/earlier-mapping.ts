import { assertNever } from "../errors.ts";
import type { DimensionMapping, PartitionMapping, Partitions } from "./definition.ts";
import type { PartitionSpace } from "./space.ts";

/** What an asset that reads itself has to wait for. */
export type SelfWait =
  /** nothing: each partition reads itself alone, as it was */
  | { readonly type: "none" }
  /** what this mapping says, in which no partition reads itself */
  | { readonly type: "mapping"; readonly mapping: PartitionMapping }
  /** the same few partitions for all, themselves excepted */
  | { readonly type: "constant"; readonly mapping: PartitionMapping }
  /** to be asked partition by partition */
  | { readonly type: "each" };

/** The part of a mapping of an asset to itself that makes an order: a partition does not wait for itself. */
export function selfWait(mapping: PartitionMapping | null, space: PartitionSpace): SelfWait {
  if (mapping === null) return { type: "none" };
  switch (mapping.type) {
    case "same":
      return { type: "none" };
    case "window":
      return windowWait(mapping.startOffset, mapping.endOffset);
    case "last":
      return windowWait(1 - mapping.count, 0);
    case "allow_missing":
      return selfWait(mapping.mapping, space);
    case "all":
    case "latest":
    case "specific":
      return { type: "constant", mapping };
    case "dimensions":
      return dimensionsWait(mapping.dimensions, space);
    case "dimension":
    case "map":
    case "function":
      return { type: "each" };
    default:
      return assertNever(mapping);
  }
}

function windowWait(startOffset: number, endOffset: number): SelfWait {
  if (startOffset === 0 && endOffset === 0) return { type: "none" };
  const start = startOffset === 0 ? 1 : startOffset;
  const end = endOffset === 0 ? -1 : endOffset;
  return { type: "mapping", mapping: { type: "window", startOffset: start, endOffset: end } };
}

/** Where all dimensions but one stay the same, the order is that of the one. */
function dimensionsWait(dimensions: readonly DimensionMapping[], space: PartitionSpace): SelfWait {
  const isWhole = dimensions.length < space.axes.length || dimensions.some((own) => own.upstream !== own.downstream);
  const waits = dimensions.map((own) => ({ own, wait: selfWait(own.mapping, space) }));
  const moved = waits.filter(({ wait }) => wait.type !== "none");
  const [only] = moved;
  if (isWhole || moved.length > 1) return { type: "each" };
  if (only === undefined) return { type: "none" };
  if (only.wait.type !== "mapping") return { type: "each" };
  const { mapping } = only.wait;
  return {
    type: "mapping",
    mapping: {
      type: "dimensions",
      dimensions: dimensions.map((own) => (own === only.own ? { ...own, mapping } : own)),
    },
  };
}

/**
 * Whether an asset of this definition may read itself by this mapping: no partition reads itself, neither directly nor through others,
 * since each reads what is earlier. Earlier is a window of time before, or a key that stands before in a fixed list; of several dimensions
 * one must go back, whatever the others do.
 */
export function readsEarlier(mapping: PartitionMapping, definition: Partitions): boolean {
  switch (mapping.type) {
    case "allow_missing":
      return readsEarlier(mapping.mapping, definition);
    case "window":
      return definition.type === "time" && mapping.endOffset < 0;
    case "map":
      return definition.type === "static" && mapsEarlier(mapping.keys, definition.keys);
    case "dimensions":
      return definition.type === "multi" && dimensionsReadEarlier(mapping.dimensions, definition);
    case "all":
    case "same":
    case "latest":
    case "last":
    case "specific":
    case "dimension":
    case "function":
      return false;
    default:
      return assertNever(mapping);
  }
}

function mapsEarlier(keys: Readonly<Record<string, readonly string[]>>, order: readonly string[]): boolean {
  const places = new Map(order.map((key, place) => [key, place]));
  return Object.entries(keys).every(([read, readers]) => {
    const place = places.get(read);
    return place !== undefined && readers.every((reader) => place < (places.get(reader) ?? -1));
  });
}

function dimensionsReadEarlier(
  dimensions: readonly DimensionMapping[],
  { dimensions: own }: Extract<Partitions, { type: "multi" }>,
): boolean {
  let goesBack = false;
  for (const { upstream, downstream, mapping } of dimensions) {
    const partitions = own.find(({ name }) => name === upstream)?.partitions;
    if (partitions === undefined || upstream !== downstream) return false;
    if (mapping === null || mapping.type === "same" || mapping.type === "all") continue;
    if (!readsEarlier(mapping, partitions)) return false;
    goesBack = true;
  }
  return goesBack;
}
