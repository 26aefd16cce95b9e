/**
 * A stretch [from, to) of indexes along one axis, and what is taken of the axes behind it: null behind the last. Lists of
 * segments are sorted, do not touch where their `rest` is equal, and are never empty as a `rest`: the same set always has
 * the same segments.
 */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly rest: Segments | null;
}

export type Segments = readonly Segment[];

type Operation = "union" | "intersect" | "difference";

/** What is in either, in both, or in `a` alone: one sweep over the segments of both, however many indexes they span. */
export function combine(operation: Operation, a: Segments, b: Segments): Segments {
  if (a.length === 0) return operation === "union" ? b : a;
  if (b.length === 0) return operation === "intersect" ? b : a;
  const result: Segment[] = [];
  let [i, j, at] = [0, 0, -Infinity];
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && (y === undefined || operation !== "union")) return result;
    if (y === undefined && operation === "intersect") return result;
    const inX = x !== undefined && x.from <= at;
    const inY = y !== undefined && y.from <= at;
    const next = Math.min(
      x === undefined ? Infinity : inX ? x.to : x.from,
      y === undefined ? Infinity : inY ? y.to : y.from,
    );
    if (inX || inY) {
      const rest = combineRest(operation, inX ? x.rest : undefined, inY ? y.rest : undefined);
      if (rest !== undefined) append(result, at, next, rest);
    }
    at = next;
    if (x !== undefined && x.to <= at) i++;
    if (y !== undefined && y.to <= at) j++;
  }
}

/** How many tuples of indexes there are. */
export function countOf(segments: Segments): number {
  let count = 0;
  for (const { from, to, rest } of segments) count += (to - from) * (rest === null ? 1 : countOf(rest));
  return count;
}

/** Whether a tuple of indexes is in the set. */
export function includes(segments: Segments, indexes: readonly number[]): boolean {
  let list: Segments | null = segments;
  for (const index of indexes) {
    const segment: Segment | undefined = list?.[lastAtOrBelow(list, index)];
    if (segment === undefined || index >= segment.to) return false;
    list = segment.rest;
  }
  return true;
}

/** The tuples from the `skip`-th on, the last axis fastest. */
export function* tuplesOf(segments: Segments, skip = 0): Generator<readonly number[], void> {
  let left = skip;
  for (const { from, to, rest } of segments) {
    const each = rest === null ? 1 : countOf(rest);
    const whole = Math.min(to - from, Math.floor(left / each));
    left -= whole * each;
    for (let index = from + whole; index < to; index++) {
      if (rest === null) yield [index];
      else for (const tuple of tuplesOf(rest, left)) yield [index, ...tuple];
      left = 0;
    }
  }
}

/** The set of all tuples of one list of segments an axis (each without `rest`). */
export function product(axes: readonly Segments[]): Segments {
  if (axes.some((segments) => segments.length === 0)) return [];
  let rest: Segments | null = null;
  for (const segments of axes.toReversed()) {
    const inner: Segments | null = rest;
    rest = segments.map(({ from, to }) => ({ from, to, rest: inner }));
  }
  return rest ?? [];
}

/** The set cut into products: for each, one list of segments an axis. Segments with the same `rest` stay together. */
export function* boxesOf(segments: Segments): Generator<readonly Segments[], void> {
  const groups = groupByRest(segments);
  for (const [rest, list] of groups) {
    const own = list.map(({ from, to }) => ({ from, to, rest: null }));
    if (rest === null) yield [own];
    else for (const box of boxesOf(rest)) yield [own, ...box];
  }
}

/** Segments that have an equal `rest`, by that `rest`. */
export function groupByRest(segments: Segments): readonly (readonly [rest: Segments | null, list: Segment[]])[] {
  const groups: (readonly [Segments | null, Segment[]])[] = [];
  for (const segment of segments) {
    const group = groups.find(([rest]) => isEqual(rest, segment.rest));
    if (group === undefined) groups.push([segment.rest, [segment]]);
    else group[1].push(segment);
  }
  return groups;
}

/** The union of many sets, each merged about as often as the logarithm of their number. */
export function unionAll(sets: readonly Segments[]): Segments {
  if (sets.length <= 1) return sets[0] ?? [];
  const middle = sets.length >> 1;
  return combine("union", unionAll(sets.slice(0, middle)), unionAll(sets.slice(middle)));
}

/** Segments along one axis that hold these indexes, in any order and repeated or not. */
export function fromIndexes(indexes: readonly number[]): Segments {
  const sorted = Float64Array.from(indexes).sort();
  const result: Segment[] = [];
  for (const index of sorted) if (index >= (result.at(-1)?.to ?? -Infinity)) append(result, index, index + 1, null);
  return result;
}

/** The segment [from, to) along one axis, none where it is empty. */
export function stretch(from: number, to: number): Segments {
  return from < to ? [{ from, to, rest: null }] : [];
}

/** Whether two sets are the same. */
export function isEqual(a: Segments | null, b: Segments | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.length !== b.length) return false;
  return a.every((x, i) => {
    const y = b[i];
    return y !== undefined && x.from === y.from && x.to === y.to && isEqual(x.rest, y.rest);
  });
}

/** `undefined` stands for what is not in the set at all. */
function combineRest(
  operation: Operation,
  a: Segments | null | undefined,
  b: Segments | null | undefined,
): Segments | null | undefined {
  if (a === undefined) return operation === "union" ? b : undefined;
  if (b === undefined) return operation === "intersect" ? undefined : a;
  if (a === null || b === null) return operation === "difference" ? undefined : null;
  if (a === b) return operation === "difference" ? undefined : a;
  const rest = combine(operation, a, b);
  return rest.length === 0 ? undefined : rest;
}

function append(list: Segment[], from: number, to: number, rest: Segments | null): void {
  const last = list.at(-1);
  if (last !== undefined && last.to === from && isEqual(last.rest, rest))
    list[list.length - 1] = { from: last.from, to, rest };
  else list.push({ from, to, rest });
}

/** The last segment that begins at an index or before it; -1 where none does. */
function lastAtOrBelow(segments: Segments, index: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.from ?? Infinity) <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
