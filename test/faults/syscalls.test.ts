import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { openDiskLake } from "../../server/lake/disk.ts";
import { openSqliteStore } from "../../server/store/sqlite.ts";
import { bundled } from "../support/bundled.ts";
import { newRun, newStep } from "../support/store-rows.ts";

const asset = AssetKey.of("sales", "orders");
const strace = spawnSync("strace", ["-V"]).error === undefined;
if (!strace) console.warn("the syscall sweeps are skipped: strace is not installed");

/** Every call that changes what is on the disk. */
const calls = ["mkdir", "fchmod", "pwrite64", "fsync", "fdatasync", "rename", "rmdir", "ftruncate", "unlink"];

let child: Awaited<ReturnType<typeof bundled>>;
let root = "";
let template = "";
let copies = 0;

beforeAll(async () => {
  child = await bundled(join(import.meta.dirname, "seal-and-commit.ts"));
  root = mkdtempSync(join(tmpdir(), "cellar-syscalls-"));
  template = join(root, "template");
  const store = await openSqliteStore(join(template, "store.db"));
  const run = { run: newRun("r1"), steps: [newStep("r1", asset)] };
  await store.createRun(run);
  await store.lease("r1", "w", 1e12, 0);
  await store.changeRun("r1", "starting", { at: 1, fence: 1 });
  await store.changeRun("r1", "running", { at: 1, fence: 1 });
  await store.changeStep({ run: "r1", asset, partition: "" }, "running", { at: 1, fence: 1 });
  await store.changeStep({ run: "r1", asset, partition: "" }, "committing", { at: 1, fence: 1 });
  await store.close();
  const lake = await openDiskLake(join(template, "lake"));
  await lake.close();
});
afterAll(async () => {
  rmSync(root, { recursive: true });
  await child[Symbol.asyncDispose]();
});

interface Outcome {
  readonly folder: string;
  readonly said: readonly string[];
  /** how often each call was made by the thread that made it most */
  readonly counts: ReadonlyMap<string, number>;
  readonly killed: boolean;
  readonly trace: readonly string[];
}

/** Runs the child in a fresh workspace, under strace, with one fault. */
function runChild(inject: string | null, ...more: readonly string[]): Outcome {
  const folder = join(root, String(copies++));
  cpSync(template, folder, { recursive: true });
  const log = join(folder, "strace");
  const args = [
    "-f",
    "-y",
    "-o",
    log,
    "-e",
    `trace=${calls.join(",")},write`,
    ...(inject === null ? [] : ["-e", `inject=${inject}`]),
  ];
  // strace counts calls by thread: with one thread for files, the count is that of the program
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const { stdout, signal, status } = spawnSync("strace", [...args, process.execPath, child.path, folder, ...more], {
    env,
  });
  const perThread = new Map<string, number>();
  const trace = readFileSync(log, "utf8").split("\n");
  for (const line of trace) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (call === undefined || call === "write") continue;
    perThread.set(`${call} ${thread}`, (perThread.get(`${call} ${thread}`) ?? 0) + 1);
  }
  const counts = new Map<string, number>();
  for (const [key, count] of perThread) {
    const call = key.split(" ")[0] ?? "";
    counts.set(call, Math.max(counts.get(call) ?? 0, count));
  }
  return {
    folder,
    said: stdout.toString().split("\n").slice(0, -1),
    counts,
    trace,
    killed: signal === "SIGKILL" || status === 137,
  };
}

