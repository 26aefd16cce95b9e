import { AppError } from "../errors.ts";
import { indexesOf, keyAt, problemOfKey, type PartitionSpace } from "./space.ts";
import {
  boxesOf,
  combine,
  countOf,
  fromIndexes,
  includes,
  isEqual,
  product,
  stretch,
  tuplesOf,
  unionAll,
} from "./segments.ts";
import type { Segments } from "./segments.ts";
import type { PartitionAxis } from "./axis.ts";

/**
 * Some of the partitions of a space, as merged ranges of indexes: what is asked of it takes time by the number of
 * ranges, not of partitions. It may hold windows that do not exist yet. Two are combined where their spaces have one
 * signature; one from an older list of dynamic keys is first brought over with `rebase`.
 */
export interface PartitionSubset {
  readonly space: PartitionSpace;
  readonly segments: Segments;
}

/** No partition. */
export function emptySubset(space: PartitionSpace): PartitionSubset {
  return { space, segments: [] };
}

/** Every partition that exists. */
export function fullSubset(space: PartitionSpace): PartitionSubset {
  return { space, segments: product(space.axes.map(({ count }) => stretch(0, count))) };
}

/** The partitions with these keys. Throws `usage` for a key that the definition does not have; it need not exist yet. */
export function subsetOf(space: PartitionSpace, keys: Iterable<string>): PartitionSubset {
  const tuples: (readonly number[])[] = [];
  for (const key of keys) {
    const indexes = indexesOf(space, key);
    if (indexes === null)
      throw new AppError("usage", problemOfKey(space, key) ?? `no partition: ${JSON.stringify(key)}`);
    tuples.push(indexes);
  }
  return { space, segments: fromTuples(tuples, 0, space.axes.length) };
}

/** Those of the keys that the definition has: what an earlier one had is no partition any more. */
export function knownSubset(space: PartitionSpace, keys: readonly string[]): PartitionSubset {
  const tuples = keys.flatMap((key) => {
    const indexes = indexesOf(space, key);
    return indexes === null ? [] : [indexes];
  });
  return { space, segments: fromTuples(tuples, 0, space.axes.length) };
}

/** What is in either. */
export function union(a: PartitionSubset, b: PartitionSubset): PartitionSubset {
  return { space: a.space, segments: combine("union", a.segments, comparable(a, b)) };
}

/** What is in both. */
export function intersect(a: PartitionSubset, b: PartitionSubset): PartitionSubset {
  return { space: a.space, segments: combine("intersect", a.segments, comparable(a, b)) };
}

/** What is in `a` and not in `b`. */
export function difference(a: PartitionSubset, b: PartitionSubset): PartitionSubset {
  return { space: a.space, segments: combine("difference", a.segments, comparable(a, b)) };
}

/** Those of a subset that exist. */
export function existing(subset: PartitionSubset): PartitionSubset {
  return intersect(subset, fullSubset(subset.space));
}

/** Whether it holds no partition. */
export function isEmptySubset({ segments }: PartitionSubset): boolean {
  return segments.length === 0;
}

/** How many partitions it holds. */
export function subsetCount({ segments }: PartitionSubset): number {
  return countOf(segments);
}

/** Whether it holds the partition with a key; false for a text that is no key. */
export function hasKey({ space, segments }: PartitionSubset, key: string): boolean {
  const indexes = indexesOf(space, key);
  return indexes !== null && includes(segments, indexes);
}

/** Whether two hold the same partitions. */
export function isSameSubset(a: PartitionSubset, b: PartitionSubset): boolean {
  return isEqual(a.segments, comparable(a, b));
}

/** Its keys from the `offset`-th on, in the order of the space. Nothing else is written out. */
export function* keysIn({ space, segments }: PartitionSubset, offset = 0): Generator<string, void> {
  for (const tuple of tuplesOf(segments, offset)) yield keyAt(space, tuple);
}

/** The same partitions by key in another space: other indexes, a later list of keys. Those that it does not have are left out. */
export function rebase(subset: PartitionSubset, space: PartitionSpace): PartitionSubset {
  if (subset.space === space) return subset;
  if (subset.space.signature === space.signature) return { space, segments: subset.segments };
  if (subset.space.axes.length !== space.axes.length) return emptySubset(space);
  const places = space.axes.map((axis) => subset.space.axes.findIndex(({ name }) => name === axis.name));
  const parts: Segments[] = [];
  for (const box of boxesOf(subset.segments))
    parts.push(
      product(
        space.axes.map((axis, i) => {
          const [from, list] = [subset.space.axes[places[i] ?? -1], box[places[i] ?? -1]];
          return from === undefined || list === undefined ? [] : translate(list, from, axis);
        }),
      ),
    );
  return { space, segments: unionAll(parts) };
}

/** Indexes along one axis by key along another. */
export function translate(segments: Segments, from: PartitionAxis, to: PartitionAxis): Segments {
  if (from.signature === to.signature) return segments;
  const indexes: number[] = [];
  for (const [index = 0] of tuplesOf(segments)) {
    const other = to.indexOf(from.keyAt(index));
    if (other !== null) indexes.push(other);
  }
  return fromIndexes(indexes);
}

function comparable(a: PartitionSubset, b: PartitionSubset): Segments {
  if (a.space !== b.space && a.space.signature !== b.space.signature)
    throw new AppError("internal", "two sets of partitions are not of one definition; rebase one of them first");
  return b.segments;
}

function fromTuples(tuples: readonly (readonly number[])[], depth: number, axes: number): Segments {
  if (depth === axes - 1) return fromIndexes(tuples.map((tuple) => tuple[depth] ?? 0));
  const groups = new Map<number, (readonly number[])[]>();
  for (const tuple of tuples) {
    const index = tuple[depth] ?? 0;
    const group = groups.get(index);
    if (group === undefined) groups.set(index, [tuple]);
    else group.push(tuple);
  }
  return unionAll(
    [...groups]
      .sort(([a], [b]) => a - b)
      .map(([from, group]) => [{ from, to: from + 1, rest: fromTuples(group, depth + 1, axes) }]),
  );
}
