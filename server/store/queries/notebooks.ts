import type { Db } from "../schema.ts";
import type { PublishedNotebook } from "../store.ts";
import { insertEvent } from "./events.ts";

/** Keeps the text by its hash for good, and makes it the revision that the scheduler runs. */
export async function publish(db: Db, notebook: PublishedNotebook): Promise<void> {
  const { path, id, revision, text, publishedAt } = notebook;
  await keepRevision(db, { revision, text });
  await db
    .insertInto("notebooks")
    .values({ path, id, revision, published_at: publishedAt })
    .onConflict((c) => c.column("path").doUpdateSet({ id, revision, published_at: publishedAt }))
    .execute();
  await insertEvent(db, { type: "notebook_published", path, revision }, publishedAt);
}

/** Keeps the text of a notebook by its hash. */
export async function keepRevision(
  db: Db,
  { revision, text }: Pick<PublishedNotebook, "revision" | "text">,
): Promise<void> {
  await db
    .insertInto("revisions")
    .values({ hash: revision, text })
    .onConflict((c) => c.column("hash").doNothing())
    .execute();
}

/** False where the path was not published. */
export async function unpublish(db: Db, path: string, at: number): Promise<boolean> {
  const result = await db.deleteFrom("notebooks").where("path", "=", path).executeTakeFirst();
  if (result.numDeletedRows === 0n) return false;
  await insertEvent(db, { type: "notebook_unpublished", path }, at);
  return true;
}

export async function published(db: Db): Promise<readonly PublishedNotebook[]> {
  const rows = await db
    .selectFrom("notebooks")
    .innerJoin("revisions", "revisions.hash", "notebooks.revision")
    .select(["path", "id", "revision", "text", "published_at"])
    .orderBy("path")
    .execute();
  return rows.map(({ published_at, ...notebook }) => ({ ...notebook, publishedAt: published_at }));
}

export async function revision(db: Db, hash: string): Promise<string | null> {
  const row = await db.selectFrom("revisions").select("text").where("hash", "=", hash).executeTakeFirst();
  return row?.text ?? null;
}
