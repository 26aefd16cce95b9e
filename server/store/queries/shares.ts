import type { Db, ShareRow } from "../schema.ts";
import type { Share } from "../store.ts";

export async function addShare(db: Db, share: Share): Promise<void> {
  await db
    .insertInto("shares")
    .values({
      id: share.id,
      token_hash: share.tokenHash,
      selection: share.selection,
      run: share.run,
      snapshot: share.snapshot,
      with_data: share.withData ? 1 : 0,
      created_at: share.createdAt,
      expires_at: share.expiresAt,
      revoked_at: share.revokedAt,
    })
    .execute();
}

/** Newest first, revoked ones too. */
export async function shares(db: Db): Promise<readonly Share[]> {
  const rows = await db.selectFrom("shares").selectAll().orderBy("created_at", "desc").orderBy("id").execute();
  return rows.map(toShare);
}

export async function shareByTokenHash(db: Db, hash: string): Promise<Share | null> {
  const row = await db.selectFrom("shares").selectAll().where("token_hash", "=", hash).executeTakeFirst();
  return row === undefined ? null : toShare(row);
}

/** False where there is no such share or it was revoked before. */
export async function revokeShare(db: Db, id: string, at: number): Promise<boolean> {
  const result = await db
    .updateTable("shares")
    .set({ revoked_at: at })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function toShare(row: ShareRow): Share {
  return {
    id: row.id,
    tokenHash: row.token_hash,
    selection: row.selection,
    run: row.run,
    snapshot: row.snapshot,
    withData: row.with_data === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
