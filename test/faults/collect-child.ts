/** A child of the collector's fault test: retires all but the latest version and collects, in the workspace argv[2], as of argv[3]. */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { openDiskLake } from "../../server/lake/disk.ts";
import { openSqliteStore } from "../../server/store/sqlite.ts";

const [, , folder = "", nowText = ""] = process.argv;
const now = Number(nowText);
const store = await openSqliteStore(join(folder, "store.db"));
const lake = await openDiskLake(join(folder, "lake"), () => now);
writeSync(1, "ready\n");
const rule = { asset: AssetKey.of("sales", "orders"), retention: { type: "versions", count: 1 } } as const;
await store.retire([rule], now);
await lake.collect(await store.referencedFiles(now + 1), 1000, now);
writeSync(1, "collected\n");
await store.close();
await lake.close();
