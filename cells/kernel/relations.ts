import type { Relation } from "../protocol/host.ts";

/** Relations that came from a host, told from objects of the author's that look alike. */
const known = new WeakSet<object>();
/** rows that JavaScript got → the relation they are the rows of, so that they need not be sent back */
const origins = new WeakMap<object, Relation>();

/** Marks what a host answered as a relation. */
export function toRelation(relation: Relation): Relation {
  known.add(relation);
  return relation;
}

export function isRelation(value: unknown): value is Relation {
  return typeof value === "object" && value !== null && known.has(value);
}

/** Whether a cell may keep its result: the very same values, or relations that hold the same rows. */
export function sameInputs(a: readonly unknown[], b: readonly unknown[]): boolean {
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const y = b[i];
    if (!Object.is(x, y) && !(isRelation(x) && isRelation(y) && x.id === y.id)) return false;
  }
  return a.length === b.length;
}

/** Remembers that `rows` are the rows of `relation`. */
export function rememberOrigin<T extends object>(rows: T, relation: Relation): T {
  origins.set(rows, relation);
  return rows;
}

/** The relation whose rows a value is, or null. */
export function originOf(value: unknown): Relation | null {
  return typeof value === "object" && value !== null ? (origins.get(value) ?? null) : null;
}
