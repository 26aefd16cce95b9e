import { encodeArrow } from "../data/arrow.ts";
import { rowFormOf } from "../data/row-form.ts";
import type { TakenValue } from "../protocol/kernel.ts";
import { describe } from "./describe.ts";
import { isRelation, originOf } from "./relations.ts";

/**
 * A value as it leaves the kernel for storing. Relations go by name; arrays of plain objects and Arrow tables as Arrow;
 * what JSON can hold without loss as JSON, where Dates become ISO text (the one loss that is allowed: a reader of the
 * stored value gets strings). NaN, infinities, bigint, undefined members, Map, Set and class instances are refused, with
 * the place of the first.
 */
export function encodeTaken(value: unknown, bound: string): TakenValue {
  const relation = isRelation(value) ? value : originOf(value);
  if (relation !== null) return { type: "relation", relation: relation.id, bound };
  const bytes = encodeArrow(value);
  if (bytes !== null) return { type: "arrow", bytes, form: rowFormOf(value) };
  const problem = findUnstorable(value, "", new Set());
  if (problem !== null) return { type: "virtual", what: problem };
  return { type: "json", text: JSON.stringify(value) };
}

/** The first thing in a value that JSON would lose, in words, or null. */
function findUnstorable(value: unknown, path: string, above: ReadonlySet<object>): string | null {
  if (value === null || typeof value === "boolean" || typeof value === "string") return null;
  if (typeof value === "number" && Number.isFinite(value)) return null;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return null;
  if (typeof value !== "object") return at(describe(value), path);
  if (above.has(value)) return at("a reference to itself", path);
  const within = new Set(above).add(value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const problem = findUnstorable(item, `${path}[${index}]`, within);
      if (problem !== null) return problem;
    }
    return null;
  }
  if (!isPlain(value)) return at(describe(value), path);
  for (const [key, item] of Object.entries(value)) {
    const problem = findUnstorable(item, `${path}.${key}`, within);
    if (problem !== null) return problem;
  }
  return null;
}

function at(what: string, path: string): string {
  return path === "" ? what : `${what} at ${path.replace(/^\./, "")}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
