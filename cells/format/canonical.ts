import type { Cell } from "../model/cell.ts";
import type { Notebook } from "../model/notebook.ts";
import { cellAttributes, notebookAttributes, type Attributes } from "./attributes.ts";
import { encodeCellText } from "./cell-text.ts";
import { escapeText, writeStartTag } from "./start-tag.ts";
import { formatTheme } from "./theme.ts";

/** The `<notebook>` element in notebook-kit's shape, lines ended by "\n". */
export function writeNotebookElement(notebook: Notebook): string {
  const { id, theme, ...others } = notebookAttributes(notebook);
  const attributes: Attributes = {
    ...(id === undefined ? {} : { id }),
    theme: theme ?? formatTheme(notebook.theme),
    ...others,
  };
  const cells = notebook.cells.map((cell) => `  ${writeCell(cell, "  ")}\n`);
  return `${writeStartTag("notebook", attributes)}\n  <title>${escapeText(notebook.title)}</title>\n${cells.join("")}</notebook>`;
}

/** The `<script>` of a cell, lines ended by "\n"; `lastIndent` stands before its end tag. */
export function writeCell(cell: Cell, lastIndent: string): string {
  const { text, escaped } = encodeCellText(cell.source, lastIndent);
  const { type, pinned, hidden, database, output, format, since, ...others } = cellAttributes(cell);
  const ordered = {
    type,
    pinned,
    hidden,
    database,
    output,
    format,
    since,
    escaped: escaped ? "" : undefined,
    ...others,
  };
  const attributes = Object.entries(ordered).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${writeStartTag("script", { id: String(cell.id), ...Object.fromEntries(attributes) })}${text}</script>`;
}
