import type { Column } from "../../cells/model/materialization.ts";
import { countedColumns } from "./column-statistics.ts";
import type { Session } from "./session.ts";
import { ident } from "./sql.ts";
import { storableRows, type Rows } from "./user-sql.ts";

/** Count of rows and sum of their hashes of one window, and what else is known of them. */
export interface Digest {
  readonly count: string;
  readonly sum: string;
  /** column → about how many different values it has */
  readonly distinct: ReadonlyMap<string, number>;
}

/** The digests of all windows of a table with the number of their window in `cellar_i`, by one statement. */
export async function digestsOf(
  session: Session,
  table: string,
  columns: readonly Column[],
  count: number,
): Promise<readonly Digest[]> {
  const counted = countedColumns(columns);
  const distinct = counted.map((name) => `, approx_count_distinct(${ident(name)})`).join("");
  const { rows } = await session.read(
    `SELECT cellar_i, ${digestOf("cellar_t")}${distinct} FROM (SELECT *, ${structOf(columns)} AS cellar_t FROM ${table}) GROUP BY cellar_i`,
  );
  const digest = ([rowCount, sum, ...counts]: readonly (string | null)[]): Digest => ({
    count: rowCount ?? "0",
    sum: sum ?? "0",
    distinct: new Map(counted.map((name, at) => [name, Number(counts[at] ?? 0)])),
  });
  const found = new Map(rows.map(([i, ...row]) => [Number(i), digest(row)]));
  // a window without rows is in no group
  return Array.from({ length: count }, (_, i) => found.get(i) ?? digest([]));
}

/** One window as it is computed by itself. */
export async function digestAlone(session: Session, rows: Rows): Promise<Pick<Digest, "count" | "sum">> {
  const { select, columns } = storableRows(rows);
  const { rows: read } = await session.read(
    `SELECT ${digestOf("t")} FROM (SELECT ${structOf(columns)} AS t FROM (${select}))`,
    rows.params,
  );
  const [count, sum] = read[0] ?? [];
  return { count: count ?? "0", sum: sum ?? "0" };
}

function digestOf(name: string): string {
  return `count(*), coalesce(sum(hash(${name})::HUGEINT), 0)`;
}

function structOf(columns: readonly Column[]): string {
  return `struct_pack(${columns.map(({ name }) => `${ident(name)} := ${ident(name)}`).join(", ")})`;
}
