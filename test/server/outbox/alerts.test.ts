import { join } from "node:path";
import { expect, test } from "vitest";
import { storeFindings } from "../../../server/doctor/store-health.ts";
import { settableClock } from "../../support/clock.ts";
import { eventually } from "../../support/eventually.ts";
import { openLocal } from "../../support/local.ts";
import { caughtUp, failing, receiver } from "./receiver.ts";

test("a webhook that refuses a message for good is told of and does not hold back the next; what can be mended is tried again", async () => {
  const answers = [422, 404, 503, 200];
  await using hook = await receiver(() => answers.shift() ?? 200);
  const clock = settableClock(1000);
  await using workspace = await openLocal(
    {
      "a.html": failing(),
      "cellar.json": `{"alerts": {"ops": {"on": ["asset_failed"], "repeat": "always", "webhook": {"url": "${hook.url}", "private": true}}}}`,
    },
    { clock },
  );
  const { eventsOut, store } = workspace.open;
  await eventsOut.look();
  await workspace.run();
  const receiverNow = async () => (await workspace.call("alerts", {})).alerts[0]?.receivers[0];
  await eventually("it to be given up", async () => (await receiverNow())?.givenUp !== null);
  await caughtUp(workspace);
  const reason = "alert ops was answered with status 422";
  expect(await receiverNow()).toMatchObject({ behind: 0, problem: null, givenUp: { count: 1, at: 1000, reason } });
  const events = (await store.eventsAfter(0, 1000)).map(({ event }) => event);
  expect(events.filter(({ type }) => type === "message_given_up")).toEqual([
    { type: "message_given_up", outbox: "alert ops", event: expect.any(Number), reason },
  ]);
  const findings = await storeFindings(join(workspace.path, ".cellar/store.db"), { now: 1000, isServed: true });
  expect(findings).toContainEqual(
    expect.objectContaining({ message: `one message was refused for good and given up (alert ops): ${reason}` }),
  );
  await workspace.run();
  for (const [status, ms, count] of [
    [404, 1000, 2],
    [503, 2000, 3],
  ] as const) {
    await hook.told.until(count);
    await eventually("the next try to be planned", async () =>
      String((await receiverNow())?.problem).endsWith(`${status}`),
    );
    await eventually("the next try to be planned", () => clock.nextWake !== null);
    clock.set(clock.now() + ms);
  }
  await hook.told.until(4);
  await eventually("it to be well", async () => (await receiverNow())?.givenUp === null);
  expect(
    hook
      .bodies()
      .slice(1)
      .map(({ asset }) => asset),
  ).toEqual(["a/one", "a/one", "a/one"]);
});

test("an alert tells a webhook once of what fails until it is well, with its secret nowhere else", async () => {
  await using hook = await receiver(() => 200);
  const secret = "a-very-secret-token";
  process.env["CELLAR_SECRET_HOOK"] = secret;
  const alert = {
    on: ["run_failed", "asset_failed"],
    recovery: true,
    webhook: { url: hook.url, private: true, headers: { Authorization: { secret: "HOOK", prefix: "Bearer " } } },
  };
  await using workspace = await openLocal({
    "a.html": failing(),
    "cellar.json": JSON.stringify({ alerts: { ops: alert } }),
  });
  await workspace.open.eventsOut.look();
  await workspace.run();
  await workspace.run();
  await workspace.write("a.html", failing("SELECT 1 AS x"));
  await workspace.run();
  await caughtUp(workspace);
  expect(hook.bodies().map(({ alert: name, event, recovered, asset }) => [name, event, recovered, asset])).toEqual([
    ["ops", "asset_failed", false, "a/one"],
    ["ops", "run_failed", false, null],
    ["ops", "asset_failed", true, "a/one"],
    ["ops", "run_failed", true, null],
  ]);
  expect(hook.bodies()[0]?.["text"]).toMatch(/^a\/one failed: .*nothing/);
  expect(hook.bodies()[1]?.["text"]).toMatch(/^run \S+ of everything failed: a\/one: .*nothing/);
  expect(hook.told.list[0]).toContain(`Bearer ${secret}`);
  delete process.env["CELLAR_SECRET_HOOK"];
  const log = JSON.stringify(await workspace.open.store.eventsAfter(0, 1000));
  expect(log.includes(secret)).toBe(false);
});

test("an alert that repeats tells each time; a selection leaves out the rest; an address that is not public is refused", async () => {
  await using hook = await receiver(() => 200);
  const webhook = { url: hook.url, private: true };
  const alerts = {
    each: { on: ["asset_failed"], repeat: "always", webhook },
    other: { on: ["asset_failed", "run_failed"], select: "b/one", webhook },
    refused: { on: ["asset_failed"], webhook: { url: hook.url } },
  };
  await using workspace = await openLocal({
    "a.html": failing(),
    "b.html": failing("SELECT 1 AS x"),
    "cellar.json": JSON.stringify({ alerts }),
  });
  await workspace.open.eventsOut.look();
  await workspace.run({ select: "a/one" });
  await workspace.run({ select: "a/one" });
  const problemOf = async (name: string) =>
    (await workspace.open.eventsOut.state()).find((state) => state.name === name)?.problem;
  await eventually("the address to be refused", async () => (await problemOf("alert refused")) !== null);
  await hook.told.until(2);
  expect(hook.bodies().map(({ alert }) => alert)).toEqual(["each", "each"]);
  expect(await problemOf("alert refused")).toMatch(/127\.0\.0\.1, an address that is not public/);
});