/** Opens what the child left, and checks that the fact is there whole, with its file and events, or not at all. */
async function look({ folder, said }: Outcome): Promise<"whole" | "absent"> {
  const store = await openSqliteStore(join(folder, "store.db"));
  const lake = await openDiskLake(join(folder, "lake"));
  try {
    const facts = await store.pointers();
    const log = await store.eventsAfter(0, 1e6);
    expect(log.map((event) => event.seq)).toEqual(log.map((_, i) => i + 1));
    const heard = said.flatMap((line) => (line.startsWith("event ") ? [Number(line.slice(6))] : []));
    expect(Math.max(0, ...heard)).toBeLessThanOrEqual(log.length);
    const [step] = await store.steps("r1");
    const materialized = log.filter(({ event }) => event.type === "materialized").length;
    if (said.includes("committed")) expect(facts.length).toBe(1);
    for (const fact of facts) {
      const bytes = readFileSync(await lake.open({ sha256: fact.sha256, extension: "parquet" }));
      expect(bytes.length).toBe(fact.bytes);
    }
    // what a check said of it is there with it, or as little
    const checked = await store.checkResults({ by: "asset", asset: AssetKey.of("sales", "orders"), limit: 9 });
    expect(checked.map(({ fact }) => fact)).toEqual(facts.map(({ seq }) => seq));
    expect([step?.state, materialized]).toEqual(facts.length === 1 ? ["succeeded", 1] : ["committing", 0]);
    await lake.collect(await store.referencedFiles(), 0, Date.now() + 3_600_000);
    const files = readdirSync(join(folder, "lake"), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    expect(files.length).toBe(facts.length);
    return facts.length === 1 ? "whole" : "absent";
  } finally {
    await store.close();
    await lake.close();
  }
}

describe.skipIf(!strace)("faults of single system calls", () => {
  let calm: Outcome;
  beforeAll(() => {
    calm = runChild(null);
  });

  test("without a fault, the child keeps and commits, with the calls that the sweeps look for", async () => {
    expect(calm.said).toEqual(["ready", "event 8", "committed", "closed"]);
    expect(await look(calm)).toBe("whole");
  });

  test("P1 P2 the file is synced before it is renamed, then its folder, and only then the fact", () => {
    const order = calm.trace.flatMap((line) => {
      if (/ fsync\(\d+<[^>]*\/staging\/[^>]*\/file>\) += 0/.test(line)) return ["sync file"];
      if (/ rename\("[^"]*\/staging\//.test(line)) return ["rename"];
      if (/ fsync\(\d+<[^>]*\/lake\/[0-9a-f]{2}>\) += 0/.test(line)) return ["sync folder"];
      if (/ f(data)?sync\(\d+<[^>]*store\.db-wal>\) += 0/.test(line)) return ["sync fact"];
      if (/ write\(1<[^>]*>, "committed/.test(line)) return ["acknowledged"];
      return [];
    });
    expect(order.slice(order.indexOf("sync file"), order.indexOf("sync file") + 6)).toEqual([
      ...["sync file", "rename", "sync folder"],
      // a new log's head is synced by itself; the second is the commit's
      ...["sync fact", "sync fact", "acknowledged"],
    ]);
  });

  test("F2 F3 P1 P2 killed at every system call, a fact is whole or absent", { timeout: 300_000 }, async () => {
    const outcomes = { whole: 0, absent: 0 };
    let places = 0;
    for (const [call, count] of calm.counts) {
      for (let n = 1; n <= count; n++) {
        const outcome = runChild(`${call}:signal=SIGKILL:when=${n}`);
        // a kill that did not happen would be a test that always passes
        expect([call, n, outcome.killed]).toEqual([call, n, true]);
        outcomes[await look(outcome)]++;
        places++;
      }
    }
    console.log(`killed at ${places} system calls: ${JSON.stringify(outcomes)}`);
    expect(outcomes.whole).toBeGreaterThan(0);
    expect(outcomes.absent).toBeGreaterThan(0);
  });

  test("F13 after a sync that failed, nothing is acknowledged any more", { timeout: 120_000 }, async () => {
    let refusals = 0;
    for (const call of ["fsync", "fdatasync"]) {
      for (let n = 1; n <= (calm.counts.get(call) ?? 0); n++) {
        const outcome = runChild(`${call}:error=EIO:when=${n}`, "again");
        const failed = outcome.said.indexOf("refused storage_failed");
        // a child that cannot open says nothing, and one that fails to tidy up while it closes has nothing to refuse
        if (failed !== -1) {
          refusals++;
          // the lake keeps nothing after its failure, the store writes nothing after its own; strace counts by
          // thread, so a number may mean one sync of each
          const after = outcome.said.slice(failed).filter((line) => line !== "closed");
          const [first, second] = after.slice(-2);
          expect([call, n, after.includes("committed")]).toEqual([call, n, false]);
          expect([call, n, first === "refused storage_failed" && second === "set 2"]).toEqual([call, n, false]);
        }
        if (outcome.said.includes("ready")) await look(outcome);
      }
    }
    expect(refusals).toBeGreaterThanOrEqual(3);
  });

  test("F12 a disk that is full at any write is named so, and nothing half is left", { timeout: 120_000 }, async () => {
    let full = 0;
    for (let n = 1; n <= (calm.counts.get("pwrite64") ?? 0); n++) {
      const outcome = runChild(`pwrite64:error=ENOSPC:when=${n}`, "again");
      const refusals = outcome.said.filter((line) => line === "refused storage_full").length;
      // there is room again at the next try
      if (outcome.said.includes("ready"))
        expect([n, outcome.said.includes("set 1") || outcome.said.includes("set 2")]).toEqual([n, true]);
      full += refusals;
      await look(outcome);
    }
    expect(full).toBeGreaterThan(0);
  });
});
