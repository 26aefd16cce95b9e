import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

const daily = 'partitions="daily from=2026-01-01 exclude=2026-01-05"';
const files = {
  "days.html": notebook(
    [
      ["sql", 'output="events"', "SELECT DATE '2026-01-01' + i::INT AS day, i AS n FROM range(60) t(i)"],
      [
        "sql",
        `output="day" ${daily}`,
        "SELECT day, n FROM events WHERE day >= ${partition.start}::DATE AND day < ${partition.end}::DATE",
      ],
      ["sql", `output="week" ${daily} upstream="day: last 2"`, "SELECT sum(n) AS n FROM day"],
      ["js", `${daily} output="label"`, "[{key: partition.key, day: partition.start.getUTCDate()}]"],
      [
        "sql",
        'output="odd" partitions="static a b"',
        "SELECT CASE WHEN ${partition.key} = 'b' THEN error('no b') ELSE 1 END AS x",
      ],
      ["sql", 'output="customer" partitions="dynamic customers"', "SELECT ${partition.key} AS name"],
      ["sql", 'output="all_odd"', "SELECT count(*) AS n FROM odd"],
      [
        "sql",
        'output="total" partitions="daily from=2026-01-01 to=2026-01-05" upstream="total: offset -1"',
        "SELECT coalesce((SELECT max(n) FROM total), 0) + ${partition.start.getUTCDate()} AS n",
      ],
      [
        "sql",
        'test="total"',
        "WITH total AS (SELECT 40 AS n), partition AS (SELECT '2026-01-02' AS key) SELECT 42 AS n",
      ],
    ],
    'timezone="UTC"',
  ),
};

describe("assets in partitions", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const w = () => ["--workspace", folder.path];
  const stepsOf = ({ steps }: Readonly<Record<string, unknown>>) =>
    (steps as { key: string; partition: string | null; state: string }[]).map(
      ({ key, partition, state }) => `${key} ${partition ?? ""} ${state}`,
    );

  it("runs a range with what it reads; a partition that is left out is none", async () => {
    const report = await document(0, "run", ...w(), "--select", "week", "--partition", "2026-01-04..2026-01-06");
    expect(stepsOf(report)).toEqual([
      "days/events  succeeded",
      "days/day 2026-01-03 succeeded",
      "days/day 2026-01-04 succeeded",
      "days/day 2026-01-06 succeeded",
      "days/week 2026-01-04 succeeded",
      "days/week 2026-01-06 succeeded",
    ]);
    const again = await document(0, "run", ...w(), "--select", "week", "--partition", "2026-01-06");
    expect(stepsOf(again)).toEqual(["days/week 2026-01-06 reused"]);
    const out = `${folder.path}/week.json`;
    await document(0, "export", "days/week", ...w(), "--partition", "2026-01-06", "--format", "json", "-o", out);
    const { readFile } = await import("node:fs/promises");
    // the third and the fifth of `range`: the fourth is left out
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual([{ n: 8 }]);
  });

  it("keys of dynamic partitions are added and listed by their name", async () => {
    expect((await cellar(["partitions", "customers", "--add", "ann", "--add", "bob", ...w()])).out).toBe(
      "customers: added ann, bob; it has 2 keys\n",
    );
    expect(lines((await cellar(["partitions", "customers", ...w()])).out)).toEqual(["ann", "bob", "customers: 2 keys"]);
    expect(await document(0, "partitions", "customers", ...w())).toEqual({ name: "customers", keys: ["ann", "bob"] });
    expect(await cellar(["partitions", "custmers", ...w()])).toMatchObject({
      code: 2,
      err: 'cellar partitions: no asset has dynamic partitions "custmers"; name customers\n',
    });
    expect((await cellar(["partitions", "days/customer", ...w()])).out).toContain("2 partitions: 2 missing");
  });

  it("an asset reads its own earlier windows; a backfill makes them in order", async () => {
    const plan = await document(0, "plan", ...w(), "--select", "total", "--partition", "2026-01-02");
    expect(
      (plan["steps"] as unknown as { partition: string; reason: string }[]).map(
        (step) => `${step.partition}: ${step.reason}`,
      ),
    ).toEqual(["2026-01-01: needed by its later partitions; never materialized", "2026-01-02: never materialized"]);
    expect(await document(0, "backfill", "--select", "total", ...w(), "--chunk", "3")).toMatchObject({
      state: "succeeded",
      counts: { succeeded: 4 },
    });
    const out = `${folder.path}/total.json`;
    await document(0, "export", "days/total", ...w(), "--partition", "2026-01-04", "--format", "json", "-o", out);
    const { readFile } = await import("node:fs/promises");
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual([{ n: 10 }]);
    const { edges } = await document(0, "lineage", ...w(), "--select", "total");
    expect(edges).toEqual([{ from: "days/total", to: "days/total" }]);
    expect(await document(0, "test", ...w())).toMatchObject({ tests: [{ state: "passed" }] });
  });

  it("gives JavaScript its partition", async () => {
    const report = await document(0, "run", ...w(), "--select", "label", "--partition", "2026-01-02..2026-01-03");
    expect(stepsOf(report)).toEqual(["days/label 2026-01-02 succeeded", "days/label 2026-01-03 succeeded"]);
    const out = `${folder.path}/label.json`;
    await document(0, "export", "days/label", ...w(), "--partition", "2026-01-03", "--format", "json", "-o", out);
    const { readFile } = await import("node:fs/promises");
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual([{ key: "2026-01-03", day: 3 }]);
  });

  it("a partition that fails blocks what reads it, and no other", async () => {
    const report = await document(1, "run", ...w(), "--select", "odd or all_odd", "--partition", "*");
    expect(stepsOf(report)).toEqual(["days/odd a succeeded", "days/odd b failed", "days/all_odd  blocked"]);
  });

  it("tells how the partitions of an asset stand", async () => {
    expect(await document(0, "partitions", "days/odd", ...w())).toEqual({
      count: 2,
      keys: ["a", "b"],
      status: { missing: 0, materialized: 1, failed: 1, stale: 0 },
    });
    const day = await document(0, "partitions", "days/day", ...w(), "--at", "2026-01-09T00:00:00Z");
    expect(day).toEqual({
      count: 7,
      keys: ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-06", "2026-01-07", "2026-01-08"],
      status: { missing: 4, materialized: 3, failed: 0, stale: 0 },
    });
  });

  it.each([
    [["run", "--select", "day", "--partition", "2026-01-05"], /2026-01-05/],
    [["run", "--select", "day", "--partition", "2025-12-31"], /2025-12-31.*(first|begin|before)/],
    [
      ["run", "--select", "day", "--partition", "2026-01-04..2026-01-01"],
      /runs backwards; write 2026-01-01\.\.2026-01-04/,
    ],
    [["run", "--select", "events", "--partition", "2026-01-04"], /no asset of this selection has partitions/],
    [["partitions", "days/events"], /has no partitions/],
  ])("%j is refused in a sentence", async (args, sentence) => {
    const said = await cellar([...args, ...w()]);
    expect(said.code).toBe(2);
    expect(lines(said.err)).toHaveLength(1);
    expect(said.err).toMatch(sentence);
  });
});
