import { splitField, splitTypes } from "./storable-type.ts";

/**
 * SQL text of a value as JSON should have it, where DuckDB's own writing is not JSON or depends on the session: NaN and
 * infinities become null, times ISO 8601 (instants with `Z`), bytes Base64. Numbers keep all their digits.
 */
export function jsonValue(value: string, type: string, depth = 0): string {
  switch (type) {
    case "FLOAT":
    case "DOUBLE":
      return `CASE WHEN isfinite(${value}) THEN ${value} END`;
    case "TIMESTAMP":
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%f')`;
    case "TIMESTAMP_NS":
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%n')`;
    case "TIMESTAMP WITH TIME ZONE":
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%f') || 'Z'`;
    case "BLOB":
      return `base64(${value})`;
  }
  if (!needsCare.test(type)) return value;
  const item = `x${depth}`;
  if (type.endsWith("[]")) {
    const inner = jsonValue(item, type.slice(0, -2), depth + 1);
    return `list_transform(${value}, lambda ${item}: ${inner})`;
  }
  const nested = /^(STRUCT|MAP)\((.*)\)$/s.exec(type);
  if (nested === null) return value;
  const parts = splitTypes(nested[2] ?? "");
  if (nested[1] === "MAP") {
    const inner = jsonValue(`${item}.value`, parts[1] ?? "", depth + 1);
    return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: {'key': ${item}.key, 'value': ${inner}}))`;
  }
  const fields = parts.map((part, i) => {
    const { name, type: fieldType } = splitField(part, i);
    return `${name} := ${jsonValue(`(${value}).${name}`, fieldType, depth)}`;
  });
  return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${fields.join(", ")}) END`;
}

const needsCare = /FLOAT|DOUBLE|TIMESTAMP|BLOB/;
