import {
  difference,
  intersect,
  isEmptySubset,
  isSameSubset,
  union,
  type PartitionSubset,
} from "../partition/subset.ts";

// Most sets of a condition are empty or the whole: these answer such cases without making anything.

/** What is in either. */
export function join(a: PartitionSubset, b: PartitionSubset): PartitionSubset {
  if (a === b || isEmptySubset(b)) return a;
  return isEmptySubset(a) ? b : union(a, b);
}

/** What is in both. */
export function meet(a: PartitionSubset, b: PartitionSubset): PartitionSubset {
  if (a === b || isEmptySubset(a)) return a;
  return isEmptySubset(b) ? b : intersect(a, b);
}

/** What is in `a` and not in `b`. */
export function minus(a: PartitionSubset, b: PartitionSubset): PartitionSubset {
  return isEmptySubset(a) || isEmptySubset(b) ? a : difference(a, b);
}

/** Whether all of `a` is in `b`. */
export function isWithin(a: PartitionSubset, b: PartitionSubset): boolean {
  return a === b || isEmptySubset(minus(a, b));
}

/** Whether two are the same. */
export function isSame(a: PartitionSubset, b: PartitionSubset): boolean {
  return a === b || isSameSubset(a, b);
}
