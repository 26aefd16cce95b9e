import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { describeStore } from "../../conformance/store.ts";

describeStore("sqlite", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellar-store-"));
  return {
    open: (clock) => openSqliteStore(join(folder, "store.db"), { clock }),
    remove: () => rm(folder, { recursive: true }),
  };
});
