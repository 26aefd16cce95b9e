import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "../../../server/engine/session.ts";
import { diffTables } from "../../../server/engine/table-diff.ts";
import { type EngineFixture, openFixture } from "./fixture.ts";

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

let files = 0;
async function table(sql: string) {
  const path = join(fixture.staging, `t${++files}.parquet`);
  const session = await Session.open(fixture.database, []);
  await session.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
  await session.close();
  return { format: "parquet", paths: [path] } as const;
}
async function diff(before: string | null, after: string | null, key: readonly string[] = []) {
  const [b, a] = [before === null ? null : await table(before), after === null ? null : await table(after)];
  const place = { temporary: fixture.temporary, folders: [fixture.staging] };
  return diffTables(fixture.database, { before: b, after: a, key, limit: 2 }, place, new AbortController().signal);
}

const before = "SELECT * FROM (VALUES (1, 'a', 10), (2, 'b', 20), (2, 'b', 20), (3, 'c', NULL)) t(id, name, n)";

describe("what differs between two tables", () => {
  test("rows as a whole, as often as they stand there", async () => {
    const found = await diff(before, "SELECT * FROM (VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', 5)) t(id, name, n)");
    expect(found.rows).toEqual({ before: 4, after: 3, added: 1, removed: 2, changed: null });
    expect(found.samples).toEqual({
      added: [{ id: 3, name: "c", n: 5 }],
      removed: [
        { id: 2, name: "b", n: 20 },
        { id: 3, name: "c", n: null },
      ],
      changed: [],
    });
  });

  test("rows by key, with what is in each column", async () => {
    const found = await diff(
      "SELECT * FROM (VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', NULL)) t(id, name, n)",
      "SELECT * FROM (VALUES (1, 'a', 10), (3, 'c', 5), (4, 'd', 1)) t(id, name, n)",
      ["id"],
    );
    expect(found.rows).toEqual({ before: 3, after: 3, added: 1, removed: 1, changed: 1 });
    expect(found.differing).toEqual({ name: 0, n: 1 });
    expect(found.samples.changed).toEqual([
      { before: { id: 3, name: "c", n: null }, after: { id: 3, name: "c", n: 5 } },
    ]);
  });

  test("columns that came, went, or have another type", async () => {
    const found = await diff("SELECT 1 AS id, 2 AS gone, 3 AS n", "SELECT 1 AS id, 3::DOUBLE AS n, 'x' AS fresh");
    expect(found.columns).toEqual({
      added: [{ name: "fresh", type: "VARCHAR" }],
      removed: [{ name: "gone", type: "INTEGER" }],
      retyped: [{ name: "n", before: "INTEGER", after: "DOUBLE" }],
    });
    expect(found.rows).toEqual({ before: 1, after: 1, added: 0, removed: 0, changed: null });
  });

  test("a table that is not there has no rows", async () => {
    expect((await diff(null, "SELECT 1 AS id")).rows).toEqual({
      before: 0,
      after: 1,
      added: 1,
      removed: 0,
      changed: null,
    });
    expect((await diff("SELECT 1 AS id", null)).rows).toEqual({
      before: 1,
      after: 0,
      added: 0,
      removed: 1,
      changed: null,
    });
  });

  test("a key that is none is refused with what to do", async () => {
    await expect(diff(before, before, ["id"])).rejects.toThrow(/several rows have the same id; name more columns/);
    await expect(diff(before, before, ["no"])).rejects.toThrow(
      /"no" is no column of both tables; choose among id, name, n/,
    );
  });
});
