/** Longest text that a grid shows of one value. */
const limit = 400;

/** A value of a table as one line of text for a grid. Null is the empty text. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return clip(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return formatDate(value);
  if (value instanceof Uint8Array)
    return clip(`\\x${Array.from(value.subarray(0, 64), (byte) => byte.toString(16).padStart(2, "0")).join("")}`);
  return clip(JSON.stringify(value, replaceUnwritable) ?? String(value));
}

/** `2026-01-31`, or with a time `2026-01-31 12:30:00`, in UTC; seconds have a fraction where there is one. */
export function formatDate(date: Date): string {
  if (Number.isNaN(date.getTime())) return "Invalid Date";
  const text = date.toISOString();
  if (text.endsWith("T00:00:00.000Z")) return text.slice(0, -"T00:00:00.000Z".length);
  return text.replace("T", " ").replace(/(\.000)?Z$/, "");
}

function replaceUnwritable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function clip(text: string): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
