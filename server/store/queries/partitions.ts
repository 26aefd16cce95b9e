import { AppError } from "../../../cells/errors.ts";
import { problemOfName } from "../../../cells/partition/key-text.ts";
import type { Db } from "../schema.ts";
import { insertEvent } from "./events.ts";
import { chunks } from "./rows.ts";

const rowsAStatement = 200;
const keysAStatement = 1000;

/** See `Store.addPartitionKeys`. */
export async function addPartitionKeys(
  db: Db,
  name: string,
  keys: readonly string[],
  at: number,
): Promise<readonly string[]> {
  for (const key of keys) {
    const problem = problemOfName(key);
    if (problem !== null) throw new AppError("usage", `${problem} (dynamic ${name})`, { data: { name, key } });
  }
  const present = new Set(await presentKeys(db, name, keys));
  const added = [...new Set(keys)].filter((key) => !present.has(key));
  if (added.length === 0) return [];
  const last = await db
    .selectFrom("partition_keys")
    .select((e) => e.fn.max("position").as("position"))
    .where("name", "=", name)
    .executeTakeFirst();
  let position = last?.position ?? 0;
  const rows = added.map((key) => ({ name, key, position: ++position, added_at: at }));
  for (const part of chunks(rows, rowsAStatement)) await db.insertInto("partition_keys").values(part).execute();
  await insertEvent(db, { type: "partitions_changed", name, added, removed: [] }, at);
  return added;
}

/** See `Store.removePartitionKeys`. */
export async function removePartitionKeys(
  db: Db,
  name: string,
  keys: readonly string[],
  at: number,
): Promise<readonly string[]> {
  const present = new Set(await presentKeys(db, name, keys));
  const removed = [...new Set(keys)].filter((key) => present.has(key));
  if (removed.length === 0) return [];
  for (const part of chunks(removed, keysAStatement))
    await db.deleteFrom("partition_keys").where("name", "=", name).where("key", "in", part).execute();
  await insertEvent(db, { type: "partitions_changed", name, added: [], removed }, at);
  return removed;
}

/** In the order in which they were added. */
export async function partitionKeys(db: Db, name: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("partition_keys")
    .select("key")
    .where("name", "=", name)
    .orderBy("position")
    .execute();
  return rows.map(({ key }) => key);
}

/** See `Store.allPartitionKeys`. */
export async function allPartitionKeys(db: Db): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db
    .selectFrom("partition_keys")
    .select(["name", "key"])
    .orderBy("name")
    .orderBy("position")
    .execute();
  const found = new Map<string, string[]>();
  for (const { name, key } of rows) {
    const keys = found.get(name);
    if (keys === undefined) found.set(name, [key]);
    else keys.push(key);
  }
  return found;
}

async function presentKeys(db: Db, name: string, keys: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const part of chunks([...new Set(keys)], keysAStatement)) {
    const rows = await db
      .selectFrom("partition_keys")
      .select("key")
      .where("name", "=", name)
      .where("key", "in", part)
      .execute();
    found.push(...rows.map(({ key }) => key));
  }
  return found;
}
