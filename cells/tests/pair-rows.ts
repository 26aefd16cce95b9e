/** A row that was expected beside the one that came in its place, by their numbers; null where there is none. */
export interface RowPair {
  readonly missing: number | null;
  readonly unexpected: number | null;
  /** the columns, by position, in which the two differ; empty where one of them is none */
  readonly differs: readonly number[];
}

/**
 * Lays rows that were expected beside those that came, so that what differs between two can be seen: the most alike first, and only
 * rows that have a value in common, unless there is but one of each. In the order of the expected rows; what else came is at the end.
 */
export function pairRows(
  missing: readonly (readonly unknown[])[],
  unexpected: readonly (readonly unknown[])[],
): readonly RowPair[] {
  const isOnly = missing.length === 1 && unexpected.length === 1;
  const candidates = missing.flatMap((row, at) =>
    unexpected.map((other, to) => ({ at, to, differs: differing(row, other), width: row.length })),
  );
  candidates.sort((a, b) => a.differs.length - b.differs.length || a.at - b.at || a.to - b.to);
  const paired = new Map<number, { readonly to: number; readonly differs: readonly number[] }>();
  const taken = new Set<number>();
  for (const { at, to, differs, width } of candidates) {
    if (paired.has(at) || taken.has(to) || (differs.length === width && !isOnly)) continue;
    paired.set(at, { to, differs });
    taken.add(to);
  }
  return [
    ...missing.map((_, at): RowPair => {
      const pair = paired.get(at);
      return { missing: at, unexpected: pair?.to ?? null, differs: pair?.differs ?? [] };
    }),
    ...unexpected.flatMap((_, to): readonly RowPair[] =>
      taken.has(to) ? [] : [{ missing: null, unexpected: to, differs: [] }],
    ),
  ];
}

function differing(a: readonly unknown[], b: readonly unknown[]): readonly number[] {
  return a.flatMap((value, column) => (isSame(value, b[column]) ? [] : [column]));
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return textOf(a) === textOf(b);
}

function textOf(value: object): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? `${item}n` : item));
}
