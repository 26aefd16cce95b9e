import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLocalQueue } from "../../../server/queue/local.ts";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { describeQueue } from "../../conformance/queue.ts";
import { copyEmptyStore } from "../../support/empty-store.ts";
import { newRun } from "../../support/store-rows.ts";

describeQueue("local", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellar-queue-"));
  return {
    async open() {
      await copyEmptyStore(join(folder, "store.db"));
      return openSqliteStore(join(folder, "store.db"));
    },
    create: (store, options) => createLocalQueue({ store, ...options }),
    remove: () => rm(folder, { recursive: true }),
  };
});

test("F22 two thousand waiting runs are handed out in order, never more than four at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cellar-queue-"));
  const store = await openSqliteStore(join(folder, "store.db"));
  const ids = Array.from({ length: 2000 }, (_, i) => `r${i}`);
  await Promise.all(ids.map((id) => store.createRun({ run: newRun(id), steps: [] })));
  const queue = createLocalQueue({ store, concurrency: 4, onError: (_, error) => expect.fail(String(error)) });
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  const working = queue.work(async (run) => {
    begun.push(run);
    most = Math.max(most, ++running);
    await store.changeRun(run, "starting", { at: 1 });
    await store.changeRun(run, "running", { at: 1 });
    await store.changeRun(run, "succeeded", { at: 1 });
    running--;
    if (begun.length === ids.length) void queue.stop();
  });
  await working;
  expect([begun, most, await store.queued()]).toEqual([ids, 4, []]);
  await store.close();
  await rm(folder, { recursive: true });
});
