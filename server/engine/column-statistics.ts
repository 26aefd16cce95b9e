import type { Column } from "../../cells/model/materialization.ts";
import type { ColumnStatistics } from "../../cells/model/statistics.ts";
import type { CopyAnswer } from "./duckdb.ts";
import { ident } from "./sql.ts";

/**
 * Different values are counted in tables of at most so many rows: within the query that hashes them, where it costs nothing that can be
 * measured. In larger ones it would take as long again as the hashing (3 M rows × 11 columns: a fifth of writing them).
 */
export const mostCounted = 200_000;
/** Columns whose different values are counted; a table of thousands is none that anybody reads. */
const mostColumns = 50;
const nested = /[[({]|STRUCT|MAP|BLOB/;

/** The columns whose different values can be counted. */
export function countedColumns(columns: readonly Column[]): readonly string[] {
  return columns
    .filter(({ type }) => !nested.test(type.replace(/^DECIMAL\(.*\)$/, "DECIMAL")))
    .slice(0, mostColumns)
    .map(({ name }) => name);
}

/** What is known of each column: nulls and bounds as the writer of the file knows them anyway, with what was counted. */
export function statisticsOf(
  columns: readonly Column[],
  written: CopyAnswer,
  distinct: ReadonlyMap<string, number>,
): readonly ColumnStatistics[] {
  return columns.flatMap(({ name, type }) => {
    const figures = written.columns.get(ident(name));
    if (figures === undefined) return [];
    const bound = (which: "min" | "max"): string | null => {
      const value = figures.get(which);
      if (value === undefined) return null;
      return type === "BOOLEAN" ? String(value === "1" || value === "true") : value;
    };
    return [
      {
        name,
        nulls: Number(figures.get("null_count") ?? 0),
        min: bound("min"),
        max: bound("max"),
        distinct: distinct.get(name) ?? null,
      },
    ];
  });
}
