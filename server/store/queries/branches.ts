import { AppError } from "../../../cells/errors.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Branch, BranchPointer, BranchRevision, Promotion } from "../../../cells/model/branch.ts";
import type { Db } from "../schema.ts";
import type { NewBranch, PromotionRequest } from "../store.ts";
import { insertEvent } from "./events.ts";
import { keepRevision, publish, unpublish } from "./notebooks.ts";

const underWay = ["queued", "starting", "running", "cancelling"] as const;
const namedInErrors = 5;

/** See `Store.createBranch`. */
export async function createBranch(db: Db, { name, revisions, at }: NewBranch): Promise<void> {
  if ((await findBranch(db, name)) !== null)
    throw new AppError(
      "branch_conflict",
      `there is a branch ${name} already; choose another name, or delete it first`,
      {
        data: { branch: name },
      },
    );
  await db.insertInto("branches").values({ name, created_at: at }).execute();
  await insertRevisions(db, name, revisions);
  await insertEvent(db, { type: "branch_changed", branch: name, change: "created", assets: [] }, at);
}

/** See `Store.updateBranch`. */
export async function updateBranch(db: Db, { name, revisions, at }: NewBranch): Promise<void> {
  await existing(db, name);
  await db.deleteFrom("branch_revisions").where("branch", "=", name).execute();
  await insertRevisions(db, name, revisions);
  await insertEvent(db, { type: "branch_changed", branch: name, change: "updated", assets: [] }, at);
}

async function insertRevisions(db: Db, branch: string, revisions: NewBranch["revisions"]): Promise<void> {
  for (const { path, notebook, revision, text, base } of revisions) {
    await keepRevision(db, { revision, text });
    await db.insertInto("branch_revisions").values({ branch, path, notebook, revision, base }).execute();
  }
}

/** See `Store.deleteBranch`. */
export async function deleteBranch(db: Db, name: string, at: number): Promise<void> {
  await existing(db, name);
  const run = await db
    .selectFrom("runs")
    .select("id")
    .where("environment", "=", name)
    .where("state", "in", underWay)
    .executeTakeFirst();
  if (run !== undefined)
    throw new AppError("branch_conflict", `run ${run.id} works in branch ${name}; wait for it, or cancel it first`, {
      data: { branch: name, run: run.id },
    });
  await db.deleteFrom("branch_pointers").where("branch", "=", name).execute();
  await db.deleteFrom("branch_revisions").where("branch", "=", name).execute();
  await db.deleteFrom("branches").where("name", "=", name).execute();
  await insertEvent(db, { type: "branch_changed", branch: name, change: "deleted", assets: [] }, at);
}

/** By name. */
export async function listBranches(db: Db): Promise<readonly Branch[]> {
  const rows = await db.selectFrom("branches").selectAll().orderBy("name").execute();
  const revisions = Map.groupBy(
    await db.selectFrom("branch_revisions").selectAll().orderBy("path").execute(),
    ({ branch }) => branch,
  );
  return rows.map(({ name, created_at }) => ({
    name,
    createdAt: created_at,
    revisions: (revisions.get(name) ?? []).map(({ branch: _branch, ...revision }): BranchRevision => revision),
  }));
}

export async function findBranch(db: Db, name: string): Promise<Branch | null> {
  return (await listBranches(db)).find((branch) => branch.name === name) ?? null;
}

async function existing(db: Db, name: string): Promise<Branch> {
  const branch = await findBranch(db, name);
  if (branch === null)
    throw new AppError("not_found", `there is no branch ${name}; cellar branches shows those there are`, {
      data: { branch: name },
    });
  return branch;
}

/** In order of asset and partition. */
export async function branchPointers(db: Db, name: string): Promise<readonly BranchPointer[]> {
  const rows = await db
    .selectFrom("branch_pointers")
    .select(["asset", "partition", "fact", "base"])
    .where("branch", "=", name)
    .orderBy("asset")
    .orderBy("partition")
    .execute();
  return rows.map((row) => ({ ...row, asset: row.asset as AssetKey }));
}

