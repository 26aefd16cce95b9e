import type { Identity, Rename } from "../../../cells/graph/identities.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import type { Db } from "../schema.ts";
import { insertEvent } from "./events.ts";
import { chunks, parseJson, toJson } from "./rows.ts";

const rowsAStatement = 300;

export async function identities(db: Db): Promise<readonly Identity[]> {
  const rows = await db.selectFrom("identities").selectAll().orderBy("asset").execute();
  return rows.map(({ asset, notebook, cell }) => ({ asset: asset as AssetKey, notebook, cell }));
}

/** See `Store.keepIdentities`. */
export async function keepIdentities(
  db: Db,
  present: readonly Identity[],
  renames: readonly Rename[],
  at: number,
): Promise<readonly Rename[]> {
  const done: Rename[] = [];
  const waiting = new Set<AssetKey>();
  for (const rename of renames) {
    if (await isUnderWay(db, rename.from)) waiting.add(rename.to);
    else if (await hasHistory(db, rename.to)) continue;
    else {
      await move(db, rename);
      await insertEvent(db, { type: "asset_renamed", ...rename }, at);
      done.push(rename);
    }
  }
  // what waits is seen as renamed again next time
  const kept = present.filter(({ asset }) => !waiting.has(asset));
  for (const part of chunks(kept, rowsAStatement))
    await db
      .insertInto("identities")
      .values(part)
      .onConflict((c) =>
        c.column("asset").doUpdateSet((e) => ({ notebook: e.ref("excluded.notebook"), cell: e.ref("excluded.cell") })),
      )
      .execute();
  return done;
}

/** A run that has not ended would commit under the old key. */
async function isUnderWay(db: Db, asset: AssetKey): Promise<boolean> {
  const row = await db
    .selectFrom("steps as s")
    .innerJoin("runs as r", "r.id", "s.run")
    .select("s.run")
    .where("s.asset", "=", asset)
    .where("r.state", "in", ["queued", "starting", "running", "cancelling"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function hasHistory(db: Db, asset: AssetKey): Promise<boolean> {
  for (const table of ["materializations", "steps"] as const) {
    const row = await db.selectFrom(table).select("run").where("asset", "=", asset).limit(1).executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

async function move(db: Db, { from, to }: Rename): Promise<void> {
  for (const table of [
    ...(["pointers", "materializations", "steps", "wipes"] as const),
    ...(["branch_pointers", "promotion_moves", "check_results"] as const),
  ])
    await db.updateTable(table).set({ asset: to }).where("asset", "=", from).execute();
  await db.updateTable("freshness").set({ asset: to }).where("asset", "=", from).execute();
  await db.deleteFrom("identities").where("asset", "=", from).execute();
  await db.deleteFrom("standings").where("asset", "in", [from, to]).execute();
  // what was read under the old key was read of the same asset
  const readers = await db
    .selectFrom("materializations")
    .select(["seq", "inputs"])
    .where("inputs", "like", `%${toJson(from)}%`)
    .execute();
  for (const { seq, inputs } of readers) {
    const { [from]: version, ...others } = parseJson<Materialization["inputs"]>(inputs);
    if (version === undefined) continue;
    await db
      .updateTable("materializations")
      .set({ inputs: toJson({ ...others, [to]: version }) })
      .where("seq", "=", seq)
      .execute();
  }
}
