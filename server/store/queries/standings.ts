import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import type { Db } from "../schema.ts";
import type { Moved } from "../store.ts";
import { seen, toFacts } from "./facts.ts";
import { chunks } from "./rows.ts";

const keysAStatement = 1000;

/** See `Store.standing`. */
export async function standing(db: Db, asset: AssetKey): Promise<string | null> {
  const row = await db.selectFrom("standings").select("value").where("asset", "=", asset).executeTakeFirst();
  return row?.value ?? null;
}

/** See `Store.keepStanding`. */
export async function keepStanding(db: Db, asset: AssetKey, value: string): Promise<void> {
  await db
    .insertInto("standings")
    .values({ asset, value })
    .onConflict((c) => c.column("asset").doUpdateSet({ value }))
    .execute();
}

/** See `Store.movedSince`. */
export async function movedSince(db: Db, asset: AssetKey, seq: number, most: number): Promise<Moved> {
  const pointers = await db
    .selectFrom("pointers")
    .select("partition")
    .where("asset", "=", asset)
    .where("moved_seq", ">", seq)
    .limit(most + 1)
    .execute();
  const wipes = await db
    .selectFrom("wipes")
    .select("partition")
    .where("asset", "=", asset)
    .where("seq", ">", seq)
    .limit(most + 1)
    .execute();
  const { count } = await db
    .selectFrom("pointers")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("asset", "=", asset)
    .executeTakeFirstOrThrow();
  const partitions = [...new Set([...pointers, ...wipes].map(({ partition }) => partition))];
  return { partitions: partitions.length > most ? null : partitions, count: Number(count) };
}

/** See `Store.pointersAt`. */
export async function pointersAt(
  db: Db,
  asset: AssetKey,
  partitions: readonly string[],
): Promise<readonly Materialization[]> {
  const found: Materialization[] = [];
  for (const part of chunks([...new Set(partitions)], keysAStatement)) {
    found.push(...toFacts(await seen(db).where("p.asset", "=", asset).where("p.partition", "in", part).execute()));
  }
  return found;
}

/** See `Store.pointersAfter`. */
export async function pointersAfter(
  db: Db,
  asset: AssetKey,
  partition: string | null,
  limit: number,
): Promise<readonly Materialization[]> {
  const rows = await seen(db)
    .where("p.asset", "=", asset)
    .$if(partition !== null, (q) => q.where("p.partition", ">", partition ?? ""))
    .orderBy("p.partition")
    .limit(limit)
    .execute();
  return toFacts(rows);
}

/** See `Store.pointersBehind`. */
export async function pointersBehind(
  db: Db,
  asset: AssetKey,
  fact: number,
  limit: number,
): Promise<readonly Materialization[]> {
  const rows = await seen(db)
    .where("p.asset", "=", asset)
    .where("p.fact", ">", fact)
    .orderBy("p.partition")
    .limit(limit)
    .execute();
  return toFacts(rows);
}

/** See `Store.lastPointers`. */
export async function lastPointers(db: Db, asset: AssetKey, limit: number): Promise<readonly Materialization[]> {
  const rows = await seen(db).where("p.asset", "=", asset).orderBy("p.partition", "desc").limit(limit).execute();
  return toFacts(rows.toReversed());
}

/** See `Store.dataVersions`. */
export async function dataVersions(db: Db, asset: AssetKey): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom("pointers as p")
    .innerJoin("materializations as m", "m.seq", "p.fact")
    .select(["p.partition", "m.data_version"])
    .where("p.asset", "=", asset)
    .execute();
  return new Map(rows.map(({ partition, data_version: version }) => [partition, version]));
}

/** See `Store.wideAssets`. */
export async function wideAssets(db: Db, assets: readonly AssetKey[], most: number): Promise<ReadonlySet<AssetKey>> {
  const wide = new Set<AssetKey>();
  for (const asset of assets) {
    const row = await db
      .selectFrom("pointers")
      .select("partition")
      .where("asset", "=", asset)
      .orderBy("partition")
      .offset(most)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) wide.add(asset);
  }
  return wide;
}
