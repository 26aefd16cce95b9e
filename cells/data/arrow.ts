import {
  Binary,
  Bool,
  DataType,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Null,
  RecordBatch,
  RecordBatchReader,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  Type,
  Utf8,
  isArrowTable,
  makeData,
  tableFromIPC,
  tableToIPC,
  type Data,
  type Vector,
} from "apache-arrow";
import { AppError } from "../errors.ts";
import { ArrowTable, type ColumnSource, type ColumnType } from "./arrow-table.ts";
import { convertColumn, decimalText } from "./arrow-values.ts";
import { inferType, isPlainObject, type ValueType } from "./column-types.ts";
import {
  packBooleans,
  packBytes,
  packFloat64,
  packInt32,
  packInt64,
  packLists,
  packText,
  packTimestamps,
  pickField,
  validityOf,
} from "./encode-columns.ts";

/** The library itself, as cells see it under the name `Arrow`. */
export * as library from "apache-arrow";

/** what an `ArrowTable` was decoded from, so that it is encoded without a loss */
const sources = new WeakMap<ArrowTable, Table>();

/**
 * Reads an Arrow IPC stream or file as JavaScript cells see it. BIGINT and DECIMAL become numbers (a column of integers
 * with one that no number holds becomes bigints), DATE and TIMESTAMP become Dates, TIME and INTERVAL text, lists arrays,
 * structs plain objects. Throws `value_not_storable` for bytes that are no Arrow.
 */
export function decodeArrow(bytes: Uint8Array): ArrowTable {
  // views that came over IPC may start anywhere, and Arrow reads words
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  try {
    return wrapTable(tableFromIPC(aligned));
  } catch (cause) {
    throw new AppError("value_not_storable", `the bytes are no Arrow stream: ${String(cause)}`, { cause });
  }
}

/** What is written beside the columns of an Arrow IPC stream, by name: the metadata of the Parquet file that it was read of. */
export function readSchemaMetadata(bytes: Uint8Array): ReadonlyMap<string, string> {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  try {
    return RecordBatchReader.from(aligned).open().schema.metadata;
  } catch (cause) {
    throw new AppError("value_not_storable", `the bytes are no Arrow stream: ${String(cause)}`, { cause });
  }
}

/** An Arrow table of this or another copy of the library, as cells see it. */
export function wrapTable(table: Table): ArrowTable {
  const columns = table.schema.fields.map((field, index) => toSource(field, table.getChildAt(index)));
  const wrapped = new ArrowTable(table.numRows, columns);
  sources.set(wrapped, table);
  return wrapped;
}

/**
 * Writes rows as an Arrow IPC stream: Arrow and Arquero tables, and arrays of plain objects with types inferred over all
 * rows. Integers are INTEGER or BIGINT, other numbers DOUBLE, Dates TIMESTAMP in UTC; a column of several types becomes
 * text. Null where the value is no table: an empty array, an array of anything else, or a row with a function in it.
 */
export function encodeArrow(value: unknown): Uint8Array | null {
  if (value instanceof ArrowTable) {
    const source = sources.get(value);
    return source === undefined ? null : tableToIPC(source, "stream");
  }
  if (isArrowTable(value)) return tableToIPC(value, "stream");
  const rows = toRows(value);
  if (rows === null || rows.length === 0 || !rows.every(isPlainObject)) return null;
  const type = inferType(rows);
  if (type === null || type.type !== "struct" || type.fields.size === 0) return null;
  const data = toData(type, rows);
  const schema = new Schema(data.type.children);
  return tableToIPC(new Table([new RecordBatch(schema, data as Data<Struct>)]), "stream");
}

/** Arquero tables and arrays; foreign Arrow tables by their rows. */
function toRows(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return null;
  if ("objects" in value && typeof value.objects === "function" && "numRows" in value) {
    const rows: unknown = value.objects();
    return Array.isArray(rows) ? rows : null;
  }
  return null;
}

