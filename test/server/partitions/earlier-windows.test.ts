import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocal, type LocalWorkspace } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const daily = 'partitions="daily from=2026-01-01 to=2026-01-05"';
const total = (
  sql = "SELECT ${partition.key} AS day, coalesce((SELECT max(n) FROM total), 0) + sum(n) AS n FROM events WHERE day = ${partition.key}",
) =>
  notebook(
    [
      ["sql", 'output="events"', "SELECT * FROM 'events.csv'"],
      ["sql", `output="total" ${daily} upstream="total: offset -1" expect="unique(day)" blocking`, sql],
    ],
    'timezone="UTC"',
  );
const events = (first: number) => `day,n\n2026-01-01,${first}\n2026-01-02,2\n2026-01-03,3\n2026-01-04,4\n`;

async function stepsOf(workspace: LocalWorkspace, input: Parameters<LocalWorkspace["run"]>[0]) {
  const { id } = await workspace.run(input);
  const { steps } = await workspace.call("run", { id });
  return steps
    .filter(({ key }) => key !== "a/events")
    .map(
      ({ partition, state, error, reason }) =>
        `${partition ?? ""} ${state}${state === "failed" ? `: ${error?.message}` : state === "blocked" ? `: ${reason}` : ""}`,
    );
}

async function valuesOf(workspace: LocalWorkspace, key: string, column: string) {
  const found: Record<string, unknown> = {};
  const { materializations } = await workspace.call("history", { key });
  for (const { partition, schema } of materializations.toReversed()) {
    const { facts, rows } = await valueOf(workspace, key, partition, column);
    found[partition] = rows;
    expect(facts).toBe(schema.length);
  }
  return found;
}

async function valueOf(workspace: LocalWorkspace, key: string, partition: string, column: string) {
  const { body } = (await workspace.call("data", { key, partition, format: "json" })) as unknown as {
    body: AsyncIterable<Buffer>;
  };
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part);
  const rows = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>[];
  return { facts: Object.keys(rows[0] ?? {}).length, rows: rows[0]?.[column] };
}

test("a running total is made window by window, each from the one before; what is asked for last brings what it lacks", async () => {
  await using workspace = await openLocal({ "a.html": total(), "events.csv": events(1) });
  expect(await stepsOf(workspace, { select: "total", partition: "2026-01-03" })).toEqual([
    "2026-01-01 succeeded",
    "2026-01-02 succeeded",
    "2026-01-03 succeeded",
  ]);
  expect(await stepsOf(workspace, { select: "total", partition: "*" })).toEqual([
    "2026-01-01 reused",
    "2026-01-02 reused",
    "2026-01-03 reused",
    "2026-01-04 succeeded",
  ]);
  expect(await valuesOf(workspace, "a/total", "n")).toEqual({
    "2026-01-01": 1,
    "2026-01-02": 3,
    "2026-01-03": 6,
    "2026-01-04": 10,
  });
  const { materializations } = await workspace.call("history", { key: "a/total" });
  // the first window, which reads nothing, has the types of the others
  expect(new Set(materializations.map(({ schema }) => JSON.stringify(schema))).size).toBe(1);
  expect(materializations.every(({ checks }) => checks.every(({ status }) => status === "passed"))).toBe(true);
});

test("a window that comes out otherwise makes the next stale, one after the other; going back is found again at once", async () => {
  await using workspace = await openLocal({ "a.html": total(), "events.csv": events(1) });
  await workspace.run({ select: "+total", partition: "*" });
  const change = async (first: number) => {
    await writeFile(join(workspace.path, "events.csv"), events(first));
    await workspace.run({ select: "events" });
  };
  await change(5);
  await workspace.run({ select: "total", partition: "2026-01-01" });
  const { assets } = await workspace.call("assets", { select: "total" });
  expect(assets[0]?.reason).toMatch(/^total is stale for 3 of 4/);
  expect(await stepsOf(workspace, { select: "total", partition: "*" })).toEqual([
    "2026-01-01 reused",
    "2026-01-02 succeeded",
    "2026-01-03 succeeded",
    "2026-01-04 succeeded",
  ]);
  expect((await valueOf(workspace, "a/total", "2026-01-04", "n")).rows).toBe(14);
  await change(1);
  const back = await stepsOf(workspace, { select: "total", partition: "*" });
  expect(back.every((step) => step.endsWith(" reused"))).toBe(true);
  expect((await valueOf(workspace, "a/total", "2026-01-04", "n")).rows).toBe(10);
});

