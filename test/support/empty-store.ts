import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openSqliteStore } from "../../server/store/sqlite.ts";

const variable = "CELLAR_TEST_STORE";

/** Makes one empty store for all tests (of vitest's `globalSetup`): its schema takes twenty times as long as a copy of it. */
export default async function makeEmptyStore(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "cellar-empty-"));
  const file = join(folder, "store.db");
  await (await openSqliteStore(file)).close();
  process.env[variable] = file;
  return () => rm(folder, { recursive: true });
}

/** Puts an empty store with the present schema where there is none yet; nothing where no tests run. */
export async function copyEmptyStore(file: string): Promise<void> {
  const made = process.env[variable];
  if (made === undefined || existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await copyFile(made, file);
}
