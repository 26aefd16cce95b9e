import { ArrowTable } from "./arrow-table.ts";
import type { RowForm } from "../model/row-form.ts";
import { isPlainObject } from "./column-types.ts";

/**
 * The form of a value that `encodeArrow` took, or null where a table loses something of it: members that some rows lack or have in
 * another order, undefined, columns of several types, bigints (they come back as numbers), names that differ in case alone, dates without a
 * time, broken UTF-16, -0, typed arrays.
 */
export function rowFormOf(value: unknown): RowForm | null {
  if (value instanceof ArrowTable) return "table";
  if (!Array.isArray(value)) return null;
  const rows: readonly unknown[] = value;
  const seen = unseen();
  for (let i = 0; i < rows.length; i++) if (rows[i] === null || !fits(seen, rows[i])) return null;
  if (seen.kind !== "object") return null;
  const extra = Object.keys(value).slice(rows.length);
  if (extra.length === 0) return "rows";
  const columns: unknown = Reflect.get(value, "columns");
  const [first] = rows;
  return extra.length === 1 && isPlainObject(first) && sameTexts(columns, Object.keys(first)) ? "dsv" : null;
}

/** The value that rows were, from the rows of their table. */
export function fromRowForm(form: RowForm, table: ArrowTable): unknown {
  if (form === "table") return table;
  const rows = [...table.toArray()];
  return form === "rows" ? rows : Object.assign(rows, { columns: [...table.columns] });
}

/** What the values of one place have in common, as far as they were looked at. */
interface Seen {
  kind: "boolean" | "number" | "text" | "date" | "bytes" | "list" | "object" | null;
  names: readonly string[];
  /** of the members of an object by their places; of all items of a list */
  readonly parts: Seen[];
}

function unseen(): Seen {
  return { kind: null, names: [], parts: [] };
}

/** Whether a value is kept whole in one column with those that were seen before; nulls always are. */
function fits(seen: Seen, value: unknown): boolean {
  if (value === null) return true;
  const kind = kindOf(value);
  if (kind === null || (seen.kind !== null && seen.kind !== kind)) return false;
  const isFirst = seen.kind === null;
  seen.kind = kind;
  if (Array.isArray(value)) {
    const item = (seen.parts[0] ??= unseen());
    // a hole is an undefined, and has no key
    return Object.keys(value).length === value.length && value.every((member) => fits(item, member));
  }
  if (kind !== "object") return true;
  const members = Object(value) as Readonly<Record<string, unknown>>;
  const names = Object.keys(members);
  if (isFirst) {
    if (!areNames(names)) return false;
    seen.names = names;
  }
  if (names.length !== seen.names.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? "";
    if (name !== seen.names[i] || !fits((seen.parts[i] ??= unseen()), members[name])) return false;
  }
  return true;
}

function kindOf(value: unknown): Seen["kind"] {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "number":
      return Object.is(value, -0) ? null : "number";
    case "string":
      return value.isWellFormed() ? "text" : null;
    case "object":
      break;
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
      return null;
  }
  if (Array.isArray(value)) return "list";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : "date";
  if (value instanceof Uint8Array) return value.constructor === Uint8Array ? "bytes" : null;
  return isPlainObject(value) && Object.getPrototypeOf(value) !== null ? "object" : null;
}

/** Engines tell names apart by their letters alone, and keep none without. */
function areNames(names: readonly string[]): boolean {
  const different = new Set(names.map((name) => name.toLowerCase()));
  return (
    names.length > 0 && different.size === names.length && names.every((name) => name !== "" && name.isWellFormed())
  );
}

function sameTexts(value: unknown, texts: readonly string[]): boolean {
  return Array.isArray(value) && value.length === texts.length && value.every((item, i) => item === texts[i]);
}
