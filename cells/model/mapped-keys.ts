/** The keys of an input that one partition of a reader reads by a function, or why the function gave none. */
export type MappedKeys = { readonly keys: readonly string[] } | { readonly problem: string };

/** More partitions than these are not asked for one by one, and a partition reads no more. */
export const mostMapped = 100_000;
