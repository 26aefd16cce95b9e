import type { MappedKeys } from "../model/mapped-keys.ts";

/**
 * What functions answered that map the partitions of one definition: name of the function → key of the reader → answer. They are asked
 * before anything is planned, so that mappings are plain data.
 */
export type MappingAnswers = ReadonlyMap<string, ReadonlyMap<string, MappedKeys>>;

/** The answer where nobody asked: nothing is left out silently. */
export function unasked(name: string, key: string): MappedKeys {
  return { problem: `function ${name} was not asked for ${key}` };
}
