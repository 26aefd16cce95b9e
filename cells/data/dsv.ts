import { dsvFormat } from "d3-dsv";
import { typeColumn, type DsvTyping, type DsvValue } from "./dsv-types.ts";

/** How a delimited text is read. */
export interface DsvOptions {
  /** one character; a comma by default */
  readonly delimiter?: string;
  readonly typed?: DsvTyping;
}

/** Rows by the names in the first line, which are in `columns`, in their order. */
export type DsvRows = readonly Readonly<Record<string, DsvValue>>[] & { readonly columns: readonly string[] };

/**
 * Reads a delimited text (RFC 4180, any line ends) whose first line names its columns. A value that a row lacks is an
 * empty text; values behind the last column are left out; of two columns of one name, the later one counts.
 */
export function parseDsv(text: string, options: DsvOptions = {}): DsvRows {
  const [columns = [], ...lines] = readLines(text, options);
  const values = typeLines(lines, columns.length, options);
  const rows = values.map((line) => Object.fromEntries(columns.map((column, i) => [column, line[i] ?? null])));
  return Object.assign(rows, { columns });
}

/** Reads a delimited text as arrays, its first line like any other. */
export function parseDsvRows(text: string, options: DsvOptions = {}): readonly (readonly DsvValue[])[] {
  const lines = readLines(text, options);
  return typeLines(lines, Math.max(0, ...new Set(lines.map((line) => line.length))), options);
}

function readLines(text: string, { delimiter = "," }: DsvOptions): readonly (readonly string[])[] {
  return dsvFormat(delimiter).parseRows(text.replace(/^\ufeff/, ""));
}

function typeLines(
  lines: readonly (readonly string[])[],
  width: number,
  { typed = false }: DsvOptions,
): readonly (readonly DsvValue[])[] {
  const columns = Array.from({ length: width }, (_, i) =>
    typeColumn(
      lines.map((line) => line[i] ?? ""),
      typed,
    ),
  );
  return lines.map((_, row) => columns.map((column) => column[row] ?? null));
}
