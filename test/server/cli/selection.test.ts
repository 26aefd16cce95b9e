import { expect, test } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document } from "./cellar.ts";

const files = {
  "sales.html": notebook([
    ["sql", 'output="orders" tags="daily"', "SELECT 1 AS x"],
    ["sql", 'output="report"', "SELECT sum(x) AS total FROM orders"],
    ["js", 'sensor="inbox: file inbox/*.csv" select="report"', ""],
    ["sql", 'output="other" partitions="static a b"', "SELECT 2 AS y, $partition AS p"],
  ]),
  "cellar.json": JSON.stringify({
    jobs: {
      nightly: { select: "tag:daily", schedule: "0 6 * * *" },
      wide: { select: "job:nightly or sensor:inbox" },
      stale: { select: "is:missing and job:wide" },
      filled: { select: "partitions:static" },
      steady: { select: "job:nightly", automation: "eager" },
    },
    alerts: { ops: { on: ["run_succeeded"], select: "job:nightly", webhook: { url: "https://hooks.example/" } } },
  }),
};

test("selections name jobs, sensors and schedules wherever one is taken", { timeout: 120_000 }, async () => {
  await using folder = await temporaryWorkspace(files);
  const w = ["--workspace", folder.path];
  const keys = async (select: string) => {
    const said = await cellar(["list", "--select", select, "--json", ...w]);
    return Array.from(said.out.matchAll(/"key":"([^"]+)"/g), ([, key]) => key);
  };
  expect(await keys("job:nightly")).toEqual(["sales/orders"]);
  expect(await keys("job:wide")).toEqual(["sales/orders", "sales/report"]);
  expect(await keys("job:<null>")).toEqual([]);
  expect(await keys("sensor:inbox")).toEqual(["sales/report"]);
  expect(await keys("sensor:<null>")).toEqual(["sales/orders", "sales/other"]);
  expect(await keys('schedule:"job:nightly"')).toEqual(["sales/orders"]);
  expect((await document(0, "plan", "--select", "job:stale", ...w))["steps"]).toMatchObject([
    { key: "sales/orders" },
    { key: "sales/report" },
  ]);
  expect(await document(0, "run", "--select", "job:nightly", ...w)).toMatchObject({
    steps: [{ key: "sales/orders", state: "succeeded" }],
  });
  // what is missing is asked anew: the selection of a job is of now
  expect(await keys("job:stale")).toEqual(["sales/report"]);
  expect(await document(0, "backfill", "--dry-run", "--select", "job:filled", ...w)).toMatchObject({
    assets: [{ key: "sales/other", run: 2 }],
  });
  expect((await document(0, "lineage", "--select", "job:nightly+", ...w))["nodes"]).toMatchObject([
    { id: "sales/orders" },
    { id: "sales/report" },
  ]);
  const run = /"run":"([^"]+)"/.exec((await cellar(["runs", "--json", ...w])).out)?.[1] ?? "";
  expect((await document(0, "lineage", "--run", run, "--select", "job:nightly", ...w))["nodes"]).toMatchObject([
    { id: "sales/orders" },
  ]);
  for (const [select, message] of [
    ["job:nightyl", 'no job is named "nightyl"; did you mean nightly? cellar jobs shows those there are'],
    ["sensor:in", 'no sensor is named "in"; cellar sensors shows those there are'],
  ] as const)
    for (const command of ["list", "run", "plan", "lineage"])
      expect((await cellar([command, "--select", select, ...w])).err).toContain(message);
});

test("a job whose partition none of its assets has is told of", async () => {
  await using folder = await temporaryWorkspace({
    "days.html": notebook([
      ["sql", 'output="each" partitions="daily from=2026-01-01"', "SELECT ${partition.key} AS k"],
      ["sql", 'output="plain"', "SELECT 1 AS x"],
      ["sql", 'output="free" partitions="dynamic customers"', "SELECT ${partition.key} AS k"],
    ]),
    "cellar.json": `{"jobs": {
"wrong": {"select": "each", "partition": "yesterday"},
"none": {"select": "plain", "partition": "2026-01-01"},
"right": {"select": "*", "partition": "2026-01-01..2026-01-02"},
"open": {"select": "free", "partition": "anybody"},
"any": {"select": "is:missing and each", "partition": "2026-01-01"}
}}`,
  });
  const said = await cellar(["check", "--workspace", folder.path]);
  expect(said.out.match(/^cellar\.json:.*/gm)).toEqual([
    expect.stringMatching(/^cellar\.json:2:1 warning: job "wrong": invalid partition: "yesterday" .*\(days\/each\)/),
    'cellar.json:3:1 warning: job "none": none of its assets has partitions, so "2026-01-01" cannot be chosen; leave "partition" out',
  ]);
});

test("a job that selects itself or names none that there is is told of, with its place", async () => {
  await using folder = await temporaryWorkspace({
    "sales.html": files["sales.html"],
    "cellar.json": `{"jobs": {
"round": {"select": "job:about"},
"about": {"select": "job:round"},
"lost": {"select": "job:rounds"},
"unsteady": {"select": "job:behind", "automation": "eager"},
"behind": {"select": "is:missing"},
"steady": {"select": "job:lost", "automation": "eager"}
}}`,
  });
  const said = await cellar(["check", "--workspace", folder.path]);
  expect(said.out.match(/^cellar\.json:.*/gm)).toEqual([
    'cellar.json:5:24 error: job "unsteady" has an automation and a select with is:missing (job:behind) in it, which may be another with each run; select by key, tag, group, owner or kind',
    'cellar.json:2:1 error: job "round": job:round selects job:about selects job:round: a circle; let one of them name keys, tags or groups instead',
    'cellar.json:3:1 error: job "about": job:about selects job:round selects job:about: a circle; let one of them name keys, tags or groups instead',
    'cellar.json:4:1 warning: job "lost": no job is named "rounds"; did you mean round? cellar jobs shows those there are',
    'cellar.json:7:1 warning: job "steady": no job is named "rounds"; did you mean round? cellar jobs shows those there are',
  ]);
  expect(said.code).toBe(1);
  const run = await cellar(["run", "--select", "job:round", "--workspace", folder.path]);
  expect([run.code, run.err]).toEqual([
    2,
    "cellar run: job:round selects job:about selects job:round: a circle; let one of them name keys, tags or groups instead\n",
  ]);
});
