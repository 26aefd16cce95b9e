import type { Column } from "../model/materialization.ts";

/**
 * How a column takes part in another, as OpenLineage's column lineage facet has it (DIRECT: identity, transformation, aggregation;
 * INDIRECT: the rest). `identity` hands the value on as it is; `conditional`, `window` and `sort` decide which value it is;
 * `filter`, `join` and `group_by` decide which rows there are.
 */
export type ColumnUse =
  "identity" | "transformation" | "aggregation" | "conditional" | "window" | "filter" | "join" | "group_by" | "sort";

const directUses: ReadonlySet<ColumnUse> = new Set(["identity", "transformation", "aggregation"]);

/** Whether the value itself comes from there. */
export function isDirect(use: ColumnUse): boolean {
  return directUses.has(use);
}

/** A column of something that is read, and how. */
export interface ColumnOrigin {
  /** the name under which the cell reads it: `orders`, `sales.orders`, `file:data/raw.csv` */
  readonly source: string;
  /** null: all of it, or a value that is no table */
  readonly column: string | null;
  readonly use: ColumnUse;
}

/** An output column. `definition` is equal where it is made the same way of the same columns. */
interface OutputColumn extends Column {
  readonly from: readonly ColumnOrigin[];
  readonly definition: string;
}

/** What a query makes of what it reads: its columns, and what decides which rows there are. */
export interface RelationColumns {
  readonly type: "known";
  readonly columns: readonly OutputColumn[];
  readonly rows: { readonly from: readonly ColumnOrigin[]; readonly definition: string };
}

/** That it cannot be told: each column may come from every column that is read. */
interface UnknownColumns {
  readonly type: "unknown";
  /** null where not even the columns are known */
  readonly columns: readonly Column[] | null;
  readonly reason: string;
}

export type CellColumns = RelationColumns | UnknownColumns;
