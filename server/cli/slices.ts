/** An asset, and which of its partitions: `days`, `days (2026-01-31)`, `days (12 partitions, 2026-01-01 … 2026-01-12)`. */
export function nameSlices(key: string, partitions: readonly (string | null)[]): string {
  const named = partitions.filter((partition) => partition !== null && partition !== "");
  const [first] = named;
  if (first === undefined) return key;
  if (named.length === 1) return `${key} (${first})`;
  return `${key} (${named.length} partitions, ${first} … ${named.at(-1)})`;
}

/** Items with the same name together, in the order in which the names first come. */
export function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
