import { sql, type Kysely, type Migration } from "../kysely.ts";

/** Runs by tag, and what a run is held to. */
export const runTags: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("runs").addColumn("rules", "text").execute();
    await db.schema
      .createTable("run_tags")
      .addColumn("run", "text", (c) => c.notNull().references("runs.id"))
      .addColumn("tag", "text", (c) => c.notNull())
      .addColumn("value", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("run_tags_key", ["run", "tag"])
      .execute();
    await db.schema.createIndex("run_tags_tag").on("run_tags").columns(["tag", "value", "run"]).execute();
    const { rows } = await sql<{ readonly id: string; readonly tags: string }>`
      select id, tags from runs where tags <> '{}'`.execute(db);
    for (const { id, tags } of rows)
      for (const [tag, value] of Object.entries(JSON.parse(tags) as Record<string, string>))
        await sql`insert into run_tags (run, tag, value) values (${id}, ${tag}, ${value})`.execute(db);
  },
};
