import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

const daily = 'partitions="daily from=2026-01-01 to=2026-01-31"';
const within = "day >= ${partition.start}::DATE AND day < ${partition.end}::DATE";
const files = {
  "days.html": notebook(
    [
      ["sql", 'output="events"', "SELECT DATE '2026-01-01' + i::INT AS day, i AS n FROM range(60) t(i)"],
      [
        "sql",
        `output="day" ${daily}`,
        `SELECT day, CASE WHEN n = 5 AND (SELECT count(*) FROM broken) > 0 THEN error('no fifth') ELSE n END AS n FROM events WHERE ${within}`,
      ],
      ["sql", 'output="broken"', "SELECT * FROM 'broken.csv'"],
      ["sql", 'output="week" partitions="weekly from=2026-01-01 to=2026-01-31"', "SELECT sum(n) AS n FROM day"],
      ["sql", 'output="customer" partitions="dynamic customers"', "SELECT ${partition.key} AS name"],
      [
        "sql",
        'output="grid" partitions="date: daily from=2026-01-01 to=2026-01-11; region: static eu us"',
        "SELECT ${partition.date} AS date, ${partition.region} AS region",
      ],
    ],
    'timezone="UTC"',
  ),
  "broken.csv": "x\n1\n",
};

describe("backfills", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const w = () => ["--workspace", folder.path];
  const counts = (report: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(report["counts"] as Record<string, number>).filter(([, count]) => count > 0),
    ) as Record<string, number>;

  it("says what it would do, and does nothing", async () => {
    const plan = await document(0, "backfill", "--select", "week", ...w(), "--dry-run");
    const assets = plan["assets"] as unknown as { key: string; run: number }[];
    expect(assets.map(({ key, run }) => `${key} ${run}`)).toEqual([
      ...["days/events 1", "days/broken 1", "days/day 21", "days/week 3"],
    ]);
    expect(plan).toMatchObject({ total: 26, runs: 1 });
    expect(await document(0, "backfills", ...w())).toEqual({ backfills: [] });
  });

  it("goes part by part; what fails blocks what reads it, and a retry does just that again", async () => {
    const report = await document(1, "backfill", "--select", "week or day", ...w(), "--chunk", "10");
    expect(report).toMatchObject({ state: "failed", select: "week or day", partition: "*" });
    const { failed, blocked, total, succeeded } = counts(report);
    expect({ failed, blocked, rest: (total ?? 0) - (succeeded ?? 0) }).toEqual({ failed: 1, blocked: 1, rest: 2 });
    expect((report["runs"] as unknown as unknown[]).length).toBeGreaterThan(3);
    expect(report["failures"]).toMatchObject([{ key: "days/day", partition: "2026-01-06", message: "no fifth" }]);
    expect(await document(0, "partitions", "days/day", ...w())).toMatchObject({ status: { failed: 1, missing: 0 } });

    const failing = await document(1, "backfill", "--select", "day", "--failed", ...w());
    expect(counts(failing)).toEqual({ total: 1, failed: 1 });

    const { writeFile } = await import("node:fs/promises");
    await writeFile(`${folder.path}/broken.csv`, "x\n");
    await document(0, "run", "--select", "broken", ...w());
    const retried = await document(0, "backfill", "--retry", String(report["id"]), ...w());
    expect(counts(retried)).toEqual({ total: 2, succeeded: 2 });
    expect(retried).toMatchObject({ retryOf: report["id"] });
    const done = await cellar(["backfill", "--retry", String(retried["id"]), ...w()]);
    expect({ code: done.code, err: done.err }).toEqual({
      code: 1,
      err: expect.stringMatching(/left nothing to do again/) as string,
    });
    expect(counts(await document(0, "backfill", "--select", "day", "--missing", ...w()))).toEqual({});
  });

  it("a key of dynamic partitions is added, filled and taken away", async () => {
    expect(await document(0, "partitions", "customers", ...w(), "--add", "anna", "--add", "ben")).toEqual({
      ...{ name: "customers", added: ["anna", "ben"], removed: [], count: 2 },
    });
    expect(await document(0, "partitions", "days/customer", ...w(), "--add", "ben", "--remove", "nobody")).toEqual({
      ...{ name: "customers", added: [], removed: [], count: 2 },
    });
    const report = await document(0, "backfill", "--select", "customer", ...w());
    expect(counts(report)).toEqual({ total: 2, succeeded: 2 });
    await document(0, "partitions", "customers", ...w(), "--remove", "anna");
    expect(await document(0, "partitions", "days/customer", ...w())).toEqual({
      count: 1,
      keys: ["ben"],
      status: { missing: 0, materialized: 1, failed: 0, stale: 0 },
    });
  });

  it("takes a range of each dimension", async () => {
    const report = await document(
      0,
      "backfill",
      "--select",
      "grid",
      "--partition",
      "2026-01-02..2026-01-05|eu",
      ...w(),
    );
    expect(counts(report)).toEqual({ total: 4, succeeded: 4 });
    const run = await document(0, "run", "--select", "grid", "--partition", "2026-01-09..2026-01-10|*", ...w());
    expect((run["steps"] as unknown as { partition: string }[]).map(({ partition }) => partition)).toEqual([
      ...["2026-01-09|eu", "2026-01-09|us", "2026-01-10|eu", "2026-01-10|us"],
    ]);
    const rest = await document(0, "backfill", "--select", "grid", "--missing", ...w());
    expect(counts(rest)).toEqual({ total: 12, succeeded: 12 });
  });

  it.each([
    [["backfill", "--select", "events"], /no asset of this selection has partitions.*cellar run/],
    [["backfill", "--select", "day", "--partition", "2025-01-01"], /2025-01-01/],
    [["backfill", "--select", "day", "--chunk", "x"], /not a number: --chunk/],
    [["backfill", "--status", "a", "--cancel", "b"], /ask one of them/],
    [["backfill", "--status", "nothing"], /no backfill has the id nothing; cellar backfills/],
    [["partitions", "customerz", "--add", "a"], /no asset has dynamic partitions "customerz"; name customers/],
    [["partitions", "days/day", "--add", "a"], /days\/day has no dynamic partitions/],
    [["partitions", "customers", "--add", "a|b"], /neither "\|" nor "\.\."/],
  ])("%j is refused in a sentence", async (args, sentence) => {
    const said = await cellar([...args, ...w()]);
    expect(said.code).toBeGreaterThan(0);
    expect(lines(said.err)).toHaveLength(1);
    expect(said.err).toMatch(sentence);
  });
});

test("a dry run of what is all there says that nothing is to run", async () => {
  await using folder = await temporaryWorkspace({
    "days.html": notebook([["sql", 'output="each" partitions="static a b c"', "SELECT 1 AS x"]]),
  });
  const w = ["--workspace", folder.path];
  const last = async (...args: readonly string[]) => lines((await cellar(["backfill", ...args, ...w])).out).at(-1);
  expect(await last("--dry-run")).toBe("3 steps in 1 run");
  expect(await last("--partition", "a..b")).toMatch(/succeeded in .*: 2 succeeded$/);
  expect(await last("--dry-run", "--partition", "a")).toBe("nothing to run: 1 step to reuse or skip");
  expect(await last("--dry-run")).toBe("3 steps in 1 run");
});
