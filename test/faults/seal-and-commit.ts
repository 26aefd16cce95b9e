/**
 * A child of the syscall tests: keeps one file in the lake and commits its fact, in the workspace argv[2]. Prints `event N` when
 * listeners hear of an event, `committed` once the store acknowledged, `refused CODE` where it did not. With `again`, tries the
 * same again, and then two other writes.
 */
import { writeSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { openDiskLake } from "../../server/lake/disk.ts";
import { openSqliteStore } from "../../server/store/sqlite.ts";
import { newFact, newResult } from "../support/store-rows.ts";

const [, , folder = "", again] = process.argv;
const say = (text: string): void => void writeSync(1, `${text}\n`);
const store = await openSqliteStore(join(folder, "store.db"));
const lake = await openDiskLake(join(folder, "lake"));
store.onEvents((last) => say(`event ${last}`));
say("ready");

const work = async (): Promise<void> => {
  const staged = await lake.stage("r1");
  await writeFile(staged.path, "a".repeat(100_000));
  const { sha256, bytes } = await lake.seal(staged, "parquet");
  await store.commit({
    ...{ fence: 1, attempt: 1, reason: "new", at: 1 },
    materialization: newFact("r1", AssetKey.of("sales", "orders"), { sha256, bytes }),
    checks: [newResult("r1", AssetKey.of("sales", "orders"))],
  });
  say("committed");
};
const refused = (error: unknown): void =>
  say(`refused ${error instanceof Error && "code" in error ? String(error.code) : String(error)}`);

await work().catch(refused);
if (again === "again") {
  await work().catch(refused);
  for (const name of ["set 1", "set 2"]) await store.setSetting(name, "").then(() => say(name), refused);
}
await store.close().catch(refused);
await lake.close();
say("closed");
