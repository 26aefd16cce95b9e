/** What is known of one column of a stored table without reading it. */
export interface ColumnStatistics {
  readonly name: string;
  readonly nulls: number;
  /** least and greatest value as DuckDB prints them; null where there is none, or the type has no order in Parquet */
  readonly min: string | null;
  readonly max: string | null;
  /** how many different values, nulls not counted, within some percent; null where it was not counted */
  readonly distinct: number | null;
}
