import type { Column } from "../../cells/model/materialization.ts";
import type { StoredInput } from "./messages.ts";

/** A name as SQL text. */
export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string as SQL text. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The table function that reads a stored input, as SQL text to stand after FROM. Arrow files are converted before. */
export function readerOf(input: StoredInput): string {
  if (input.paths.length === 0) return emptyTable(input.empty ?? []);
  const paths = `[${input.paths.map(literal).join(", ")}]`;
  const union = input.paths.length > 1 ? ", union_by_name = true" : "";
  switch (input.format) {
    case "parquet":
    case "arrow":
      return `read_parquet(${paths}${union})`;
    case "json": {
      if (input.columns === undefined) return `read_json(${paths}${union})`;
      const columns = Object.entries(input.columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
      return `read_json(${paths}, format = 'newline_delimited', columns = {${columns.join(", ")}})`;
    }
    case "csv":
      return `read_csv(${paths}${union})`;
    case "tsv":
      return `read_csv(${paths}, delim = '\t'${union})`;
  }
}

/** A relation of these columns without rows, as SQL text to stand after FROM. */
export function emptyTable(columns: readonly Column[]): string {
  const values = columns.map(({ name, type }) => `NULL${isUntyped(type) ? "" : `::${type}`} AS ${ident(name)}`);
  return `(SELECT ${values.length === 0 ? `NULL AS ${ident(noColumn)}` : values.join(", ")} WHERE false)`;
}

/** The only column of a relation of which no column is known: a relation has at least one. */
export const noColumn = "cellar_none";

function isUntyped(type: string): boolean {
  return /^"?null"?$/i.test(type);
}
