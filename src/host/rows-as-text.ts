import { decodeArrow } from "../../cells/data/arrow.ts";
import { formatDate } from "../../cells/data/format-value.ts";

/** The rows of an Arrow stream as CSV (RFC 4180, "\n" as line end). Null is an empty field, an empty text `""`. */
export function rowsAsCsv(ipc: Uint8Array): string {
  const table = decodeArrow(ipc);
  const columns = table.columns.map((_, index) => table.getChildAt(index));
  const lines = [table.columns.map(quote).join(",")];
  for (let row = 0; row < table.numRows; row++)
    lines.push(
      columns
        .map((column) => {
          const value = column?.exact(row) ?? column?.get(row) ?? null;
          if (value === null) return "";
          return value === "" ? '""' : quote(textOf(value));
        })
        .join(","),
    );
  return `${lines.join("\n")}\n`;
}

/** The rows of an Arrow stream as a JSON array of objects. Integers that no JavaScript number holds are texts. */
export function rowsAsJson(ipc: Uint8Array): string {
  return JSON.stringify(decodeArrow(ipc).toArray(), (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return formatDate(value);
  return typeof value === "object"
    ? JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item))
    : String(value);
}

function quote(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
