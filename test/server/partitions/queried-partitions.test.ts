import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const files = {
  "geo.html": notebook(
    [
      ["sql", 'output="regions"', "SELECT * FROM 'regions.csv'"],
      ["sql", 'output="total" partitions="static from regions.region"', "SELECT ${partition.key} AS region"],
      [
        "sql",
        'output="grid" partitions="day: daily from=2026-01-01 to=2026-01-03; region: static from regions.region"',
        "SELECT ${partition.region} AS region FROM total",
      ],
      ["sql", 'output="all_regions"', "SELECT count(*) AS n FROM total"],
    ],
    'timezone="UTC"',
  ),
  "team/report.html": notebook([
    ["sql", 'output="mirror" partitions="static from /geo.regions.region"', 'SELECT region FROM "/geo".total'],
  ]),
  "regions.csv": "region,n\nus,1\neu,2\n,3\na|b,4\neu,5\n",
};

test("the values of a column are the keys: in order, of this notebook and of another, in one dimension of several", async () => {
  await using workspace = await openLocal(files);
  const keysOf = async (key: string) => {
    const { keys, status, note } = await workspace.call("partitions", { key });
    return { keys, missing: status.missing, note };
  };
  const unmade = "its keys are values of geo/regions, never made; run it first";
  expect(await keysOf("geo/total")).toEqual({ keys: [], missing: 0, note: unmade });
  await expect(workspace.run({ select: "total", partition: "*" })).rejects.toThrow(
    /geo\/total has no partitions: "\*" is not in the values of geo\/regions.region, which was never made: run geo\/regions first/,
  );
  await workspace.run({ select: "regions" });
  const note = '2 values are left out, since no partition can be called so: "a|b", NULL';
  expect(await keysOf("geo/total")).toEqual({ keys: ["eu", "us"], missing: 2, note });
  expect((await keysOf("team/report/mirror")).keys).toEqual(["eu", "us"]);
  expect((await keysOf("geo/grid")).keys).toEqual([
    ...["2026-01-01|eu", "2026-01-01|us", "2026-01-02|eu", "2026-01-02|us"],
  ]);
  expect(await workspace.run({ select: "total or grid", partition: "*" })).toMatchObject({ state: "succeeded" });
  expect(await workspace.run({ select: "all_regions" })).toMatchObject({ state: "succeeded" });
  const { edges } = await workspace.call("lineage", { select: "geo/*" });
  expect(edges).toContainEqual({ from: "geo/regions", to: "geo/total" });

  // other values: a key that is gone keeps what was made of it, and what stays is fresh
  await writeFile(join(workspace.path, "regions.csv"), "region,n\neu,1\nuk,2\n");
  await workspace.run({ select: "regions" });
  expect(await keysOf("geo/total")).toEqual({ keys: ["eu", "uk"], missing: 1, note: undefined });
  const { materializations } = await workspace.call("history", { key: "geo/total", partition: "us" });
  expect(materializations).toHaveLength(1);
  const { assets } = await workspace.call("assets", { select: "total" });
  expect(assets[0]?.reason).toBe("total is missing for 1 of 2 partitions");
});

test("a column that is not there is said, with those that are", async () => {
  await using workspace = await openLocal({
    ...files,
    "geo.html": files["geo.html"].replaceAll("regions.region", "regions.area"),
  });
  await workspace.run({ select: "regions" });
  expect(await workspace.call("partitions", { key: "geo/total" })).toMatchObject({
    count: 0,
    note: "geo/regions has no column area; it has region, n",
  });
});

test("automation looks at the keys again when their asset was made", async () => {
  await using workspace = await openLocal({
    "geo.html": notebook([
      ["sql", 'output="regions"', "SELECT * FROM 'regions.csv'"],
      [
        "sql",
        'output="total" partitions="static from regions.region" automation="on_missing"',
        "SELECT ${partition.key} AS region",
      ],
    ]),
    "regions.csv": "region\neu\n",
  });
  await workspace.call("publish", { path: "geo.html" });
  await workspace.run({ select: "regions" });
  const { served } = await workspace.open.automation.preview(workspace.open.clock.now());
  const target = served.graph.targets.get("geo/total");
  expect(target?.cut.spaceAt(workspace.open.clock.now()).axes.map(({ count }) => count)).toEqual([1]);
});
