import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LogEvent } from "../../../server/store/store.ts";
import { Outbox } from "../../../server/outbox/outbox.ts";
import { settableClock } from "../../support/clock.ts";
import { eventually } from "../../support/eventually.ts";
import { openLocal } from "../../support/local.ts";
import { caughtUp, failing, receiver, Told } from "./receiver.ts";

const logged = (text: string): LogEvent => ({ type: "log", run: "r", asset: null, cell: null, level: "info", text });
const textOf = (event: LogEvent) => (event.type === "log" ? event.text : event.type);

test("an outbox begins with what happens from then on, and after a restart where it stood: in order, each once", async () => {
  await using workspace = await openLocal({}, { concurrency: 0 });
  const { store, clock } = workspace.open;
  await store.append([logged("before")], 1);
  const told = new Told();
  const open = () => {
    const consumer = {
      deliver: async ({ event }: { readonly event: LogEvent }, memory: unknown) => {
        told.add(`${textOf(event)} ${String(memory)}`);
        return { memory: Number(memory ?? 0) + 1 };
      },
    };
    return new Outbox("test", consumer, { store, clock });
  };
  const first = open();
  await first.start();
  await store.append([logged("a"), logged("b")], 1);
  await told.until(2);
  await first.stop();
  await store.append([logged("c")], 1);
  const second = open();
  await second.start();
  await store.append([logged("d")], 1);
  expect(await told.until(4)).toEqual(["a null", "b 1", "c 2", "d 3"]);
  expect(await second.state()).toMatchObject({ name: "test", problem: null });
  await second.stop();
});

test("what fails is tried again after longer and longer, nothing overtakes it, and nobody waits for it", async () => {
  const clock = settableClock(1000);
  await using workspace = await openLocal({}, { clock, concurrency: 0 });
  const { store } = workspace.open;
  const told = new Told();
  let fails = 3;
  const failed = new Told();
  const outbox = new Outbox(
    "test",
    {
      deliver: async ({ event }) => {
        if (fails-- > 0) {
          failed.add(String(clock.now()));
          throw new Error("away");
        }
        told.add(textOf(event));
        return { memory: null };
      },
    },
    { store, clock },
  );
  await outbox.start();
  await store.append([logged("a"), logged("b")], 1);
  await failed.until(1);
  for (const [ms, count] of [
    [1000, 2],
    [2000, 3],
  ] as const) {
    await eventually("the next try to be planned", () => clock.nextWake !== null);
    expect((await outbox.state()).problem).toBe("away");
    clock.set(clock.now() + ms);
    await failed.until(count);
  }
  await eventually("the next try to be planned", () => clock.nextWake !== null);
  clock.set(clock.now() + 4000);
  expect(await told.until(2)).toEqual(["a", "b"]);
  expect(failed.list).toEqual(["1000", "2000", "4000"]);
  await outbox.stop();
});

test("a rule that leaves cellar.json and comes back begins anew", async () => {
  await using hook = await receiver(() => 200);
  const config = JSON.stringify({
    alerts: { a: { on: ["run_succeeded"], webhook: { url: hook.url, private: true } } },
  });
  await using workspace = await openLocal({ "a.html": failing("SELECT 1 AS x"), "cellar.json": config });
  const { open, path } = workspace;
  const write = async (text: string) => {
    await writeFile(join(path, "cellar.json"), text);
    await open.live.reload();
    await open.eventsOut.look();
  };
  await open.eventsOut.look();
  await write("{}");
  await workspace.run();
  await write(config);
  await workspace.run();
  await caughtUp(workspace);
  expect(hook.told.list).toHaveLength(1);
});
