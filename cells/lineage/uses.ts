import { isDirect, type ColumnOrigin, type ColumnUse } from "./column-lineage.ts";

/** A set of origins: `source`, `column` and `use` together occur once. */
export type Uses = ReadonlyMap<string, ColumnOrigin>;

export const noUses: Uses = new Map();

const strength: readonly ColumnUse[] = ["identity", "transformation", "aggregation"];

const decidesRows: ReadonlySet<ColumnUse> = new Set(["filter", "join", "group_by"]);

/** One origin. */
export function useOf(origin: ColumnOrigin): Uses {
  return new Map([[keyOf(origin), origin]]);
}

export function joinUses(all: Iterable<Uses>): Uses {
  const joined = new Map<string, ColumnOrigin>();
  for (const uses of all) for (const [key, origin] of uses) joined.set(key, origin);
  return joined;
}

/** What becomes of origins that are used once more: a sum of a product is an aggregation, a filter stays a filter. */
export function usedAs(uses: Uses, use: ColumnUse): Uses {
  const used = new Map<string, ColumnOrigin>();
  for (const origin of uses.values()) {
    const next = { ...origin, use: compose(origin.use, use) };
    used.set(keyOf(next), next);
  }
  return used;
}

/** What becomes of origins that only decide which value there is. */
export function deciding(uses: Uses): Uses {
  return joinUses(Array.from(uses.values(), (origin) => useOf({ ...origin, use: "conditional" })));
}

function compose(first: ColumnUse, then: ColumnUse): ColumnUse {
  if (!isDirect(then)) return isDirect(first) || decidesRows.has(then) ? then : first;
  if (!isDirect(first)) return first;
  return strength[Math.max(strength.indexOf(first), strength.indexOf(then))] ?? then;
}

function keyOf({ source, column, use }: ColumnOrigin): string {
  return JSON.stringify([source, column, use]);
}
