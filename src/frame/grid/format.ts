import { formatValue } from "../../../cells/data/format-value.ts";
import type { Column } from "../../../cells/model/materialization.ts";

/** How the values of a column are written. */
export type ColumnStyle = "number" | "date" | "timestamp" | "time" | "boolean" | "text" | "nested" | "bytes";

/** The style of a column, by its type in the words of DuckDB or of Arrow. */
export function styleOf({ type }: Column): ColumnStyle {
  if (/\[|^(?:STRUCT|MAP|List|LargeList|FixedSizeList|Struct|Map_?)\b|^Map</.test(type)) return "nested";
  if (/^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|INT|FLOAT|DOUBLE|REAL|DECIMAL|Int|Uint|Float|Decimal)/.test(type))
    return "number";
  if (/^DATE|^Date/.test(type)) return "date";
  if (/^TIMESTAMP|^Timestamp/.test(type)) return "timestamp";
  if (/^TIME|^Time/.test(type)) return "time";
  if (/^BOOL|^Bool/.test(type)) return "boolean";
  if (/^BLOB|^(?:Large|FixedSize)?Binary/.test(type)) return "bytes";
  return "text";
}

/** The type as a header says it: short, lower-case. */
export function typeLabel({ type }: Column): string {
  const known: Readonly<Record<string, string>> = {
    VARCHAR: "text",
    BIGINT: "int64",
    INTEGER: "int32",
    SMALLINT: "int16",
    TINYINT: "int8",
    DOUBLE: "double",
    FLOAT: "float",
    BOOLEAN: "bool",
    TIMESTAMP: "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    Utf8: "text",
    LargeUtf8: "text",
  };
  return known[type] ?? (/^Dictionary<.*Utf8/.test(type) ? "text" : type.toLowerCase());
}

/** A value as one line of text; null and undefined are for the caller to draw. */
export function gridText(value: unknown, style: ColumnStyle): string {
  if (style === "number" && typeof value === "number") return formatNumber(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    const text = value.toISOString();
    if (style === "date") return text.slice(0, 10);
    if (style === "timestamp") return text.replace("T", " ").replace(/(\.000)?Z$/, "");
  }
  return formatValue(value);
}

/** Up to ten significant digits, without the noise of the last bits. */
function formatNumber(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(10)));
}
