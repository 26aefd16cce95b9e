import { expect, test } from "vitest";
import { newRun } from "../../support/store-rows.ts";
import { settableClock } from "../../support/clock.ts";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

test("pages of runs by the last id miss and repeat none, though all were made in one millisecond", async () => {
  await using workspace = await openLocal({});
  const ids = Array.from({ length: 25 }, (_, i) => `run-${i}`);
  for (const id of ids) await workspace.open.store.createRun({ run: newRun(id), steps: [] });
  const pages: string[][] = [];
  for (let last: string | undefined; ; last = pages.at(-1)?.at(-1)) {
    const { runs } = await workspace.call("runs", { limit: 10, ...(last === undefined ? {} : { beforeId: last }) });
    pages.push(runs.map(({ run }) => run));
    if (runs.length < 10) break;
  }
  expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(pages.flat()).toEqual(ids.toReversed());
  await expect(workspace.call("runs", { beforeId: "none" })).rejects.toMatchObject({ code: "not_found" });
});

test("pages of a history by the last number miss and repeat none", async () => {
  // every fact is of the same instant
  const clock = settableClock(1_800_000_000_000);
  await using workspace = await openLocal({ "a.html": notebook([["sql", 'output="x"', "SELECT 1 AS n"]]) }, { clock });
  for (let i = 0; i < 5; i++) await workspace.run({ force: true });
  const all = await workspace.call("history", { key: "a/x" });
  const first = await workspace.call("history", { key: "a/x", limit: 3 });
  const before = first.materializations.at(-1)?.seq ?? 0;
  const second = await workspace.call("history", { key: "a/x", limit: 3, before });
  expect([...first.materializations, ...second.materializations]).toEqual(all.materializations);
  expect(all.materializations.length).toBe(5);
});
