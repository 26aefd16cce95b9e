import type { Column } from "../../../cells/model/materialization.ts";
import type { Relation, RowsRequest } from "../../../cells/protocol/host.ts";
import { readColumns, type ArrowTable } from "../../../cells/data/arrow-table.ts";
import { decodeArrow } from "../../../cells/data/arrow.ts";

/** An order of rows: by one column, or as they come. */
export type Order = { readonly column: string; readonly descending: boolean } | null;

/** Some rows of a source, in memory. */
export interface RowPage {
  readonly offset: number;
  readonly length: number;
  /** the value in a column (by position) of a row (by its number within the page) */
  value(row: number, column: number): unknown;
}

/** Fetches a page of a relation. */
export type FetchRows = (request: RowsRequest, signal: AbortSignal) => Promise<Uint8Array>;

/** Rows that a grid shows a page at a time: of a relation, from the engine, or of an Arrow table in this document. */
export class RowSource {
  readonly name: string | null;
  readonly columns: readonly Column[];
  readonly rowCount: number;
  readonly #page: (offset: number, limit: number, order: Order, signal: AbortSignal) => Promise<RowPage>;

  private constructor(options: {
    readonly name: string | null;
    readonly columns: readonly Column[];
    readonly rowCount: number;
    readonly page: (offset: number, limit: number, order: Order, signal: AbortSignal) => Promise<RowPage>;
  }) {
    this.name = options.name;
    this.columns = options.columns;
    this.rowCount = options.rowCount;
    this.#page = options.page;
  }

  static ofRelation(relation: Relation, rows: FetchRows, name: string | null): RowSource {
    return new RowSource({
      name,
      columns: relation.columns,
      rowCount: relation.rows ?? 0,
      async page(offset, limit, order, signal) {
        const request = { relation: relation.id, offset, limit };
        const bytes = await rows(order === null ? request : { ...request, orderBy: [order] }, signal);
        return arrowPage(decodeArrow(bytes), offset);
      },
    });
  }

  static ofArrow(table: ArrowTable, name: string | null): RowSource {
    const columns = readColumns(table);
    let sorted: { readonly order: Order; readonly index: Uint32Array } | null = null;
    return new RowSource({
      name,
      columns,
      rowCount: table.numRows,
      page(offset, limit, order) {
        if (order !== null && (sorted?.order?.column !== order.column || sorted.order.descending !== order.descending))
          sorted = { order, index: sortedIndex(table, columns, order) };
        const index = order === null ? null : (sorted?.index ?? null);
        const readers = columns.map((_, column) => columnReader(table, column));
        return Promise.resolve({
          offset,
          length: Math.min(limit, table.numRows - offset),
          value: (row, column) => readers[column]?.(index?.[offset + row] ?? offset + row),
        });
      },
    });
  }

  /** Fetches up to `limit` rows from `offset` on. */
  page(offset: number, limit: number, order: Order, signal: AbortSignal): Promise<RowPage> {
    return this.#page(offset, limit, order, signal);
  }
}

function arrowPage(table: ArrowTable, offset: number): RowPage {
  const readers = readColumns(table).map((_, column) => columnReader(table, column));
  return { offset, length: table.numRows, value: (row, column) => readers[column]?.(row) };
}

/** Row numbers in order; nulls last, as the engine has them. */
function sortedIndex(
  table: ArrowTable,
  columns: readonly Column[],
  order: { readonly column: string; readonly descending: boolean },
): Uint32Array {
  const read = columnReader(
    table,
    columns.findIndex(({ name }) => name === order.column),
  );
  const values = Array.from({ length: table.numRows }, (_, row) => read(row));
  const sign = order.descending ? -1 : 1;
  return Uint32Array.from(values.keys()).sort((a, b) => {
    const x = values[a];
    const y = values[b];
    if (x === null || x === undefined) return y === null || y === undefined ? a - b : 1;
    if (y === null || y === undefined) return -1;
    return (x < y ? -sign : x > y ? sign : 0) || a - b;
  });
}

/** Reads one column by row number; wide numbers as their exact text. */
function columnReader(table: ArrowTable, column: number): (row: number) => unknown {
  const values = table.getChildAt(column);
  return values === null ? () => undefined : (row) => values.exact(row) ?? values.get(row);
}
