import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Column } from "../../cells/model/materialization.ts";
import { parquetToArrow } from "./parquet.ts";
import { shifted, type Session } from "./session.ts";
import { literal } from "./sql.ts";
import { storableRows, type Rows } from "./user-sql.ts";

/** Rows as an Arrow IPC stream, with the types that they have in it. */
export interface ArrowRows {
  readonly arrow: Uint8Array;
  readonly rows: number;
  readonly columns: readonly Column[];
}

let files = 0;

/**
 * Rows as Arrow, by way of a Parquet file in `temporary`: `@duckdb/node-api` gives no Arrow, and its JavaScript values are
 * five times slower and lose types. `clauses` are put after the rows (`LIMIT 10`).
 */
export async function rowsToArrow(
  session: Session,
  rows: Rows,
  clauses: string,
  temporary: string,
): Promise<ArrowRows> {
  const path = join(temporary, `rows-${++files}.parquet`);
  const { select, columns } = storableRows(rows);
  const prefix = `COPY (${select.slice(0, select.indexOf(rows.from))}`;
  const rest = select.slice(select.indexOf(rows.from));
  try {
    const { rows: counts } = await session.read(
      `${prefix}${rest} ${clauses}) TO ${literal(path)} (FORMAT parquet, COMPRESSION uncompressed)`,
      rows.params,
      shifted(rows.traced, prefix),
    );
    return { arrow: parquetToArrow(await readFile(path)), rows: Number(counts[0]?.[0] ?? 0), columns };
  } finally {
    await rm(path, { force: true });
  }
}