test("a window that fails blocks those behind it; a first window that cannot bind says why, with its place", async () => {
  const failing =
    "SELECT n + 1 AS n, CASE WHEN ${partition.key} = '2026-01-02' THEN error('no second') END AS e,\n  missing AS day FROM total";
  await using workspace = await openLocal({ "a.html": total(failing), "events.csv": events(1) });
  const [first = "", second = ""] = await stepsOf(workspace, { select: "total", partition: "2026-01-01..2026-01-02" });
  expect(first).toMatch(
    /2026-01-01 failed: .*"missing".*; total is empty here, since nothing is earlier, with the columns that its SELECT names/s,
  );
  expect(second).toBe("2026-01-02 blocked: blocked by a/total (2026-01-01), which failed");
  await workspace.write("a.html", total(failing.replace("missing", "${partition.key}")));
  expect(await stepsOf(workspace, { select: "total", partition: "*" })).toEqual([
    "2026-01-01 succeeded",
    "2026-01-02 succeeded",
    "2026-01-03 succeeded",
    "2026-01-04 succeeded",
  ]);
});

const shapes: readonly (readonly [sql: string, rows: readonly unknown[]])[] = [
  ["SELECT ${partition.key} AS day UNION ALL SELECT * FROM state", [4]],
  ["FROM state UNION ALL BY NAME SELECT ${partition.key} AS day", [4]],
  [
    "WITH before AS (FROM state) SELECT list_append(coalesce(b.items, []), ${partition.key}) AS items, 1 AS day FROM (SELECT 1) LEFT JOIN before b ON true",
    [1],
  ],
  ["SELECT ${partition.key.slice(8)} AS day, {count: coalesce(max(s.at.count), 0) + 1} AS at FROM state s", [1]],
];
test.each(shapes)("the columns of what is empty follow from the SELECT: %s", async (sql, [rows]) => {
  await using workspace = await openLocal({
    "a.html": notebook([["sql", `output="state" ${daily} upstream="state: offset -1"`, sql]], 'timezone="UTC"'),
  });
  const { id, state } = await workspace.run({ select: "state", partition: "*" });
  const { steps } = await workspace.call("run", { id });
  expect({ state, rows: steps.at(-1)?.rows, error: steps.find(({ error }) => error !== null)?.error?.message }).toEqual(
    {
      state: "succeeded",
      rows,
    },
  );
});

test("in JavaScript it is null at first, then the rows of before, or the value", async () => {
  const upstream = (name: string, mapping = "offset -1") => `output="${name}" ${daily} upstream="${name}: ${mapping}"`;
  await using workspace = await openLocal({
    "a.html": notebook(
      [
        ["js", upstream("rows"), "[...(rows ?? []), {day: partition.key}]"],
        ["js", upstream("count"), "(count ?? 0) + 1"],
        ["js", upstream("span", "offset -2..-1"), "[{read: span === null ? 0 : [...span].length}]"],
      ],
      'timezone="UTC"',
    ),
  });
  const { state } = await workspace.run({ partition: "*", select: "rows or count or span" });
  expect(state).toBe("succeeded");
  const { materializations } = await workspace.call("history", { key: "a/rows", partition: "2026-01-04" });
  expect(materializations[0]?.rows).toBe(4);
  expect(await valuesOf(workspace, "a/span", "read")).toEqual({
    "2026-01-01": 0,
    "2026-01-02": 1,
    "2026-01-03": 2,
    "2026-01-04": 2,
  });
});

test("an asset that reads no partition of another gets a table of its columns", async () => {
  await using workspace = await openLocal({
    "a.html": notebook(
      [
        ["sql", `output="day" ${daily}`, "SELECT ${partition.key} AS day, 1 AS n"],
        ["sql", `output="before" ${daily} upstream="day: offset -1"`, "SELECT count(*) AS n, max(day) AS day FROM day"],
      ],
      'timezone="UTC"',
    ),
  });
  expect((await stepsOf(workspace, { select: "before", partition: "2026-01-01" }))[0]).toMatch(
    /2026-01-01 failed: asset a\/day cannot be read: none of its partitions is read here, and its columns are not known before one is made/,
  );
  await workspace.run({ select: "day", partition: "*" });
  expect(await stepsOf(workspace, { select: "before", partition: "2026-01-01..2026-01-02" })).toEqual([
    "2026-01-01 succeeded",
    "2026-01-02 succeeded",
  ]);
});
