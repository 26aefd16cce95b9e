import { copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrations } from "../../../server/store/migrate.ts";
import { openSqliteFile } from "../../../server/store/sqlite-file.ts";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { newRun } from "../../support/store-rows.ts";

let folder = "";
let file = "";
const clock = (): number => Date.UTC(2026, 0, 31, 12);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellar-open-"));
  file = join(folder, ".cellar", "store.db");
});
afterEach(() => rm(folder, { recursive: true }));

/** The next version of this program: it adds a column. */
const newest = Object.keys(migrations).sort().at(-1) ?? "";
const newer = {
  ...migrations,
  "9999-colour": {
    up: async (db: Parameters<(typeof migrations)[string]["up"]>[0]) =>
      db.schema.alterTable("shares").addColumn("colour", "text").execute(),
  },
};
const refusal = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "opened",
    (error: unknown) =>
      error instanceof Error && "code" in error ? { code: error.code, message: error.message } : error,
  );

test("every commit is synced, the log is WAL, and foreign keys hold", async () => {
  const store = await openSqliteStore(file, { clock });
  await store.setSetting("a", "b");
  const raw = openSqliteFile(file);
  expect(raw.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(await refusal(store.append([], 1))).toBe("opened");
  raw.close();
  await store.close();
  expect(readdirSync(join(folder, ".cellar"))).toEqual(["store.db"]);
});

test("P11 a database is copied before its schema changes, and an older program refuses the newer schema", async () => {
  const store = await openSqliteStore(file, { clock });
  await store.createRun({ run: newRun("r1"), steps: [] });
  await store.close();
  await (await openSqliteStore(file, { clock, migrations: newer })).close();
  const copy = `store-${newest}-2026-01-31T12-00-00.000Z.db`;
  expect(readdirSync(join(folder, ".cellar", "backups"))).toEqual([copy]);
  expect(await refusal(openSqliteStore(file, { clock }))).toEqual({
    code: "workspace_invalid",
    message:
      `the store was written by a newer cellar: its schema is 9999-colour, this one knows up to ${newest}; ` +
      "update cellar, or restore a copy from the backups folder",
  });
  copyFileSync(join(folder, ".cellar", "backups", copy), file);
  const restored = await openSqliteStore(file, { clock });
  expect(await restored.run("r1")).toEqual(newRun("r1"));
  await restored.close();
});

test("P11 a schema change that fails changes nothing", async () => {
  await (await openSqliteStore(file, { clock })).close();
  const failing = {
    ...newer,
    "9999-later": {
      up: () => Promise.reject(new Error("no such thing")),
    },
  };
  expect(await refusal(openSqliteStore(file, { clock, migrations: failing }))).toEqual({
    code: "storage_failed",
    message:
      "the store could not be brought to this schema: no such thing; nothing was changed, the copy in backups stands",
  });
  const store = await openSqliteStore(file, { clock });
  await store.close();
});

test("a file that is no database is named, not overwritten", async () => {
  await (await openSqliteStore(file, { clock })).close();
  writeFileSync(file, "hello, this is no database, although somebody gave it this name".repeat(100));
  const before = readFileSync(file);
  expect(await refusal(openSqliteStore(file, { clock }))).toEqual({
    code: "storage_failed",
    message:
      "the store failed: file is not a database (SQLITE_NOTADB); " +
      "put a copy from the backups folder in its place, and remove the -wal and -shm files beside it",
  });
  expect(readFileSync(file)).toEqual(before);
});

test("after an unclean end a damaged page is found when the store is opened", async () => {
  const store = await openSqliteStore(file, { clock });
  for (let i = 0; i < 200; i++) await store.setSetting(`name ${i}`, "x".repeat(500));
  await store.close();
  // what a crash leaves: a log that holds something
  const other = openSqliteFile(file);
  other.exec("create table crash (a)");
  copyFileSync(`${file}-wal`, join(folder, "wal"));
  other.close();
  const size = statSync(file).size;
  const bytes = readFileSync(file);
  bytes.fill(0xff, size - 3 * 4096, size - 4096);
  writeFileSync(file, bytes);
  copyFileSync(join(folder, "wal"), `${file}-wal`);
  expect(await refusal(openSqliteStore(file, { clock }))).toMatchObject({ code: "storage_failed" });
});

test("after an unclean end of a sound file everything is there", async () => {
  const store = await openSqliteStore(file, { clock });
  await store.setSetting("a", "b");
  const copy = join(folder, "copy.db");
  copyFileSync(file, copy);
  copyFileSync(`${file}-wal`, `${copy}-wal`);
  const reopened = await openSqliteStore(copy, { clock });
  expect(await reopened.setting("a")).toBe("b");
  await reopened.close();
  await store.close();
});

test("a path of memory, and of a folder that cannot be made, are refused", async () => {
  writeFileSync(join(folder, "plain"), "");
  expect(await refusal(openSqliteStore(":memory:", { clock }))).toMatchObject({ code: "storage_failed" });
  expect(await refusal(openSqliteStore(join(folder, "plain", "store.db"), { clock }))).toMatchObject({
    code: "storage_failed",
  });
});

test("a store that was closed refuses writes, after finishing those under way", async () => {
  const store = await openSqliteStore(file, { clock });
  const under = [store.setSetting("a", "1"), store.setSetting("b", "2")];
  const closed = store.close();
  expect(await refusal(store.setSetting("c", "3"))).toEqual({
    code: "storage_failed",
    message: "the store is closed; open it again",
  });
  await Promise.all([...under, closed]);
  const again = await openSqliteStore(file, { clock });
  expect([await again.setting("a"), await again.setting("b"), await again.setting("c")]).toEqual(["1", "2", null]);
  await again.close();
});
