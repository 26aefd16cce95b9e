import { expect, test } from "vitest";
import { settableClock } from "../../support/clock.ts";
import { eventually } from "../../support/eventually.ts";
import { openLocal, type LocalWorkspace } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

/** Fiscal quarters that begin in February, over months; `code` is what follows `pick = ` */
const fiscal = (code: string, more = "") =>
  notebook(
    [
      ["sql", 'output="month" partitions="monthly from=2026-01-01 to=2026-08-01"', "SELECT ${partition.key} AS m"],
      ["js", "", "const first = {Q1: 2, Q2: 5, Q3: 8}"],
      ["js", "", `const pick = ${code}`],
      [
        "sql",
        `output="quarter" partitions="static Q1 Q2 Q3 Q9" upstream="month: function pick" ${more}`,
        "SELECT ${partition.key} AS q, count(*) AS n, min(m) AS since FROM month",
      ],
    ],
    'timezone="UTC"',
  );
const byTable = `({key}) => {
  if (!(key in first)) throw new RangeError("no quarter " + key);
  return [0, 1, 2].map((n) => "2026-0" + (first[key] + n) + "-01");
}`;

async function stepsOf(workspace: LocalWorkspace, input: Parameters<LocalWorkspace["run"]>[0]) {
  const { id } = await workspace.run(input);
  const { steps } = await workspace.call("run", { id });
  return steps.map(({ key, partition, state }) => `${key.slice(2)} ${partition ?? ""} ${state}`);
}

async function plannedOf(workspace: LocalWorkspace, partition: string) {
  const { steps } = await workspace.call("plan", { select: "quarter", partition });
  return steps.filter(({ key }) => key === "a/quarter").map(({ action, reason }) => `${action}: ${reason}`);
}

test("a function says which partitions are read: they are made first, and a quarter is stale when one of its months is", async () => {
  await using workspace = await openLocal({ "a.html": fiscal(byTable) });
  expect(await stepsOf(workspace, { select: "quarter", partition: "Q1" })).toEqual([
    "month 2026-02-01 succeeded",
    "month 2026-03-01 succeeded",
    "month 2026-04-01 succeeded",
    "quarter Q1 succeeded",
  ]);
  expect(await plannedOf(workspace, "Q1")).toEqual([expect.stringMatching(/^reuse: up to date/)]);
  const { materializations } = await workspace.call("history", { key: "a/quarter" });
  expect(materializations).toMatchObject([{ partition: "Q1", rows: 1 }]);

  // the same answers from other code change nothing; other answers do
  await workspace.write("a.html", fiscal(byTable.replace("no quarter", "there is no quarter")));
  expect(await plannedOf(workspace, "Q1")).toEqual([expect.stringMatching(/^reuse: up to date/)]);
  await workspace.write("a.html", fiscal(byTable.replace("[0, 1, 2]", "[0, 1]")));
  expect((await plannedOf(workspace, "Q1"))[0]).toMatch(/^run: /);
  expect(await workspace.call("partitions", { key: "a/quarter" })).toMatchObject({ status: { stale: 1, missing: 3 } });
  expect(await stepsOf(workspace, { select: "quarter", partition: "Q1" })).toEqual(["quarter Q1 succeeded"]);
});

test("what a function throws or lacks is told of its partition alone, and the others run", async () => {
  await using workspace = await openLocal({ "a.html": fiscal(byTable) });
  expect(await plannedOf(workspace, "Q9")).toEqual(["skip: function pick failed for Q9: RangeError: no quarter Q9"]);
  expect(await plannedOf(workspace, "Q3")).toEqual([
    'skip: month has no partition 2026-08-01, which it needs; say "allow missing" in upstream where that is no obstacle',
  ]);
  expect(await stepsOf(workspace, { select: "quarter", partition: "Q1..Q9" })).toEqual(
    expect.arrayContaining(["quarter Q1 succeeded", "quarter Q2 succeeded"]) as string[],
  );
});

test("a function that does not end is ended, and asked again after a while", async () => {
  const clock = settableClock(Date.UTC(2026, 10, 1));
  await using workspace = await openLocal({ "a.html": fiscal("() => { for (;;); }") }, { clock });
  const planning = plannedOf(workspace, "Q1");
  await eventually("the function's time to begin", () => clock.nextWake === clock.now() + 20_000);
  clock.set(clock.now() + 20_000);
  const sentence =
    "skip: function pick cannot be asked: it took longer than 20 s for 4 partitions and was ended; let it do less";
  expect(await planning).toEqual([sentence]);
  expect(await plannedOf(workspace, "Q2")).toEqual([sentence]);
  await workspace.write("a.html", fiscal("null"));
  expect(await plannedOf(workspace, "Q2")).toEqual([
    "skip: function pick is null and no function; write it as (partition) => […]",
  ]);
});

test("a backfill and automation read the answers, also of partitions that came later", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 3));
  const text = notebook(
    [
      ["sql", 'output="day" partitions="daily from=2026-01-01"', "SELECT ${partition.key} AS d"],
      ["js", "", "const back = ({start}) => new Date(+start - 864e5).toISOString().slice(0, 10)"],
      [
        "sql",
        'output="before" partitions="daily from=2026-01-02" upstream="day: function back" automation="eager"',
        "SELECT ${partition.key} AS d, (SELECT max(d) FROM day) AS last",
      ],
    ],
    'timezone="UTC" id="n"',
  );
  await using workspace = await openLocal({ "a.html": text }, { clock });
  const { open } = workspace;
  const { id } = await workspace.call("startBackfill", { select: "before", only: ["missing"] });
  await eventually("the backfill's end", async () => (await workspace.call("backfill", { id })).state === "succeeded");
  expect(await rowsOf(workspace)).toEqual(["2026-01-02 after 2026-01-01"]);

  await workspace.call("publish", { path: "a.html" });
  await open.automation.look();
  clock.set(Date.UTC(2026, 0, 4, 1));
  await open.automation.look();
  await workspace.run({ select: "day", partition: "2026-01-02" });
  await open.automation.look();
  await eventually("what automation makes", async () => (await rowsOf(workspace)).length > 1);
  expect(await rowsOf(workspace)).toEqual(["2026-01-02 after 2026-01-01", "2026-01-03 after 2026-01-02"]);

  // what nobody asked for was forgotten, and is asked again
  clock.set(clock.now() + 2 * 60 * 60_000);
  await workspace.call("plan", { select: "day", partition: "2026-01-01" });
  const { steps } = await workspace.call("plan", { select: "before", partition: "2026-01-03" });
  expect(steps.map(({ action }) => action)).toEqual(["reuse"]);
});

async function rowsOf(workspace: LocalWorkspace): Promise<readonly string[]> {
  const { materializations } = await workspace.call("history", { key: "a/before" });
  const made = await Promise.all(
    materializations.map(async ({ partition }) => {
      const { body } = (await workspace.call("data", { key: "a/before", partition, format: "json" })) as unknown as {
        body: AsyncIterable<Buffer>;
      };
      const parts: Buffer[] = [];
      for await (const part of body) parts.push(part);
      const [row] = JSON.parse(Buffer.concat(parts).toString()) as { readonly d: string; readonly last: string }[];
      return `${row?.d} after ${row?.last}`;
    }),
  );
  return made.sort();
}
