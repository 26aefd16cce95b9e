import { AppError } from "../errors.ts";
import { problemOfName } from "./key-text.ts";
import type { TimeWindows } from "./time-windows.ts";

/**
 * Partitions along one dimension, at one instant: keys by index. Those at 0 … count - 1 exist; a time axis has keys for
 * others too. Axes of one `signature` have the same keys at the same indexes.
 */
export interface PartitionAxis {
  readonly type: "time" | "list";
  /** the name of its dimension; "" where it is the only one */
  readonly name: string;
  readonly signature: string;
  readonly count: number;
  /** windows by index; null for an axis that is a list of keys */
  readonly windows: TimeWindows | null;
  /** Throws `usage` for an index that has no key. */
  keyAt(index: number): string;
  /** The index of a key, whether it exists by now or not; null where there is no such key. */
  indexOf(key: string): number | null;
  /** What is wrong with a key, and what is right; null where it exists. */
  problemOf(key: string): string | null;
}

/** The axis of a time definition at an instant (milliseconds since 1970). */
export function timeAxis(name: string, windows: TimeWindows, signature: string, at: number): PartitionAxis {
  return {
    type: "time",
    name,
    signature,
    count: windows.count(at),
    windows,
    keyAt: (index) => windows.keyAt(index),
    indexOf: (key) => windows.indexOf(key),
    problemOf: (key) => windows.problemOf(key, at),
  };
}

/** The axis of keys in a list; `what` names the list in sentences. Throws `usage` for a key that cannot be one. */
export function listAxis(name: string, keys: readonly string[], what: string): PartitionAxis {
  const indexes = indexesOf(keys, what);
  let signature: string | null = null;
  return {
    type: "list",
    name,
    get signature() {
      return (signature ??= JSON.stringify(keys));
    },
    count: keys.length,
    windows: null,
    keyAt(index) {
      const key = keys[index];
      if (key === undefined) throw new AppError("usage", `${what} has no key number ${index}; it has ${keys.length}`);
      return key;
    },
    indexOf: (key) => indexes.get(key) ?? null,
    problemOf(key) {
      if (indexes.has(key)) return null;
      const some = keys.slice(0, 5).join(", ");
      const others = keys.length > 5 ? ` and ${keys.length - 5} more` : "";
      const right = keys.length === 0 ? "it is empty" : `it has ${some}${others}`;
      return `${JSON.stringify(key)} is not in ${what}; ${right}`;
    },
  };
}

/** Lists come back with every question: what is known of one is kept as long as the list is. */
const known = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function indexesOf(keys: readonly string[], what: string): ReadonlyMap<string, number> {
  const before = known.get(keys);
  if (before !== undefined) return before;
  const indexes = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    const problem = indexes.has(key) ? `the key ${JSON.stringify(key)} stands twice; take one out` : problemOfName(key);
    if (problem !== null) throw new AppError("usage", `${what}: ${problem}`);
    indexes.set(key, index);
  }
  known.set(keys, indexes);
  return indexes;
}
