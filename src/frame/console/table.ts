import { ArrowTable } from "../../../cells/data/arrow-table.ts";
import { isRecord } from "../../../cells/protocol/envelope.ts";
import { RowSource } from "../grid/row-source.ts";
import { inspect } from "../inspect.ts";

const mostRows = 100;
const mostColumns = 20;
/** stands for a row that is a value by itself, as browsers call it */
const valueColumn = "Value";

/** What `console.table` shows of an array, a map or an object; null for what is no table, which is then shown as a value. */
export function consoleTable(data: unknown): HTMLElement | null {
  if (data instanceof ArrowTable) {
    const grid = document.createElement("cellar-grid");
    grid.source = RowSource.ofArrow(data, null);
    return grid;
  }
  const entries = entriesOf(data);
  if (entries === null) return null;
  const shown = entries.slice(0, mostRows);
  const names = [...new Set(shown.flatMap(([, row]) => (isRecord(row) ? Object.keys(row) : [valueColumn])))];
  const columns = names.slice(0, mostColumns);
  const table = document.createElement("table");
  table.className = "console-table";
  const head = table.createTHead().insertRow();
  for (const name of ["", ...columns]) head.append(cell("th", name));
  const body = table.createTBody();
  for (const [key, row] of shown) {
    const line = body.insertRow();
    line.append(cell("th", key));
    for (const name of columns) line.append(cell("td", isRecord(row) ? row[name] : name === valueColumn ? row : ""));
  }
  const rows = entries.length - shown.length;
  const more = names.length - columns.length;
  if (rows > 0 || more > 0)
    table.createCaption().textContent = [
      ...(rows > 0 ? [`${rows.toLocaleString("en")} more rows`] : []),
      ...(more > 0 ? [`${more.toLocaleString("en")} more columns`] : []),
    ].join(", ");
  return table;
}

function entriesOf(data: unknown): readonly (readonly [string, unknown])[] | null {
  if (Array.isArray(data)) return data.map((row: unknown, index) => [String(index), row] as const);
  if (data instanceof Map) return [...data].map(([key, row]: [unknown, unknown]) => [String(key), row] as const);
  if (data instanceof Set) return [...data].map((row: unknown, index) => [String(index), row] as const);
  return isRecord(data) ? Object.entries(data) : null;
}

function cell(tag: "th" | "td", value: unknown): HTMLElement {
  const made = document.createElement(tag);
  if (typeof value === "string") made.textContent = value.slice(0, 200);
  else if (value !== undefined) made.append(inspect(value, null, null));
  return made;
}
