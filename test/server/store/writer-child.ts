/** Appends to the store in argv[2] for ever, several at once, and prints each number once it is acknowledged. */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { newRun } from "../../support/store-rows.ts";

const [, , file = "", prefix = ""] = process.argv;
const store = await openSqliteStore(file);
let next = 0;

async function write(): Promise<void> {
  for (;;) {
    const number = next++;
    const text = `${prefix} ${number} ${"x".repeat((number * 37) % 2000)}`;
    // now and then a run: several tables in one transaction
    if (number % 10 === 0) await store.createRun({ run: newRun(`${prefix}-${number}`), steps: [] });
    const seq = await store.append([{ type: "log", run: "r", asset: null, cell: null, level: "info", text }], 1);
    writeSync(1, `${number} ${seq}\n`);
  }
}

await Promise.all([write(), write(), write(), write()]);
