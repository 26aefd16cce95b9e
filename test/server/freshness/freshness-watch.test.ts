import { expect, test } from "vitest";
import { FreshnessWatch } from "../../../server/freshness/freshness-watch.ts";
import { openLocal, type LocalWorkspace } from "../../support/local.ts";
import { settableClock } from "../../support/clock.ts";
import { notebook } from "../../support/workspace.ts";

const hour = 3_600_000;
const start = Date.parse("2026-03-01T08:00:00Z");
const files = (attributes = 'fresh="within 24h warn 20h"') => ({
  "a.html": notebook([
    ["sql", `output="orders" ${attributes}`, "SELECT 1 AS id"],
    ["sql", 'output="others"', "SELECT 2 AS id"],
  ]),
});

async function changes({ open }: LocalWorkspace) {
  const events = await open.store.eventsAfter(0, 10_000);
  return events.flatMap(({ event, at }) =>
    event.type === "freshness_changed" ? [[(at - start) / hour, event.from, event.to]] : [],
  );
}

test("H1 an asset that gets too old is said once for each change, and the clock wakes for nothing else", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(files(), { clock });
  const { freshness } = workspace.open;
  await freshness.start();
  expect(clock.nextWake).toBeNull();
  await workspace.run();
  await freshness.look();
  expect(await changes(workspace)).toEqual([[0, "unknown", "pass"]]);
  expect(clock.nextWake).toBe(start + 20 * hour);
  clock.set(start + 20 * hour);
  await freshness.look();
  expect(clock.nextWake).toBe(start + 24 * hour);
  clock.set(start + 30 * hour);
  await freshness.look();
  await freshness.look();
  expect(clock.nextWake).toBeNull();
  const { assets } = await workspace.call("assets", {});
  expect(assets.map(({ key, health, healthReason }) => [key, health, healthReason])).toEqual([
    ["a/orders", "degraded", "orders is too old"],
    ["a/others", "healthy", "others is materialized"],
  ]);
  // nothing changed, which says as much of its age as making it again
  await workspace.run();
  await freshness.look();
  expect(await changes(workspace)).toEqual([
    [0, "unknown", "pass"],
    [20, "pass", "warn"],
    [24, "warn", "fail"],
    [30, "fail", "pass"],
  ]);
});

test("H2 a tick that nothing succeeded before fails until the next success", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(files(`fresh='by "0 9 * * *" within 3h'`), { clock });
  await workspace.run();
  const at = (time: string) => workspace.call("freshness", { at: time });
  expect((await at("2026-03-02T08:59:00Z")).assets).toEqual([
    {
      asset: "a/orders",
      policy: 'by "0 9 * * *" within 3h',
      state: "pass",
      deadline: Date.parse("2026-03-02T09:00:00Z"),
      lastSuccessAt: start,
      reason: 'orders succeeded in time for "0 9 * * *"',
    },
  ]);
  expect((await at("2026-03-02T10:00:00Z")).assets).toMatchObject([
    { state: "fail", deadline: null, reason: 'nothing of orders succeeded in the 3h before a tick of "0 9 * * *"' },
  ]);
});

test("a server that starts again says what changed meanwhile, and nothing twice", async () => {
  const clock = settableClock(start);
  await using workspace = await openLocal(files(), { clock });
  await workspace.run();
  await workspace.open.freshness.start();
  await workspace.open.freshness.stop();
  clock.set(start + 25 * hour);
  const { store, planner } = workspace.open;
  const assets = async () => (await planner.effective()).workspace;
  for (let i = 0; i < 2; i++) {
    const watch = new FreshnessWatch({ store, assets, clock, report: (error) => expect(error).toBeNull() });
    await watch.start();
    await watch.stop();
  }
  expect(await changes(workspace)).toEqual([
    [0, "unknown", "pass"],
    [25, "pass", "fail"],
  ]);
  await workspace.write("a.html", files("")["a.html"]);
  const watch = new FreshnessWatch({ store, assets, clock, report: (error) => expect(error).toBeNull() });
  await watch.start();
  await watch.stop();
  expect(await store.freshness()).toEqual(new Map());
});