/** Moves a branch's own pointer; what is published already needs none. */
export async function moveBranchPointer(
  db: Db,
  branch: string,
  { asset, partition, fact }: { readonly asset: AssetKey; readonly partition: string; readonly fact: number },
  movedSeq: number,
): Promise<void> {
  const base = await publishedFact(db, asset, partition);
  const own = db
    .selectFrom("branch_pointers")
    .select("fact")
    .where("branch", "=", branch)
    .where("asset", "=", asset)
    .where("partition", "=", partition);
  if (base === fact && (await own.executeTakeFirst()) === undefined) return;
  await db
    .insertInto("branch_pointers")
    .values({ branch, asset, partition, fact, moved_seq: movedSeq, base })
    .onConflict((c) => c.columns(["branch", "asset", "partition"]).doUpdateSet({ fact, moved_seq: movedSeq, base }))
    .execute();
}

async function publishedFact(db: Db, asset: string, partition: string): Promise<number | null> {
  const row = await db
    .selectFrom("pointers")
    .select("fact")
    .where("asset", "=", asset)
    .where("partition", "=", partition)
    .executeTakeFirst();
  return row?.fact ?? null;
}

async function publishedRevision(db: Db, path: string): Promise<string | null> {
  const row = await db.selectFrom("notebooks").select("revision").where("path", "=", path).executeTakeFirst();
  return row?.revision ?? null;
}

/** See `Store.promote`. */
export async function promote(db: Db, { branch, id, moves, revisions, at }: PromotionRequest): Promise<Promotion> {
  await existing(db, branch);
  const moved: string[] = [];
  for (const { asset, partition, from } of moves)
    if ((await publishedFact(db, asset, partition)) !== from) moved.push(nameOf(asset, partition));
  for (const { path, from } of revisions) if ((await publishedRevision(db, path)) !== from) moved.push(path);
  if (moved.length > 0)
    throw new AppError(
      "branch_conflict",
      `what is published changed meanwhile: ${listOf(moved)}; look at cellar branch diff ${branch}, and promote again`,
      { data: { branch } },
    );
  await db.insertInto("promotions").values({ id, branch, at, rolled_back_at: null }).execute();
  for (const { asset, partition, from, to } of moves)
    await db
      .insertInto("promotion_moves")
      .values({ promotion: id, asset, partition, from_fact: from, to_fact: to })
      .execute();
  for (const { path, notebook, from, to } of revisions) {
    await db
      .insertInto("promotion_revisions")
      .values({ promotion: id, path, notebook, from_revision: from, to_revision: to })
      .execute();
    await publishRevision(db, { path, notebook, revision: to, at });
    await db
      .updateTable("branch_revisions")
      .set({ base: to })
      .where("branch", "=", branch)
      .where("path", "=", path)
      .execute();
  }
  await movePointers(
    db,
    moves.map(({ asset, partition, to }) => ({ asset, partition, fact: to })),
    branch,
    "promoted",
    at,
  );
  await db.deleteFrom("branch_pointers").where("branch", "=", branch).execute();
  return { id, branch, at, rolledBackAt: null, moves, revisions };
}

/** See `Store.rollback`. */
export async function rollback(db: Db, id: string, at: number, force: boolean): Promise<Promotion> {
  const promotion = (await readPromotions(db, (query) => query.where("id", "=", id)))[0];
  if (promotion === undefined)
    throw new AppError("not_found", `no promotion has the id ${id}; cellar branches shows those there are`);
  const { branch, moves, revisions, rolledBackAt } = promotion;
  if (rolledBackAt !== null)
    throw new AppError(
      "branch_conflict",
      `promotion ${id} of branch ${branch} was rolled back already; nothing was changed`,
      {
        data: { branch },
      },
    );
  const moved: string[] = [];
  for (const { asset, partition, to } of moves)
    if ((await publishedFact(db, asset, partition)) !== to) moved.push(nameOf(asset, partition));
  for (const { path, to } of revisions) if ((await publishedRevision(db, path)) !== to) moved.push(path);
  if (moved.length > 0 && !force)
    throw new AppError(
      "branch_conflict",
      `materialized again since the promotion: ${listOf(moved)}; roll back with --force to give readers what was before it all the same`,
      { data: { branch } },
    );
  for (const { path, notebook, from } of revisions)
    if (from === null) await unpublish(db, path, at);
    else await publishRevision(db, { path, notebook, revision: from, at });
  await movePointers(
    db,
    moves.map(({ asset, partition, from }) => ({ asset, partition, fact: from })),
    branch,
    "rolled_back",
    at,
  );
  await db.updateTable("promotions").set({ rolled_back_at: at }).where("id", "=", id).execute();
  if ((await findBranch(db, branch)) !== null) await restoreBranch(db, promotion);
  return { ...promotion, rolledBackAt: at };
}

