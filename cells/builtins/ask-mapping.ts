import { type MappedKeys, mostMapped } from "../model/mapped-keys.ts";
import type { PartitionValue } from "../protocol/kernel.ts";
import { partitionValue } from "./partition.ts";

/** The name by which the server asks a mapping function; no author can write it. */
export const askMappingName = "@mapping";

/**
 * Asks a function of a notebook which keys of an input each of some partitions reads, as the built-in `partition` shows these: a key or
 * several, as text. What it throws, or gives in place of keys, is the answer for that partition alone. `name` is the function's.
 */
export function askMapping(
  name: string,
  given: unknown,
  partitions: readonly PartitionValue[],
): { readonly answers: readonly MappedKeys[] } {
  return { answers: partitions.map((partition) => askOne(name, given, partition)) };
}

function askOne(name: string, given: unknown, partition: PartitionValue): MappedKeys {
  const says = (what: string): MappedKeys => ({ problem: `function ${name} ${what}` });
  if (typeof given !== "function") return says(`is ${sayKind(given)} and no function; write it as (partition) => […]`);
  const right = "give a key of the input as text, or a list of them";
  let keys: unknown;
  try {
    keys = (given as (partition: unknown) => unknown)(partitionValue(partition));
    if (typeof keys === "string") return { keys: [keys] };
    if (keys instanceof Promise) {
      keys.catch(() => undefined);
      return says(`gives a promise for ${partition.key}; let it answer at once`);
    }
    if (typeof keys !== "object" || keys === null || !(Symbol.iterator in keys))
      return says(`gives ${sayKind(keys)} for ${partition.key}; ${right}`);
    const list = new Set<string>();
    for (const key of keys as Iterable<unknown>) {
      if (typeof key !== "string") return says(`gives ${sayKind(key)} among the keys for ${partition.key}; ${right}`);
      list.add(key);
      if (list.size > mostMapped) return says(`gives more than ${mostMapped} keys for ${partition.key}; give fewer`);
    }
    return { keys: [...list] };
  } catch (error) {
    return says(
      `failed for ${partition.key}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
  }
}

function sayKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return "a text";
  if (typeof value === "function") return "a function";
  if (value instanceof Date) return "a Date";
  return Array.isArray(value) ? "a list" : typeof value === "symbol" ? "a symbol" : "an object";
}
