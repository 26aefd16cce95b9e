import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settableClock } from "../../support/clock.ts";
import { eventually } from "../../support/eventually.ts";
import { openLocal, runEnded } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";
import { caughtUp, failing } from "./receiver.ts";

test("R7 a run that failed is followed by others, as often as its rules say, from its failure, each once", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="one"', "SELECT 1 AS x"],
      ["sql", 'output="wrong"', "SELECT nothing AS x FROM one"],
    ]),
    "cellar.json": JSON.stringify({ jobs: { j: { select: "*", retries: 2 } } }),
  });
  const { open } = workspace;
  await open.eventsOut.look();
  const { run } = await workspace.call("runJob", { name: "j" });
  const runs = async () => (await open.store.runs({ limit: 9 })).toReversed();
  await eventually("three runs to fail", async () => {
    const found = await runs();
    return found.length >= 3 && found.every(({ state }) => state === "failed");
  });
  await caughtUp(workspace);
  await open.eventsOut.look();
  await caughtUp(workspace);
  const [first, second, third, ...more] = await runs();
  expect([first?.id, second?.trigger, third?.trigger, more]).toEqual([
    run,
    { type: "retry", of: run },
    { type: "retry", of: second?.id },
    [],
  ]);
  expect((await open.store.steps(second?.id ?? "")).map(({ asset }) => asset)).toEqual(["a/wrong"]);
  expect(second?.tags).toEqual({ job: "j" });
});

test("R7 each run is retried at its own time, whichever failed first, also over a restart; what cannot be planned says so", async () => {
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const hour = 3_600_000;
  const jobs = {
    late: { select: "a/one", retries: 1, retryDelay: "1h" },
    soon: { select: "b/one", retries: 1, retryDelay: "1m" },
    gone: { select: "c/one", retries: 1, retryDelay: "2m" },
  };
  await using workspace = await openLocal(
    { "a.html": failing(), "b.html": failing(), "c.html": failing(), "cellar.json": JSON.stringify({ jobs }) },
    { clock },
  );
  const { open } = workspace;
  await open.eventsOut.look();
  const first = new Map<string, string>();
  for (const name of Object.keys(jobs)) {
    const { run } = await workspace.call("runJob", { name });
    await runEnded(open, run);
    first.set(name, run);
  }
  await caughtUp(workspace);
  const retried = async () =>
    (await open.store.runs({ limit: 20 }))
      .toReversed()
      .flatMap(({ trigger }) => (trigger.type === "retry" ? [trigger.of] : []));
  const until = async (count: number) => {
    while ((await retried()).length < count) await new Promise((resolve) => setImmediate(resolve));
    return retried();
  };
  expect(await retried()).toEqual([]);
  clock.set(clock.now() + 60_000);
  expect(await until(1)).toEqual([first.get("soon")]);
  // begun anew, as with a restart: what was due is due, and what had its retry has no other
  await rm(join(workspace.path, "c.html"));
  await open.catalog.refresh("c.html");
  await open.eventsOut.look();
  clock.set(clock.now() + 60_000);
  const problemOf = async () =>
    (await open.store.eventsAfter(0, 1000, first.get("gone"))).flatMap(({ event }) =>
      event.type === "log" ? [event.text] : [],
    );
  while ((await problemOf()).length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await problemOf()).toEqual([expect.stringMatching(/^it is not tried again: /)]);
  clock.set(clock.now() + hour);
  expect(await until(2)).toEqual([first.get("soon"), first.get("late")]);
});
