import { isPlainObject } from "./column-types.ts";

/** An Arrow vector as far as its values are converted. */
interface VectorLike {
  readonly length: number;
  readonly nullCount: number;
  readonly type: TypeLike;
  get(index: number): unknown;
  toArray(): unknown;
}

/** An Arrow type as far as conversions need it. */
interface TypeLike {
  readonly typeId: number;
  readonly unit?: number;
  readonly scale?: number;
  readonly children: readonly { readonly name: string; readonly type: TypeLike }[] | null;
  readonly dictionary?: TypeLike;
}

/** Arrow's numbers of types, from its format. */
const typeIds = {
  int: 2,
  float: 3,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  fixedSizeList: 16,
  map: 17,
  duration: 18,
  largeList: 21,
} as const;

/** All values of a column as JavaScript sees them. Numeric columns without nulls stay typed arrays. */
export function convertColumn(vector: VectorLike): ArrayLike<unknown> {
  const { type, nullCount } = vector;
  if (type.typeId === typeIds.int || type.typeId === typeIds.float) {
    const values = vector.toArray();
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) return narrow(readAll(vector));
    return nullCount === 0 && isTyped(values) ? values : readAll(vector);
  }
  if (type.typeId === typeIds.decimal && type.scale === 0)
    return narrow(readAll(vector).map((value) => (value === null ? null : decimalOf(value))));
  const convert = converterOf(type);
  const values = readAll(vector);
  return convert === null ? values : values.map((value) => (value === null ? null : convert(value)));
}

/** The exact text of a DECIMAL: `123.40` for scale 2. */
export function decimalText(value: unknown, scale: number): string {
  const whole = decimalOf(value);
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, "0");
  const sign = whole < 0n ? "-" : "";
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

type Convert = (value: unknown) => unknown;

/** How one value that is not null is converted; null where it stays as it is. */
function converterOf(type: TypeLike): Convert | null {
  switch (type.typeId) {
    case typeIds.int:
      return narrowOne;
    case typeIds.decimal: {
      const { scale = 0 } = type;
      return scale === 0 ? (value) => narrowOne(decimalOf(value)) : (value) => Number(decimalText(value, scale));
    }
    case typeIds.date:
    case typeIds.timestamp:
      return (value) => new Date(Number(value));
    case typeIds.time:
      return (value) => timeText(value, type.unit ?? 0);
    case typeIds.interval:
      return intervalText;
    case typeIds.duration:
      return (value) => Number(value) * (millisecondsPerUnit[type.unit ?? 1] ?? 1);
    case typeIds.list:
    case typeIds.largeList:
    case typeIds.fixedSizeList:
      return listConverter(type);
    case typeIds.struct:
      return structConverter(type);
    case typeIds.map:
      return mapConverter(type);
    default:
      return type.dictionary === undefined ? null : converterOf(type.dictionary);
  }
}

function listConverter(type: TypeLike): Convert {
  const [child] = type.children ?? [];
  const convert = child === undefined ? null : converterOf(child.type);
  return (list) => {
    const items = [...iterate(list)];
    return convert === null ? items : items.map((item) => (item === null ? null : convert(item)));
  };
}

function structConverter(type: TypeLike): Convert {
  const fields = (type.children ?? []).map(({ name, type: field }) => [name, converterOf(field)] as const);
  return (row) => {
    const values: Record<string, unknown> = {};
    for (const [name, convert] of fields) {
      const value: unknown = Reflect.get(Object(row), name) ?? null;
      values[name] = value === null || convert === null ? value : convert(value);
    }
    return values;
  };
}

/** A MAP becomes an object where its keys are texts, else a Map. */
function mapConverter(type: TypeLike): Convert {
  const [key, value] = type.children?.[0]?.type.children ?? [];
  const convertKey = key === undefined ? null : converterOf(key.type);
  const convertValue = value === undefined ? null : converterOf(value.type);
  return (map) => {
    const entries = [...iterate(map)].flatMap((entry): readonly (readonly [unknown, unknown])[] => {
      if (!Array.isArray(entry)) return [];
      const [k, v]: readonly unknown[] = entry;
      return [[convertKey === null ? k : convertKey(k), v === null || convertValue === null ? v : convertValue(v)]];
    });
    return entries.every(([k]) => typeof k === "string")
      ? Object.fromEntries(entries.map(([k, v]) => [String(k), v]))
      : new Map(entries);
  };
}

function readAll(vector: VectorLike): unknown[] {
  const values = new Array<unknown>(vector.length);
  for (let i = 0; i < vector.length; i++) values[i] = vector.get(i);
  return values;
}

/** Integers as numbers, if all of them are exact as such, else all as bigints: a column has one type. */
function narrow(values: readonly unknown[]): readonly unknown[] {
  const safe = values.every((value) => typeof value !== "bigint" || isSafe(value));
  return safe ? values.map((value) => (typeof value === "bigint" ? Number(value) : value)) : values;
}

function narrowOne(value: unknown): unknown {
  return typeof value === "bigint" && isSafe(value) ? Number(value) : value;
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** The unscaled integer of a DECIMAL: little-endian 32-bit words in two's complement. */
function decimalOf(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (!(value instanceof Uint32Array)) return 0n;
  let result = 0n;
  for (let i = value.length - 1; i >= 0; i--) result = (result << 32n) | BigInt(value[i] ?? 0);
  return BigInt.asIntN(value.length * 32, result);
}

const unitsPerSecond = [1, 1e3, 1e6, 1e9] as const;
const millisecondsPerUnit = [1e3, 1, 1e-3, 1e-6] as const;

/** `12:30:00`, with a fraction where there is one. */
function timeText(value: unknown, unit: number): string {
  const perSecond = BigInt(unitsPerSecond[unit] ?? 1);
  const total = BigInt(String(value));
  const seconds = Number(total / perSecond);
  const fraction = (total % perSecond)
    .toString()
    .padStart(String(perSecond).length - 1, "0")
    .replace(/0+$/, "");
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return (
    parts.map((part) => String(part).padStart(2, "0")).join(":") + (perSecond > 1n && fraction ? `.${fraction}` : "")
  );
}

/** ISO 8601, as in `P1M2DT3.5S`: months, days and seconds cannot be turned into one another. */
function intervalText(value: unknown): unknown {
  if (!(value instanceof Int32Array)) return String(value);
  const [months = 0, days = 0, low = 0, high = 0] = value;
  if (value.length < 4) return `P${months}M${days}D`;
  const nanoseconds = (BigInt(high) << 32n) | BigInt(low >>> 0);
  const seconds = Number(nanoseconds) / 1e9;
  const text = `${months ? `${months}M` : ""}${days ? `${days}D` : ""}${seconds ? `T${seconds}S` : ""}`;
  return text === "" ? "PT0S" : `P${text}`;
}

function isTyped(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function* iterate(value: unknown): Generator<unknown> {
  if (typeof value === "object" && value !== null && Symbol.iterator in value) {
    const iterable: unknown = value;
    if (isIterable(iterable)) yield* iterable;
  } else if (isPlainObject(value)) yield* Object.entries(value);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Symbol.iterator in value &&
    typeof value[Symbol.iterator] === "function"
  );
}
