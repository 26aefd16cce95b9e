/**
 * What rows were before they became a table, where the table gives the very same value back: `rows` is an array of plain objects,
 * `dsv` one with their names in `columns`, as delimited files are read, `table` what SQL gives JavaScript. It is written beside the rows
 * (`rowFormKey` in the metadata of the file), since the table alone does not tell.
 */
export type RowForm = "rows" | "dsv" | "table";

/** Name of the form in the metadata of a Parquet file, and so of the Arrow schema that is read of it. */
export const rowFormKey = "cellar.form";

/** Reads a form. Null for anything else: the value is then to be computed. */
export function readRowForm(text: string | undefined): RowForm | null {
  return text === "rows" || text === "dsv" || text === "table" ? text : null;
}
