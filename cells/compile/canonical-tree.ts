/** Members of a syntax tree that say where or how something was written, not what. */
const incidental = new Set(["type", "start", "end", "loc", "range", "sourceType", "directive"]);

/**
 * A syntax tree as text, without anything that does not change its meaning: white space, comments, parentheses,
 * semicolons, the way that a literal is written. Line breaks that end a statement do change it, which a list of tokens
 * would not show.
 */
export function canonicalTree(root: unknown): string {
  const parts: string[] = [];
  write(root, parts);
  return parts.join("");
}

function write(value: unknown, parts: string[]): void {
  if (Array.isArray(value)) {
    parts.push("[");
    for (const item of value) write(item, parts);
    parts.push("]");
  } else if (isNode(value)) writeNode(value, parts);
  else if (typeof value === "string") parts.push(JSON.stringify(value));
  else parts.push(String(value), typeof value === "bigint" ? "n" : ",");
}

function writeNode(node: Readonly<Record<string, unknown>>, parts: string[]): void {
  const type = node["type"];
  if (type === "ParenthesizedExpression") return write(node["expression"], parts);
  if (type === "EmptyStatement") return;
  parts.push("(", String(type ?? ""));
  for (const [key, value] of Object.entries(node)) {
    if (incidental.has(key) || value === undefined) continue;
    if (type === "Literal" ? key === "raw" : value === null || value === false) continue;
    parts.push(" ", key, ":");
    write(value, parts);
  }
  parts.push(")");
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !(value instanceof RegExp);
}
