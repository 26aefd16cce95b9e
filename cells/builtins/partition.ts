import type { PartitionValue } from "../protocol/kernel.ts";

/**
 * `partition` of cells: `key`, `start` and `end` of a time window as Dates, and each dimension under its name. In a run
 * without partitions `key`, `start` and `end` are null.
 */
export function partitionValue(partition: PartitionValue | null): Readonly<Record<string, unknown>> {
  if (partition === null) return { key: null, start: null, end: null };
  const { key, start, end, dimensions } = partition;
  return { ...dimensions, key, start: toDate(start), end: toDate(end) };
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
