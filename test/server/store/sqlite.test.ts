import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { describeStore, type StoreBackend } from "../../conformance/store.ts";
import { describeAutomationStore } from "../../conformance/store-automation.ts";
import { describeBranches } from "../../conformance/store-branches.ts";
import { copyEmptyStore } from "../../support/empty-store.ts";

describeStore("sqlite", open);
describeBranches("sqlite", open);
describeAutomationStore("sqlite", open);

function open(): StoreBackend {
  const folder = mkdtempSync(join(tmpdir(), "cellar-store-"));
  return {
    async open(clock) {
      const file = join(folder, "store.db");
      await copyEmptyStore(file);
      return openSqliteStore(file, { clock });
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
