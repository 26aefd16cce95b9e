import type { Db } from "../schema.ts";
import type { FileVersion } from "../store.ts";

export async function setting(db: Db, name: string): Promise<string | null> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
  return row?.value ?? null;
}

export async function setSetting(db: Db, name: string, value: string): Promise<void> {
  await db
    .insertInto("settings")
    .values({ name, value })
    .onConflict((c) => c.column("name").doUpdateSet({ value }))
    .execute();
}

export async function fileVersions(db: Db): Promise<ReadonlyMap<string, FileVersion>> {
  const rows = await db.selectFrom("file_versions").selectAll().orderBy("name").execute();
  return new Map(rows.map(({ name, size, mtime_ms, version }) => [name, { size, mtimeMs: mtime_ms, version }]));
}

export async function setFileVersion(db: Db, name: string, { size, mtimeMs, version }: FileVersion): Promise<void> {
  const row = { name, size, mtime_ms: mtimeMs, version };
  await db
    .insertInto("file_versions")
    .values(row)
    .onConflict((c) => c.column("name").doUpdateSet(row))
    .execute();
}
