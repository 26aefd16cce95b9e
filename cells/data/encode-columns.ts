import { isNumericArray, isPlainObject } from "./column-types.ts";

/** Values of one column as the buffers that Arrow keeps them in. */
export interface ColumnBuffers {
  readonly length: number;
  readonly nullCount: number;
  /** one bit a value, lowest first, set where it is not null; null where none is null */
  readonly validity: Uint8Array | null;
}

/** Which values are missing: null, undefined, and Dates without a time. */
function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (value instanceof Date && Number.isNaN(value.getTime()));
}

export function validityOf(values: readonly unknown[]): ColumnBuffers {
  let nullCount = 0;
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++)
    if (isMissing(values[i])) nullCount++;
    else bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return { length: values.length, nullCount, validity: nullCount === 0 ? null : bits };
}

export function packBooleans(values: readonly unknown[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) if (values[i] === true) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}

export function packInt32(values: readonly unknown[]): Int32Array {
  return Int32Array.from(values, (value) => Number(value ?? 0));
}

export function packFloat64(values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, (value) => (isMissing(value) ? 0 : Number(value)));
}

export function packInt64(values: readonly unknown[]): BigInt64Array {
  return BigInt64Array.from(values, (value) => (typeof value === "bigint" ? value : BigInt(Number(value ?? 0))));
}

export function packTimestamps(values: readonly unknown[]): BigInt64Array {
  return BigInt64Array.from(values, (value) =>
    value instanceof Date && !isMissing(value) ? BigInt(Math.round(value.getTime())) : 0n,
  );
}

/** Texts end to end, with where each begins and the last ends. */
export interface PackedBytes {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

export function packText(values: readonly unknown[]): PackedBytes {
  const texts = values.map(toText);
  const encoder = new TextEncoder();
  const joined = encoder.encode(texts.join(""));
  const offsets = new Int32Array(texts.length + 1);
  let end = 0;
  for (let i = 0; i < texts.length; i++) {
    end += texts[i]?.length ?? 0;
    offsets[i + 1] = end;
  }
  // equal lengths: all ASCII, and the offsets of characters are those of bytes
  if (joined.length === end) return { offsets, bytes: joined };
  return packBytes(texts.map((text) => encoder.encode(text)));
}

export function packBytes(parts: readonly Uint8Array[]): PackedBytes {
  const offsets = new Int32Array(parts.length + 1);
  let end = 0;
  parts.forEach((part, i) => {
    end += part.length;
    offsets[i + 1] = end;
  });
  const bytes = new Uint8Array(end);
  parts.forEach((part, i) => bytes.set(part, offsets[i]));
  return { offsets, bytes };
}

/** Lists end to end. */
export function packLists(values: readonly unknown[]): {
  readonly offsets: Int32Array;
  readonly items: readonly unknown[];
} {
  const offsets = new Int32Array(values.length + 1);
  const items: unknown[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Array.isArray(value) || isNumericArray(value)) for (const item of value as Iterable<unknown>) items.push(item);
    offsets[i + 1] = items.length;
  }
  return { offsets, items };
}

/** The values of one field of structs. */
export function pickField(values: readonly unknown[], name: string): readonly unknown[] {
  return values.map((value) => (isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : null));
}

/** A value of a column of mixed types as text: numbers and dates as they are written, the rest as JSON. */
function toText(value: unknown): string {
  if (isMissing(value)) return "";
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}
