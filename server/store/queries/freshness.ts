import type { FreshnessState } from "../../../cells/freshness/freshness.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Db } from "../schema.ts";
import type { FreshnessChange } from "../store.ts";
import { insertEvents, toNewEvent } from "./events.ts";
import { chunks } from "./rows.ts";

const keysAStatement = 1000;

/** See `Store.changeFreshness`. */
export async function changeFreshness(db: Db, changes: readonly FreshnessChange[], at: number): Promise<void> {
  for (const { asset, to } of changes)
    if (to === null) await db.deleteFrom("freshness").where("asset", "=", asset).execute();
    else
      await db
        .insertInto("freshness")
        .values({ asset, state: to, changed_at: at })
        .onConflict((c) => c.column("asset").doUpdateSet({ state: to, changed_at: at }))
        .execute();
  await insertEvents(
    db,
    changes.flatMap(({ asset, from, to, reason }) =>
      to === null ? [] : [toNewEvent({ type: "freshness_changed", asset, from, to, reason }, at)],
    ),
  );
}

/** See `Store.freshness`. */
export async function freshness(db: Db): Promise<ReadonlyMap<AssetKey, FreshnessState>> {
  const rows = await db.selectFrom("freshness").selectAll().orderBy("asset").execute();
  return new Map(rows.map(({ asset, state }) => [asset as AssetKey, state]));
}

/** See `Store.lastSuccesses`. */
export async function lastSuccesses(db: Db, assets: readonly AssetKey[]): Promise<ReadonlyMap<AssetKey, number>> {
  const last = new Map<AssetKey, number>();
  for (const part of chunks([...new Set(assets)], keysAStatement)) {
    const rows = await db
      .with("moved", (e) =>
        e
          .selectFrom("pointers")
          .select("asset")
          .select((f) => f.fn.max("moved_seq").as("seq"))
          .where("asset", "in", part)
          .groupBy("asset"),
      )
      .selectFrom("moved as p")
      .innerJoin("events as e", "e.seq", "p.seq")
      .select(["p.asset", "e.at"])
      .execute();
    for (const { asset, at } of rows) last.set(asset as AssetKey, at);
  }
  return last;
}
