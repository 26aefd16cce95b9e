import { sha256Hex } from "../../cells/data/sha256.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Session } from "./session.ts";
import { ident, literal } from "./sql.ts";

/** What identifies the rows of a file, and what was counted on the way. */
interface DataVersion {
  readonly dataVersion: string;
  readonly rows: number;
  /** how many different values each of the columns has that were to be counted, within some percent */
  readonly distinct: ReadonlyMap<string, number>;
}

/**
 * What identifies the rows of a Parquet file, whatever their order: the hash of its schema, its count of rows, and the sum
 * of the hashes of its rows. The engine computes the last two, so the version of the engine is part of its meaning.
 */
export async function dataVersionOf(
  session: Session,
  path: string,
  schema: readonly Column[],
  counted: readonly string[] = [],
): Promise<DataVersion> {
  const distinct = counted.map((name) => `, approx_count_distinct(${ident(name)})`).join("");
  const { rows } = await session.read(
    `SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0)${distinct} FROM read_parquet(${literal(path)}) AS t`,
  );
  const [count, sum, ...counts] = rows[0] ?? [];
  return {
    dataVersion: versionText(schema, count ?? "0", sum ?? "0"),
    rows: Number(count),
    distinct: new Map(counted.map((name, i) => [name, Number(counts[i] ?? 0)])),
  };
}

/** The version of rows by their schema, their count, and the sum of their hashes as the engine prints it. */
export function versionText(schema: readonly Column[], count: string, sum: string): string {
  return sha256Hex(JSON.stringify([schema.map(({ name, type }) => [name, type]), count, sum]));
}