/** The branch stands again as it was before it was promoted, where it was not changed since. */
async function restoreBranch(db: Db, { branch, moves, revisions }: Promotion): Promise<void> {
  for (const { path, from, to } of revisions)
    await db
      .updateTable("branch_revisions")
      .set({ base: from })
      .where("branch", "=", branch)
      .where("path", "=", path)
      .where("revision", "=", to)
      .execute();
  for (const { asset, partition, from, to } of moves)
    await db
      .insertInto("branch_pointers")
      .values({ branch, asset, partition, fact: to, moved_seq: 0, base: from })
      .onConflict((c) => c.columns(["branch", "asset", "partition"]).doNothing())
      .execute();
}

async function publishRevision(
  db: Db,
  {
    path,
    notebook,
    revision,
    at,
  }: { readonly path: string; readonly notebook: string; readonly revision: string; readonly at: number },
): Promise<void> {
  const row = await db.selectFrom("revisions").select("text").where("hash", "=", revision).executeTakeFirstOrThrow();
  await publish(db, { path, id: notebook, revision, text: row.text, publishedAt: at });
}

async function movePointers(
  db: Db,
  moves: readonly { readonly asset: AssetKey; readonly partition: string; readonly fact: number | null }[],
  branch: string,
  change: "promoted" | "rolled_back",
  at: number,
): Promise<void> {
  const assets = [...new Set(moves.map(({ asset }) => asset))];
  const seq = await insertEvent(db, { type: "branch_changed", branch, change, assets }, at);
  for (const { asset, partition, fact } of moves) {
    if (fact === null) {
      await db.deleteFrom("pointers").where("asset", "=", asset).where("partition", "=", partition).execute();
      continue;
    }
    // readers see it from now on, whatever its asset's rule said of it
    await db.updateTable("materializations").set({ retired_at: null }).where("seq", "=", fact).execute();
    await db
      .insertInto("pointers")
      .values({ asset, partition, fact, moved_seq: seq })
      .onConflict((c) => c.columns(["asset", "partition"]).doUpdateSet({ fact, moved_seq: seq }))
      .execute();
  }
}

/** Newest first; all branches where none is named. */
export async function promotions(db: Db, branch?: string): Promise<readonly Promotion[]> {
  return readPromotions(db, (query) => (branch === undefined ? query : query.where("branch", "=", branch)));
}

function selectPromotions(db: Db) {
  return db.selectFrom("promotions").selectAll().orderBy("at", "desc").orderBy("id");
}

async function readPromotions(
  db: Db,
  chosen: (query: ReturnType<typeof selectPromotions>) => ReturnType<typeof selectPromotions>,
): Promise<readonly Promotion[]> {
  const rows = await chosen(selectPromotions(db)).execute();
  const found: Promotion[] = [];
  for (const { id, branch, at, rolled_back_at } of rows) {
    const moves = await db
      .selectFrom("promotion_moves")
      .selectAll()
      .where("promotion", "=", id)
      .orderBy("asset")
      .orderBy("partition")
      .execute();
    const revisions = await db
      .selectFrom("promotion_revisions")
      .selectAll()
      .where("promotion", "=", id)
      .orderBy("path")
      .execute();
    found.push({
      id,
      branch,
      at,
      rolledBackAt: rolled_back_at,
      moves: moves.map(({ asset, partition, from_fact, to_fact }) => ({
        asset: asset as AssetKey,
        partition,
        from: from_fact,
        to: to_fact,
      })),
      revisions: revisions.map(({ path, notebook, from_revision, to_revision }) => ({
        path,
        notebook,
        from: from_revision,
        to: to_revision,
      })),
    });
  }
  return found;
}

function nameOf(asset: string, partition: string): string {
  return partition === "" ? asset : `${asset} (${partition})`;
}

function listOf(names: readonly string[]): string {
  const more = names.length - namedInErrors;
  return `${names.slice(0, namedInErrors).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
