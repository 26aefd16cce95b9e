/** The keys of an input that one partition of a reader reads by a function, or why the function gave none. */
export type MappedKeys = { readonly keys: readonly string[] } | { readonly problem: string };

/**
 * What functions answered that map the partitions of one definition: name of the function → key of the reader → answer. They are asked
 * before anything is planned, so that mappings are plain data.
 */
export type MappingAnswers = ReadonlyMap<string, ReadonlyMap<string, MappedKeys>>;

/** More partitions than these are not asked for one by one. */
export const mostMapped = 100_000;

/** What an answer without keys says where nobody asked: nothing is left out silently. */
export function unasked(name: string, key: string): MappedKeys {
  return { problem: `function ${name} was not asked for ${key}` };
}
