import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

describe("cellar query and wipe", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace({
      "shop.html": notebook([["sql", 'output="orders" partitions="static a b"', "SELECT ${partition.key} AS region"]]),
      "team/more.html": notebook([
        ["sql", 'output="sums" partitions="static a b"', "SELECT 1 AS n"],
        ["sql", 'output="later"', "SELECT 1 AS n"],
        ["sql", 'output="seen" store="view"', "SELECT 1 AS n"],
      ]),
    });
    await document(0, "run", ...w(), "--select", "orders or sums", "--partition", "*");
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const w = () => ["--workspace", folder.path];

  it("asks the log", async () => {
    const sql =
      "SELECT type, count(*) AS n, bool_and(happened_at < now()) AS past FROM cellar.events GROUP BY type ORDER BY type";
    const { rows } = await document(0, "query", sql, ...w());
    expect(rows).toContainEqual({ type: "materialized", n: 4, past: true });
    const states = await cellar(["query", "SELECT state, trigger->>'type' AS trigger FROM cellar.runs", ...w()]);
    expect(lines(states.out)).toEqual(["state      trigger", "succeeded  manual"]);
  });

  it("asks assets, all partitions of one together", async () => {
    const { rows } = await document(0, "query", "SELECT region FROM shop.orders ORDER BY 1", ...w());
    expect(rows).toEqual([{ region: "a" }, { region: "b" }]);
  });

  it("writes midnight as a time among times, and a day as a day", async () => {
    const sql = "SELECT TIMESTAMP '2026-01-01' + to_hours(i::INT * 12) AS t, DATE '2026-01-01' AS d FROM range(2) r(i)";
    expect(lines((await cellar(["query", sql, ...w()])).out)).toEqual([
      "t                    d",
      "2026-01-01 00:00:00  2026-01-01",
      "2026-01-01 12:00:00  2026-01-01",
    ]);
  });

  it.each([
    ["SELECT * FROM more.sums", 'no table "more.sums"; write FROM "team/more".sums'],
    ["SELECT * FROM ordrs", 'no table "ordrs"; write FROM shop.orders'],
    ['SELECT * FROM "team/more".later', 'no table "team/more.later"; team/more/later was never materialized'],
    ["SELECT * FROM seen", 'no table "seen"; team/more/seen is not stored'],
    ["SELECT * FROM x.zzzzzz", 'no table "x.zzzzzz"; cellar list shows the assets there are'],
  ])("%s is told with how it is written", async (sql, said) => {
    expect(await cellar(["query", sql, ...w()])).toMatchObject({ code: 1, err: expect.stringContaining(said) });
  });

  it("tells what is wrong", async () => {
    const unknown = await cellar(["query", "SELECT nothing FROM shop.orders", ...w()]);
    expect(unknown).toMatchObject({ code: 1, out: "" });
    expect(unknown.err).toContain('referenced column "nothing" not found');
    expect(await cellar(["query", ...w()])).toMatchObject({ code: 2 });
    expect((await cellar(["wipe", "shop/orders", ...w()])).err).toBe(
      "cellar wipe: it would take shop/orders from all its readers; say --yes to do it\n",
    );
  });

  it("wipes", async () => {
    expect(await document(0, "wipe", "shop/orders", "--partition", "a", "--yes", ...w())).toEqual({ wiped: 1 });
    expect(await document(0, "partitions", "shop/orders", ...w())).toMatchObject({ status: { missing: 1 } });
  });
});
