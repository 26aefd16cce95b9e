import { sha256Hex } from "../../cells/data/sha256.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Session } from "./session.ts";
import { literal } from "./sql.ts";

/**
 * What identifies the rows of a Parquet file, whatever their order: the hash of its schema, its count of rows, and the sum
 * of the hashes of its rows. The engine computes the last two, so the version of the engine is part of its meaning.
 */
export async function dataVersionOf(
  session: Session,
  path: string,
  schema: readonly Column[],
): Promise<{ readonly dataVersion: string; readonly rows: number }> {
  const { rows } = await session.read(
    `SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0) FROM read_parquet(${literal(path)}) AS t`,
  );
  const [count = "0", sum = "0"] = rows[0] ?? [];
  const text = JSON.stringify([schema.map(({ name, type }) => [name, type]), count, sum]);
  return { dataVersion: sha256Hex(text), rows: Number(count) };
}
