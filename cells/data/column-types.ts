/**
 * The type of a column of plain JavaScript values, inferred over all of them. `text` stands also for columns of several
 * types: their values are written as text.
 */
export type ValueType =
  | { readonly type: "null" | "boolean" | "int32" | "int64" | "float64" | "text" | "timestamp" | "binary" }
  | { readonly type: "list"; readonly item: ValueType }
  | { readonly type: "struct"; readonly fields: ReadonlyMap<string, ValueType> };

const none: ValueType = { type: "null" };

/** The type that holds every value, or null where one of them is nothing that a table can hold (a function, a Map). */
export function inferType(values: Iterable<unknown>): ValueType | null {
  let type: ValueType = none;
  for (const value of values) {
    const next = typeOf(value);
    if (next === null) return null;
    type = merge(type, next);
  }
  return type;
}

/** Whether a value is an object literal, and not an instance of anything. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // an object of another realm has an Object.prototype that is not ours
  return (
    prototype === null ||
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null &&
      !Array.isArray(value) &&
      Object.hasOwn(Object(prototype), "isPrototypeOf"))
  );
}

function typeOf(value: unknown): ValueType | null {
  if (value === null || value === undefined) return none;
  switch (typeof value) {
    case "boolean":
      return { type: "boolean" };
    case "string":
      return { type: "text" };
    case "bigint":
      return value >= -(2n ** 63n) && value < 2n ** 63n ? { type: "int64" } : { type: "text" };
    case "number":
      if (!Number.isInteger(value) || Object.is(value, -0)) return { type: "float64" };
      if (value >= -(2 ** 31) && value < 2 ** 31) return { type: "int32" };
      return Number.isSafeInteger(value) ? { type: "int64" } : { type: "float64" };
    case "object":
      break;
    case "undefined":
      return none;
    case "function":
    case "symbol":
      return null;
  }
  if (value instanceof Date) return { type: "timestamp" };
  if (value instanceof Uint8Array) return { type: "binary" };
  if (isNumericArray(value)) {
    const item = inferType(value);
    return item === null ? null : { type: "list", item };
  }
  if (Array.isArray(value)) {
    const item = inferType(value);
    return item === null ? null : { type: "list", item };
  }
  if (!isPlainObject(value)) return null;
  const fields = new Map<string, ValueType>();
  for (const [key, item] of Object.entries(value)) {
    const field = typeOf(item);
    if (field === null) return null;
    fields.set(key, field);
  }
  return { type: "struct", fields };
}

function merge(a: ValueType, b: ValueType): ValueType {
  if (a.type === "null") return b;
  if (b.type === "null") return a;
  if (a.type === "list" && b.type === "list") return { type: "list", item: merge(a.item, b.item) };
  if (a.type === "struct" && b.type === "struct") {
    const fields = new Map(a.fields);
    for (const [key, type] of b.fields) fields.set(key, merge(fields.get(key) ?? none, type));
    return { type: "struct", fields };
  }
  if (a.type === b.type) return a;
  const rank = Math.max(numericRank(a), numericRank(b));
  if (numericRank(a) > 0 && numericRank(b) > 0) return { type: rank === 3 ? "float64" : "int64" };
  return { type: "text" };
}

function numericRank({ type }: ValueType): number {
  return type === "int32" ? 1 : type === "int64" ? 2 : type === "float64" ? 3 : 0;
}

/** A typed array of numbers, which is a list. */
export function isNumericArray(value: unknown): value is Iterable<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
