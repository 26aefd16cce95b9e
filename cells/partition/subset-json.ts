import { AppError } from "../errors.ts";
import type { PartitionAxis } from "./axis.ts";
import { rangeSeparator } from "./key-text.ts";
import { fromIndexes, groupByRest, stretch, unionAll, type Segments } from "./segments.ts";
import type { PartitionSpace } from "./space.ts";
import type { PartitionSubset } from "./subset.ts";

/** Keys along one axis, and what is taken of the axes behind it for each of them: null behind the last. */
interface SubsetPart {
  /** `K`, along an axis of time also `A..B` with both ends */
  readonly keys: readonly string[];
  readonly rest: readonly SubsetPart[] | null;
}

/** A subset as it is stored and sent: by key, so that it outlives a change of the definition. */
export interface SubsetJson {
  /** names of the dimensions in the order of `parts`; [""] where there is one without a name */
  readonly dimensions: readonly string[];
  readonly parts: readonly SubsetPart[];
}

/** Writes a subset as JSON. */
export function subsetToJson({ space, segments }: PartitionSubset): SubsetJson {
  return { dimensions: space.axes.map(({ name }) => name), parts: writeParts(segments, space.axes) };
}

/**
 * Reads what `subsetToJson` wrote, also of an earlier form of the definition: keys that it no longer has are left out.
 * Throws `usage` where the value has another shape or other dimensions.
 */
export function subsetFromJson(space: PartitionSpace, value: unknown): PartitionSubset {
  const { dimensions, parts } = member(value);
  const names = space.axes.map(({ name }) => name);
  if (JSON.stringify(dimensions) !== JSON.stringify(names))
    throw new AppError(
      "usage",
      `a set of partitions has the dimensions ${JSON.stringify(dimensions)} instead of ${JSON.stringify(names)}; choose the partitions again`,
    );
  return { space, segments: readParts(parts, space.axes) };
}

function writeParts(segments: Segments, [axis, ...others]: readonly PartitionAxis[]): readonly SubsetPart[] {
  if (axis === undefined) return [];
  return groupByRest(segments).map(([rest, list]) => ({
    keys: list.flatMap(({ from, to }) => {
      if (axis.windows === null) return Array.from({ length: to - from }, (_, i) => axis.keyAt(from + i));
      return to - from === 1 ? [axis.keyAt(from)] : [axis.keyAt(from) + rangeSeparator + axis.keyAt(to - 1)];
    }),
    rest: rest === null ? null : writeParts(rest, others),
  }));
}

function readParts(value: unknown, [axis, ...others]: readonly PartitionAxis[]): Segments {
  if (axis === undefined || !Array.isArray(value)) return wrong(value);
  return unionAll(
    value.map((part: unknown): Segments => {
      const { keys, rest } = member(part);
      if (!Array.isArray(keys)) return wrong(keys);
      const own = readKeys(keys, axis);
      if (others.length === 0) return own;
      const inner = readParts(rest, others);
      return inner.length === 0 ? [] : own.map(({ from, to }) => ({ from, to, rest: inner }));
    }),
  );
}

function readKeys(keys: readonly unknown[], axis: PartitionAxis): Segments {
  const single: number[] = [];
  const ranges: Segments[] = [];
  for (const key of keys) {
    if (typeof key !== "string") return wrong(key);
    const [first = "", last] = axis.windows === null ? [key] : key.split(rangeSeparator);
    if (last === undefined) {
      const index = axis.indexOf(first);
      if (index !== null) single.push(index);
    } else if (axis.windows !== null) {
      const from = axis.windows.indexFrom(first);
      const to = axis.windows.indexFrom(last);
      if (from === null || to === null) continue;
      const end = axis.windows.keyAt(to) === last ? to + 1 : to;
      ranges.push(stretch(Math.max(0, from), Math.min(end, axis.windows.limit)));
    }
  }
  return unionAll([fromIndexes(single), ...ranges]);
}

function member(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(value);
  return Object.fromEntries(Object.entries(value));
}

function wrong(value: unknown): never {
  const text = (JSON.stringify(value) ?? String(value)).slice(0, 80);
  throw new AppError("usage", `a set of partitions cannot be read: ${text}; choose the partitions again`);
}