function toData(type: ValueType, values: readonly unknown[]): Data {
  const { length, nullCount, validity } = validityOf(values);
  const common = { length, nullCount, nullBitmap: validity };
  switch (type.type) {
    case "null":
      return makeData({ type: new Null(), length });
    case "boolean":
      return makeData({ type: new Bool(), ...common, data: packBooleans(values) });
    case "int32":
      return makeData({ type: new Int32(), ...common, data: packInt32(values) });
    case "int64":
      return makeData({ type: new Int64(), ...common, data: packInt64(values) });
    case "float64":
      return makeData({ type: new Float64(), ...common, data: packFloat64(values) });
    case "timestamp":
      return makeData({ type: new TimestampMillisecond(), ...common, data: packTimestamps(values) });
    case "text": {
      const { offsets, bytes } = packText(values);
      return makeData({ type: new Utf8(), ...common, valueOffsets: offsets, data: bytes });
    }
    case "binary": {
      const { offsets, bytes } = packBytes(
        values.map((value) => (value instanceof Uint8Array ? value : new Uint8Array())),
      );
      return makeData({ type: new Binary(), ...common, valueOffsets: offsets, data: bytes });
    }
    case "list": {
      const { offsets, items } = packLists(values);
      const child = toData(type.item, items);
      return makeData({ type: new List(new Field("item", child.type, true)), ...common, valueOffsets: offsets, child });
    }
    case "struct": {
      const children = [...type.fields].map(([name, field]) => [name, toData(field, pickField(values, name))] as const);
      const fields = children.map(([name, child]) => new Field(name, child.type, true));
      return makeData({ type: new Struct(fields), ...common, children: children.map(([, child]) => child) });
    }
  }
}

function toSource(field: Field, vector: Vector | null): ColumnSource {
  const type = field.type;
  return {
    name: field.name,
    type: toColumnType(type),
    nullCount: vector?.nullCount ?? 0,
    read: () => (vector === null ? [] : convertColumn(vector)),
    exact: (row) => {
      const value: unknown = vector?.get(row) ?? null;
      if (value === null) return null;
      if (DataType.isDecimal(type)) return decimalText(value, type.scale);
      return typeof value === "bigint" ? String(value) : null;
    },
  };
}

function toColumnType(type: DataType): ColumnType {
  const name = engineType(type);
  const toString = (): string => name;
  if (DataType.isDate(type) || DataType.isTimestamp(type)) return { typeId: Type.Timestamp, unit: 1, toString };
  if (DataType.isDecimal(type)) return { typeId: Type.Float, toString };
  if (DataType.isTime(type) || DataType.isInterval(type)) return { typeId: Type.Utf8, toString };
  return { typeId: type.typeId, toString };
}

/** DuckDB's name of an Arrow type. */
function engineType(type: DataType): string {
  if (DataType.isInt(type)) return intType(type.bitWidth, type.isSigned);
  if (DataType.isFloat(type)) return type.precision === 2 ? "DOUBLE" : "FLOAT";
  if (DataType.isDecimal(type))
    return type.precision === 38 && type.scale === 0 ? "HUGEINT" : `DECIMAL(${type.precision},${type.scale})`;
  if (DataType.isBool(type)) return "BOOLEAN";
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return "VARCHAR";
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isFixedSizeBinary(type)) return "BLOB";
  if (DataType.isDate(type)) return "DATE";
  if (DataType.isTime(type)) return "TIME";
  if (DataType.isTimestamp(type)) return type.timezone ? "TIMESTAMP WITH TIME ZONE" : timestampType(type.unit);
  if (DataType.isInterval(type) || DataType.isDuration(type)) return "INTERVAL";
  if (DataType.isDictionary(type)) return engineType(type.dictionary);
  if (DataType.isList(type) || DataType.isFixedSizeList(type))
    return `${engineType(type.children[0]?.type ?? new Null())}[]`;
  if (DataType.isStruct(type))
    return `STRUCT(${type.children.map((field) => `${field.name} ${engineType(field.type)}`).join(", ")})`;
  if (DataType.isMap(type)) {
    const [key, value] = type.children[0]?.type.children ?? [];
    return `MAP(${engineType(key?.type ?? new Null())}, ${engineType(value?.type ?? new Null())})`;
  }
  return DataType.isNull(type) ? '"NULL"' : String(type);
}

function intType(bits: number, signed: boolean): string {
  const name = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" }[bits] ?? "BIGINT";
  return signed ? name : `U${name}`;
}

function timestampType(unit: number): string {
  return ["TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS"][unit] ?? "TIMESTAMP";
}
