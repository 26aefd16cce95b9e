import type { Db } from "../schema.ts";
import type { FactDetails, NewFactDetails } from "../store.ts";
import { chunks, parseJson, toJson } from "./rows.ts";

const keysAStatement = 1000;

/** Writes what is told of a fact beside its bytes; nothing where nothing is. */
export async function insertDetails(db: Db, fact: number, { statistics, metadata }: NewFactDetails): Promise<void> {
  if (statistics.length === 0 && Object.keys(metadata).length === 0) return;
  await db
    .insertInto("fact_details")
    .values({ fact, statistics: toJson(statistics), metadata: toJson(metadata) })
    .execute();
}

/** See `Store.factDetails`. */
export async function factDetails(db: Db, facts: readonly number[]): Promise<ReadonlyMap<number, FactDetails>> {
  const details = new Map<number, FactDetails>();
  for (const part of chunks([...new Set(facts)], keysAStatement)) {
    const rows = await db
      .selectFrom("materializations as m")
      .leftJoin("fact_details as d", "d.fact", "m.seq")
      .select(["m.seq", "m.refused", "m.retired_at", "d.statistics", "d.metadata"])
      .where("m.seq", "in", part)
      .execute();
    for (const { seq, refused, retired_at, statistics, metadata } of rows)
      details.set(seq, {
        refused: refused === 1,
        retired: retired_at !== null,
        statistics: statistics === null ? [] : parseJson<FactDetails["statistics"]>(statistics),
        metadata: metadata === null ? {} : parseJson<FactDetails["metadata"]>(metadata),
      });
  }
  return details;
}
