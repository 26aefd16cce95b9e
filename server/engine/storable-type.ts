/**
 * Types that Parquet or Arrow would change. DuckDB 1.5.5 writes HUGEINT as DOUBLE, drops the offset of TIMETZ, the
 * microseconds of INTERVAL, the fixed length of arrays, and the names of UNION; Arrow has no UUID, ENUM or JSON. Each becomes the type
 * that holds it exactly, so that every reader of an asset sees the same (`README.md` has the table). What has no exact
 * type becomes its text.
 */
const exact: Readonly<Record<string, string>> = {
  HUGEINT: "DECIMAL(38,0)",
  UHUGEINT: "DECIMAL(38,0)",
  TIMESTAMP_S: "TIMESTAMP",
  TIMESTAMP_MS: "TIMESTAMP",
  VARIANT: "VARCHAR",
  JSON: "VARCHAR",
  UUID: "VARCHAR",
  INTERVAL: "VARCHAR",
  BIT: "VARCHAR",
  BIGNUM: "VARCHAR",
  TIME_NS: "VARCHAR",
  GEOMETRY: "VARCHAR",
  "TIME WITH TIME ZONE": "VARCHAR",
  '"NULL"': "INTEGER",
};

/** The type that an asset stores a value of `type` in, as DuckDB prints types. Equal to `type` where nothing is lost. */
export function storableType(type: string): string {
  const list = /^(.*)\[\d*\]$/s.exec(type);
  if (list) return `${storableType(list[1] ?? "")}[]`;
  const nested = /^(STRUCT|MAP|UNION|ENUM)\((.*)\)$/s.exec(type);
  if (nested === null) return exact[type] ?? (type.startsWith("GEOMETRY") ? "VARCHAR" : type);
  const [, kind, inner = ""] = nested;
  if (kind === "UNION" || kind === "ENUM") return "VARCHAR";
  const parts = splitTypes(inner);
  if (kind === "MAP") return `MAP(${parts.map(storableType).join(", ")})`;
  return `STRUCT(${parts.map(storableField).join(", ")})`;
}

/** SQL text that casts a value of `type` to the type that it is stored in. */
export function storableValue(value: string, type: string): string {
  const stored = storableType(type);
  if (stored === type) return value;
  // the text of a VARIANT is DuckDB's notation, that of the JSON which it becomes is JSON
  const source = /\bVARIANT\b/.test(type) ? `CAST(${value} AS ${type.replace(/\bVARIANT\b/g, "JSON")})` : value;
  return `CAST(${source} AS ${stored})`;
}

/** The parts of a type's parentheses: `a INTEGER, "b c" DECIMAL(4,2)[]` → its two fields. */
export function splitTypes(inner: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let at = 0; at < inner.length; at++) {
    const char = inner[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (char === "," && depth === 0) {
      parts.push(inner.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = inner.slice(start).trim();
  return last === "" ? parts : [...parts, last];
}

/** Name (as SQL text) and type of a field of a struct; an unnamed one (`row(1, 2)`) gets `element1`, `element2`, … */
export function splitField(field: string, index: number): { readonly name: string; readonly type: string } {
  const named = /^("(?:[^"]|"")*"|[^\s"(]+) (.+)$/s.exec(field);
  const isTypeName = /^(?:TIMESTAMP|TIME) WITH TIME ZONE/.test(field);
  if (named === null || isTypeName) return { name: `element${index + 1}`, type: field };
  return { name: named[1] ?? "", type: named[2] ?? "" };
}

function storableField(field: string, index: number): string {
  const { name, type } = splitField(field, index);
  return `${name} ${storableType(type)}`;
}
