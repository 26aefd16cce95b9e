import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { describeStore, type StoreBackend } from "../../conformance/store.ts";
import { describeAutomationStore } from "../../conformance/store-automation.ts";
import { describeBranches } from "../../conformance/store-branches.ts";

describeStore("sqlite", open);
describeBranches("sqlite", open);
describeAutomationStore("sqlite", open);

function open(): StoreBackend {
  const folder = mkdtempSync(join(tmpdir(), "cellar-store-"));
  return {
    open: (clock) => openSqliteStore(join(folder, "store.db"), { clock }),
    remove: () => rm(folder, { recursive: true }),
  };
}
