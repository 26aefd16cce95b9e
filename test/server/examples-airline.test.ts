import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settableClock } from "../support/clock.ts";
import { type LocalWorkspace, openLocal, runEnded } from "../support/local.ts";

const examples = join(import.meta.dirname, "../../examples");
const hour = 60 * 60_000;
const names = ["airline.html", "cellar.json", "inbox/notices.csv"];

/** Lets schedules, sensors and conditions decide until none has anything left to do, and waits for their runs. */
async function settle({ open }: LocalWorkspace): Promise<void> {
  for (let seen = -1; seen !== (await open.store.lastSeq());) {
    seen = await open.store.lastSeq();
    await open.scheduler.look();
    await open.automation.look();
    await open.sensors.look();
    await open.sensors.settled();
    for (const { id } of await open.store.runs({ limit: 100 })) await runEnded(open, id);
  }
}

const partitions = async (workspace: LocalWorkspace, key: string) =>
  (await workspace.open.store.pointers([key as never])).map(({ partition }) => partition);

test("the airline runs itself: a day that has ended is made and checked, what follows is brought up to date, and a dropped file is taken in", async () => {
  // a Sunday night of 2001, two hours before its end
  const clock = settableClock(Date.UTC(2001, 2, 4, 22));
  await using workspace = await openLocal(
    Object.fromEntries(names.map((name) => [name, readFileSync(join(examples, name), "utf8")])),
    { clock },
  );
  await workspace.call("publish", { path: "airline.html" });
  await settle(workspace);
  // the sensor's first look: the file that is there counts, and what reads it needs every day that has ended
  const [first] = (await workspace.open.store.runs({ limit: 9 })).toReversed();
  expect(first?.trigger).toMatchObject({ type: "sensor" });
  const before = await partitions(workspace, "airline/summary");
  expect([before.length, before.at(-1)]).toEqual([62, "2001-03-03"]);

  clock.set(Date.UTC(2001, 2, 5, 0, 0, 1));
  await settle(workspace);
  expect(await partitions(workspace, "airline/departures")).toContain("2001-03-04");
  expect(await partitions(workspace, "airline/summary")).toEqual([...before, "2001-03-04"]);
  expect(await partitions(workspace, "airline/weeks")).toContain("2001-02-26");
  const { checks } = await workspace.call("checks", { select: "airline/departures" });
  const said = checks.map(({ check, blocking, results }) => [
    check,
    blocking,
    ...new Set(results.map(({ status }) => status)),
  ]);
  expect(said).toContainEqual(["round_trips", false, "passed"]);
  expect(said.filter(([, blocking]) => blocking)).toHaveLength(3);
  const [season] = await workspace.open.store.pointers(["airline/season" as never]);
  expect(season?.rows).toBe(63);

  await writeFile(join(workspace.path, "inbox/notices.csv"), 'day,note\n2001-03-04,"Calm"\n');
  clock.set(clock.now() + hour);
  // the folder is watched by a server alone
  for (const sensor of await workspace.open.sensors.list()) await workspace.open.sensors.wake(sensor);
  await settle(workspace);
  const [explained] = await workspace.open.store.pointers(["airline/explained" as never]);
  expect(explained?.rows).toBe(1);
  const failed = (await workspace.open.store.runs({ limit: 100 })).filter(({ state }) => state !== "succeeded");
  expect(failed.map(({ trigger, error }) => [trigger, error])).toEqual([]);
}, 180_000);
