import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { isBackfillEnded, type BackfillState } from "../../../cells/model/backfill.ts";
import { eventually } from "../../support/eventually.ts";
import { notebook, startServer } from "../../support/workspace.ts";

const text = (factor: number) =>
  notebook(
    [
      [
        "sql",
        'output="day" partitions="daily from=2026-01-01 to=2026-01-21"',
        `SELECT ${factor} * i AS n FROM range(5) t(i) WHERE \${partition.start} < \${partition.end}`,
      ],
      ["sql", 'output="twice" partitions="daily from=2026-01-01 to=2026-01-21"', "SELECT 2 * n AS n FROM day"],
    ],
    'timezone="UTC"',
  );

test("a plan finds earlier results of partitions, and of what reads them", { timeout: 120_000 }, async () => {
  await using server = await startServer({ "a.html": text(1) });
  const { planner, backfiller, store, catalog } = server.workspace;
  const question = { select: "", partition: null, only: [], params: {}, force: false, chunk: 100 };
  const fill = async () => {
    const { id } = await backfiller.request(question);
    await eventually("the backfill to end", async () =>
      isBackfillEnded((await store.backfill(id))?.state as BackfillState),
    );
    return store.backfillCounts(id);
  };
  const change = async (factor: number) => {
    await writeFile(`${server.path}/a.html`, text(factor));
    await catalog.load();
  };
  const plan = async () => {
    const { steps } = (await planner.plan({ select: "", partition: "*", params: {}, force: false, draft: false })).plan;
    return Object.fromEntries(
      Array.from(
        Map.groupBy(steps, (step) => `${step.key} ${step.action}`),
        ([name, own]) => [name, own.length],
      ),
    );
  };
  expect(await fill()).toEqual([
    { asset: "a/day", state: "succeeded", count: 20 },
    { asset: "a/twice", state: "succeeded", count: 20 },
  ]);
  await change(3);
  expect(await plan()).toEqual({ "a/day run": 20, "a/twice run": 20 });
  // what will be stale once the stale ones are made is asked for with them
  const { assets } = await backfiller.plan({ ...question, only: ["stale"] });
  expect(assets.map(({ key, run }) => [key, run])).toEqual([
    ["a/day", 20],
    ["a/twice", 20],
  ]);
  await fill();
  await change(1);
  // nothing of it is what readers see now, and all of it was computed before
  expect(await plan()).toEqual({ "a/day reuse": 20, "a/twice reuse": 20 });
  expect(await fill()).toEqual([
    { asset: "a/day", state: "reused", count: 20 },
    { asset: "a/twice", state: "reused", count: 20 },
  ]);
});
