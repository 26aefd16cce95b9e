/** Which partitions a tick is about. */
export type PartitionPolicy =
  /** of each dimension of time the last `count` windows that have ended, but for the `ago` last of all; of the others every key */
  | { readonly type: "ended"; readonly count: number; readonly ago: number }
  /** those that a person named: a key, `A..B` or `*` */
  | { readonly type: "named"; readonly text: string };

/** The window that has just ended (Dagster's rule C11). */
export const lastEnded: PartitionPolicy = { type: "ended", count: 1, ago: 0 };

/** Reads `ended`, `ended -2` (the one two windows before it), `last 3`, or what a person names: a key, `A..B`, `*`. */
export function parsePartitionPolicy(text: string): PartitionPolicy {
  const word = text.trim();
  const ended = /^ended(?:\s*-\s*(\d{1,6}))?$/.exec(word);
  if (ended) return { type: "ended", count: 1, ago: Number(ended[1] ?? 0) };
  const last = /^last ([1-9]\d{0,5})$/.exec(word);
  return last ? { type: "ended", count: Number(last[1]), ago: 0 } : { type: "named", text: word };
}
