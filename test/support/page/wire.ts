/** A value as JSON text that keeps what JSON lacks: bytes, dates, bigints, undefined and numbers that are none. */
export function encodeWire(value: unknown): string {
  return JSON.stringify(tag(value));
}

export function decodeWire(text: string): unknown {
  return untag(JSON.parse(text));
}

function tag(value: unknown): unknown {
  if (value === undefined) return { $: "undefined" };
  if (typeof value === "bigint") return { $: "bigint", value: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { $: "number", value: String(value) };
  if (value instanceof Date) return { $: "date", value: value.getTime() };
  if (value instanceof Uint8Array)
    return { $: "bytes", value: Array.from(value, (byte) => String.fromCharCode(byte)).join("") };
  if (Array.isArray(value)) return value.map(tag);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tag(item)]));
  return value;
}

function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== "object" || value === null) return value;
  if (!("$" in value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untag(item)]));
  const content = "value" in value ? String(value.value) : "";
  switch (value.$) {
    case "bigint":
      return BigInt(content);
    case "number":
      return Number(content);
    case "date":
      return new Date(Number(content));
    case "bytes":
      return Uint8Array.from(content, (letter) => letter.charCodeAt(0));
    default:
      return undefined;
  }
}
