import { keySeparator } from "./key-text.ts";
import type { PartitionSpace } from "./space.ts";

/** One partition as code is told of it: the built-in `partition`. */
export interface Slice {
  readonly key: string;
  /** ISO instants of its time window, that of the first dimension of time; null where it has none */
  readonly start: string | null;
  readonly end: string | null;
  /** dimension → key; empty where there is only one */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** The partition with a key; null for an asset without partitions. */
export function sliceOf(space: PartitionSpace, key: string): Slice | null {
  if (space.definition === null) return null;
  const { axes } = space;
  const parts = axes.length === 1 ? [key] : key.split(keySeparator);
  const time = axes.findIndex(({ windows }) => windows !== null);
  const window = axes[time]?.windows?.windowOf(parts[time] ?? "") ?? null;
  return {
    key,
    start: window === null ? null : new Date(window.start).toISOString(),
    end: window === null ? null : new Date(window.end).toISOString(),
    dimensions: axes.length === 1 ? {} : Object.fromEntries(axes.map(({ name }, i) => [name, parts[i] ?? ""])),
  };
}
