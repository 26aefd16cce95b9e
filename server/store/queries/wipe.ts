import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Db } from "../schema.ts";
import { insertEvent } from "./events.ts";
import { chunks } from "./rows.ts";

const keysAStatement = 300;

/** See `Store.wipe`. */
export async function wipe(db: Db, asset: AssetKey, partitions: readonly string[] | null, at: number): Promise<number> {
  const seen = await db.selectFrom("pointers").select("partition").where("asset", "=", asset).execute();
  const wanted = partitions === null ? null : new Set(partitions);
  const gone = seen.map(({ partition }) => partition).filter((partition) => wanted?.has(partition) ?? true);
  if (gone.length === 0) return 0;
  const seq = await insertEvent(db, { type: "wiped", asset, partitions: partitions === null ? null : gone }, at);
  for (const part of chunks(gone, keysAStatement)) {
    await db.deleteFrom("pointers").where("asset", "=", asset).where("partition", "in", part).execute();
    // found by memo key no more, unless another asset shows it
    await db
      .updateTable("materializations")
      .set({ retired_at: at })
      .where("asset", "=", asset)
      .where("partition", "in", part)
      .where("retired_at", "is", null)
      .where("seq", "not in", (e) => e.selectFrom("pointers").select("fact"))
      .execute();
    await db
      .insertInto("wipes")
      .values(part.map((partition) => ({ asset, partition, seq })))
      .onConflict((c) => c.columns(["asset", "partition"]).doUpdateSet({ seq }))
      .execute();
  }
  return gone.length;
}
