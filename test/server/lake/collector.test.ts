import { access } from "node:fs/promises";
import { expect, test } from "vitest";
import { graceMs } from "../../../server/lake/collector.ts";
import { settableClock } from "../../support/clock.ts";
import { openLocal, type LocalWorkspace } from "../../support/local.ts";
import { eventually } from "../../support/eventually.ts";
import { notebook } from "../../support/workspace.ts";

const hour = 60 * 60_000;
const version = (n: number, attributes = 'retain="2 versions"'): string =>
  notebook([["sql", `output="numbers" ${attributes}`, `SELECT ${n} AS n`]]);

/** Materializes the notebook with each number, a second apart; gives the content hashes. */
async function versions(workspace: LocalWorkspace, numbers: readonly number[]): Promise<readonly string[]> {
  const hashes: string[] = [];
  for (const n of numbers) {
    await workspace.write("a.html", version(n));
    expect((await workspace.run()).state).toBe("succeeded");
    const [fact] = await workspace.open.store.pointers();
    hashes.push(fact?.sha256 ?? "");
  }
  return hashes;
}

function existing({ open }: LocalWorkspace, hashes: readonly string[]): Promise<readonly boolean[]> {
  return Promise.all(
    hashes.map((sha256) =>
      access(`${open.home}/lake/${sha256.slice(0, 2)}/${sha256}.parquet`).then(
        () => true,
        () => false,
      ),
    ),
  );
}

test("what retain does not keep goes once it was retired for an hour, and its row stays in the history", async () => {
  const clock = settableClock(Date.now());
  await using workspace = await openLocal({ "a.html": version(0) }, { clock });
  const hashes = await versions(workspace, [1, 2, 3, 4]);
  const { collector, store } = workspace.open;
  clock.set(clock.now() + graceMs + hour);
  expect(await collector.collect()).toEqual({ retired: 2, freedBytes: 0, forgotten: 0 });
  expect(await existing(workspace, hashes)).toEqual([true, true, true, true]);
  clock.set(clock.now() + graceMs + 1);
  const { retired, freedBytes } = await collector.collect();
  expect([retired, freedBytes > 0]).toEqual([0, true]);
  expect(await existing(workspace, hashes)).toEqual([false, false, true, true]);
  const { materializations } = await workspace.call("history", { key: "a/numbers" });
  expect(materializations.map(({ sha256 }) => sha256)).toEqual(hashes.toReversed());
  expect(materializations.map(({ retired, current }) => [retired, current])).toEqual([
    [false, true],
    [false, false],
    [true, false],
    [true, false],
  ]);
  // what was removed is computed again where it is wanted again, and readable then
  await workspace.write("a.html", version(1));
  expect((await workspace.run()).steps).toEqual({ "a/numbers": "succeeded" });
  const [made] = await store.pointers();
  expect(await existing(workspace, [made?.sha256 ?? ""])).toEqual([true]);
  await expect(
    workspace.call("data", { key: "a/numbers", format: "parquet", version: hashes[1] ?? "" }),
  ).rejects.toMatchObject({
    code: "asset_missing",
  });
});

test("without retain everything that a fact names is kept", async () => {
  const clock = settableClock(Date.now());
  await using workspace = await openLocal({ "a.html": version(0) }, { clock });
  const hashes = await versions(workspace, [1, 2, 3]);
  await workspace.write("a.html", version(3, ""));
  clock.set(clock.now() + 500 * 24 * hour);
  expect(await workspace.open.collector.collect()).toMatchObject({ retired: 0, freedBytes: 0 });
  expect(await existing(workspace, hashes)).toEqual([true, true, true]);
});

test("a started collector collects after ten minutes, then daily, and ten minutes after the last where a run ended", async () => {
  const clock = settableClock(Date.now());
  await using workspace = await openLocal({ "a.html": version(0) }, { clock });
  const { collector } = workspace.open;
  const began = clock.now();
  const minutes = (): number => Math.round(((clock.nextWake ?? NaN) - began) / 60_000);
  collector.start();
  expect(minutes()).toBe(10);
  clock.set(began + 10 * 60_000);
  await eventually("the next collection to be a day away", () => minutes() === 10 + 24 * 60);
  await workspace.run();
  // it is told a turn after the run's last event
  await eventually("the next collection to be ten minutes away", () => minutes() === 20);
  await collector.stop();
  expect(clock.nextWake).toBeNull();
});

test("the log is kept for ninety days", async () => {
  const clock = settableClock(Date.now());
  await using workspace = await openLocal({ "a.html": version(0) }, { clock });
  await versions(workspace, [1]);
  const { collector, store } = workspace.open;
  const last = await store.lastSeq();
  clock.set(clock.now() + 89 * 24 * hour);
  expect((await collector.collect()).forgotten).toBe(0);
  clock.set(clock.now() + 2 * 24 * hour);
  expect((await collector.collect()).forgotten).toBe(last - 1);
  expect((await workspace.call("history", { key: "a/numbers" })).materializations).toHaveLength(1);
});
