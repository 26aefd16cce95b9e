import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findHolder, lockWorkspace } from "../../../server/workspace/lock.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cellar-lock-"))));
afterEach(() => rm(folder, { recursive: true }));

const now = (): number => Date.UTC(2026, 0, 31);
const options = { version: "0.1.0", now };
const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) =>
      error instanceof Error && "code" in error && "data" in error
        ? { code: error.code, message: error.message, data: error.data }
        : error,
  );

test("P8 the second server is told who serves, where, and what to do", async () => {
  const lock = await lockWorkspace(folder, options);
  lock.announce("http://127.0.0.1:4400");
  const data = {
    ...{ pid: process.pid, host: hostname(), startedAt: now() },
    ...{ address: "http://127.0.0.1:4400", version: "0.1.0" },
  };
  expect(await failure(lockWorkspace(folder, options))).toEqual({
    code: "workspace_locked",
    message:
      `another server serves this workspace: process ${process.pid} on ${hostname()}, cellar 0.1.0, since ` +
      `2026-01-31T00:00:00.000Z, at http://127.0.0.1:4400; open that one, or stop it (kill ${process.pid}) and try again`,
    data,
  });
  expect(await findHolder(folder)).toMatchObject(data);
  expect(lock.holder).toMatchObject(data);
  lock.release();
});

test("a lock that was released can be taken at once; releasing twice does nothing", async () => {
  const first = await lockWorkspace(folder, options);
  first.release();
  first.release();
  expect(await findHolder(folder)).toBeNull();
  const second = await lockWorkspace(folder, options);
  first.release();
  expect(await failure(lockWorkspace(folder, options))).toMatchObject({ code: "workspace_locked" });
  second.release();
  expect(readdirSync(join(folder, ".cellar"))).toEqual(["lock.db"]);
});

test("a server that stops is not named any more, and holds until it has", async () => {
  const lock = await lockWorkspace(folder, options);
  lock.announce("http://127.0.0.1:4400");
  lock.withdraw();
  expect(await failure(lockWorkspace(folder, options))).toMatchObject({ code: "workspace_locked", data: {} });
  lock.release();
  lock.withdraw();
  (await lockWorkspace(folder, options)).release();
});

test("looking for the holder does not disturb it", async () => {
  const lock = await lockWorkspace(folder, options);
  for (let i = 0; i < 5; i++) expect(await findHolder(folder)).toMatchObject({ pid: process.pid, address: null });
  expect(await failure(lockWorkspace(folder, options))).toMatchObject({ code: "workspace_locked" });
  lock.release();
});

test("what is not written by a holder is not believed", async () => {
  const lock = await lockWorkspace(folder, options);
  for (const text of ["", "{", "null", "[]", '{"pid":"x"}', JSON.stringify({ ...lock.holder, pid: 2 ** 22 + 7 })]) {
    writeFileSync(join(folder, ".cellar", "lock.json"), text);
    expect(await failure(lockWorkspace(folder, options))).toEqual({
      code: "workspace_locked",
      message: "another server starts or stops in this workspace just now; try again",
      data: {},
    });
  }
  lock.release();
});

test("a folder that cannot be written says so", async () => {
  writeFileSync(join(folder, ".cellar"), "");
  expect(await failure(lockWorkspace(folder, options))).toMatchObject({ code: "storage_failed" });
});
