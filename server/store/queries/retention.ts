import { assertNever } from "../../../cells/errors.ts";
import type { Db } from "../schema.ts";
import type { RetainRule } from "../store.ts";
import { chunks } from "./rows.ts";

const seqsAStatement = 1000;
const underWay = ["queued", "starting", "running", "cancelling"] as const;

/** See `Store.retire`. */
export async function retire(db: Db, rules: readonly RetainRule[], at: number): Promise<number> {
  const held = await heldFacts(db, at);
  let retired = 0;
  for (const rule of rules) {
    const beyond = (await factsBeyond(db, rule, at)).filter((seq) => !held.has(seq));
    for (const part of chunks(beyond, seqsAStatement)) {
      const result = await db
        .updateTable("materializations")
        .set({ retired_at: at })
        .where("seq", "in", part)
        .where("seq", "not in", (e) => e.selectFrom("pointers").select("fact").where("fact", "in", part))
        .where("seq", "not in", (e) => e.selectFrom("branch_pointers").select("fact").where("fact", "in", part))
        .executeTakeFirst();
      retired += Number(result.numUpdatedRows);
    }
  }
  return retired;
}

/** See `Store.referencedFiles`. */
export async function referencedFiles(db: Db, retiredBefore: number): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom("materializations")
    .select("sha256")
    .where("sha256", "!=", "")
    .where((e) => e.or([e("retired_at", "is", null), e("retired_at", ">=", retiredBefore)]))
    .execute();
  const failing = await db
    .selectFrom("check_results as c")
    .innerJoin("materializations as m", "m.seq", "c.fact")
    .select((e) => e.ref("c.rows_sha256").$notNull().as("sha256"))
    .where("c.rows_sha256", "is not", null)
    .where((e) => e.or([e("m.retired_at", "is", null), e("m.retired_at", ">=", retiredBefore)]))
    .execute();
  return new Set([...rows, ...failing].map((row) => row.sha256));
}

/** When the oldest run that has not ended was created: what was retired since may be read by it. */
export async function oldestRunUnderWay(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom("runs")
    .select((e) => e.fn.min("created_at").as("at"))
    .where("state", "in", underWay)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Facts that a run under way made or found, and those of runs that a link shows frozen with their data. */
async function heldFacts(db: Db, at: number): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom("steps")
    .select("fact")
    .where("fact", "is not", null)
    .where((e) =>
      e.or([
        e("run", "in", e.selectFrom("runs").select("id").where("state", "in", underWay)),
        e(
          "run",
          "in",
          e
            .selectFrom("shares")
            .select((s) => s.ref("run").$notNull().as("run"))
            .where("run", "is not", null)
            .where("with_data", "=", 1)
            .where("revoked_at", "is", null)
            .where((s) => s.or([s("expires_at", "is", null), s("expires_at", ">", at)])),
        ),
      ]),
    )
    .execute();
  // what a promotion replaced, as long as its branch is there to be rolled back
  const replaced = await db
    .selectFrom("promotion_moves as m")
    .innerJoin("promotions as p", "p.id", "m.promotion")
    .innerJoin("branches as b", "b.name", "p.branch")
    .select("m.from_fact as fact")
    .where("p.rolled_back_at", "is", null)
    .where("m.from_fact", "is not", null)
    .execute();
  return new Set([...rows, ...replaced].flatMap(({ fact }) => fact ?? []));
}

/** Facts of an asset that its rule does not keep, oldest first. */
async function factsBeyond(db: Db, { asset, retention }: RetainRule, at: number): Promise<readonly number[]> {
  const kept = db.selectFrom("materializations").where("asset", "=", asset).where("retired_at", "is", null);
  switch (retention.type) {
    case "age": {
      const rows = await kept
        .select("seq")
        .where("created_at", "<", at - retention.ms)
        .orderBy("seq")
        .execute();
      return rows.map(({ seq }) => seq);
    }
    case "versions": {
      const rows = await kept.select(["seq", "partition"]).orderBy("seq", "desc").execute();
      const counts = new Map<string, number>();
      const beyond = rows.filter(({ partition }) => {
        const newer = counts.get(partition) ?? 0;
        counts.set(partition, newer + 1);
        return newer >= retention.count;
      });
      return beyond.map(({ seq }) => seq).reverse();
    }
    default:
      return assertNever(retention);
  }
}
