import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { graceMs } from "../../server/lake/collector.ts";
import { openDiskLake } from "../../server/lake/disk.ts";
import { openSqliteStore } from "../../server/store/sqlite.ts";
import { newFact, newRun, newStep } from "../support/store-rows.ts";
import { bundled } from "../support/bundled.ts";
import { settableClock } from "../support/clock.ts";
import { openLocal } from "../support/local.ts";
import { notebook } from "../support/workspace.ts";

const asset = AssetKey.of("sales", "orders");
const versions = 4;
const later = Date.now() + 3_600_000;
const strace = spawnSync("strace", ["-V"]).error === undefined;
let child: Awaited<ReturnType<typeof bundled>>;
let root = "";
let copies = 0;

beforeAll(async () => {
  child = await bundled(join(import.meta.dirname, "collect-child.ts"));
  root = mkdtempSync(join(tmpdir(), "cellar-collect-"));
  const store = await openSqliteStore(join(root, "template/store.db"));
  const lake = await openDiskLake(join(root, "template/lake"));
  const keep = async (text: string) => {
    const staged = await lake.stage("r");
    await writeFile(staged.path, text);
    return lake.seal(staged, "parquet");
  };
  for (let n = 0; n < versions; n++) {
    const run = `r${n}`;
    await store.createRun({ run: newRun(run), steps: [newStep(run, asset)] });
    const fence = (await store.lease(run, "w", 1e12, 0))?.fence ?? 0;
    for (const state of ["starting", "running"] as const) await store.changeRun(run, state, { at: 1, fence });
    for (const state of ["running", "committing"] as const)
      await store.changeStep({ run, asset, partition: "" }, state, { at: 1, fence });
    const { sha256, bytes } = await keep(`version ${n}`);
    const materialization = newFact(run, asset, { sha256, bytes });
    await store.commit({ fence, attempt: 1, reason: "new", at: 1, materialization });
    await store.changeRun(run, "succeeded", { at: 1, fence });
  }
  await keep("what nothing names");
  await store.close();
  await lake.close();
});
afterAll(async () => {
  rmSync(root, { recursive: true });
  await child[Symbol.asyncDispose]();
});

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(folder, "lake"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".parquet"))
    .sort();
}

/** Runs the child in a copy of the workspace, killed at the `n`th call of a name (0: never); whether it was. */
function collectIn(call: string, n: number): { readonly folder: string; readonly killed: boolean } {
  const folder = join(root, String(copies++));
  cpSync(join(root, "template"), folder, { recursive: true });
  for (const name of filesOf(folder)) utimesSync(join(folder, "lake", name), 1, 1);
  const inject = n === 0 ? [] : ["-e", `inject=${call}:signal=SIGKILL:when=${n}`];
  const words = ["-f", "-o", "/dev/null", "-e", `trace=${call}`, ...inject, process.execPath, child.path, folder];
  const { signal, status } = spawnSync("strace", [...words, String(later)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
  });
  return { folder, killed: signal === "SIGKILL" || status === 137 };
}

/** Every fact that is not retired has its whole file, and the next collection leaves these alone. */
async function look(folder: string): Promise<number> {
  const store = await openSqliteStore(join(folder, "store.db"));
  const lake = await openDiskLake(join(folder, "lake"), () => later);
  try {
    const left = filesOf(folder).length;
    const kept = await store.referencedFiles();
    for (const sha256 of kept) await lake.verify({ sha256, extension: "parquet" });
    for (const name of filesOf(folder)) {
      const bytes = readFileSync(join(folder, "lake", name));
      expect(name).toBe(join(name.slice(0, 2), `${createHash("sha256").update(bytes).digest("hex")}.parquet`));
    }
    expect((await store.materializations({ asset, limit: 99 })).length).toBe(versions);
    expect((await store.pointers()).map(({ sha256 }) => kept.has(sha256))).toEqual([true]);
    await store.retire([{ asset, retention: { type: "versions", count: 1 } }], later);
    await lake.collect(await store.referencedFiles(), 1000, later + 10_000);
    expect(filesOf(folder).length).toBe(1);
    return left;
  } finally {
    await store.close();
    await lake.close();
  }
}

describe.skipIf(!strace)("a collector that is killed", () => {
  test("P2 killed at every removal and every sync, no fact loses its file, and the next collection ends the work", async () => {
    expect(await look(collectIn("unlink", 0).folder)).toBe(1);
    const left = new Set<number>();
    for (const call of ["unlink", "fdatasync"])
      for (let n = 1; ; n++) {
        const { folder, killed } = collectIn(call, n);
        left.add(await look(folder));
        if (!killed) break;
      }
    // before the first removal, between any two, and after the last
    expect([...left].sort()).toEqual([1, 2, 3, 4, 5]);
  }, 300_000);
});

test("P6 what is being read while it is collected is read to its end, and goes with a later collection", async () => {
  const clock = settableClock(Date.now());
  const source = (n: number): string =>
    notebook([["sql", 'output="rows" retain="1 versions"', `SELECT i * ${n} AS n FROM range(200000) t(i)`]]);
  await using workspace = await openLocal({ "a.html": source(1) }, { clock });
  const { collector, store } = workspace.open;
  await workspace.run();
  await workspace.write("a.html", source(2));
  await workspace.run();
  const old = (await store.materializations({ asset: AssetKey.of("a", "rows"), limit: 9 })).at(-1);
  const version = old?.sha256 ?? "";
  clock.set(clock.now() + 2 * graceMs);
  expect((await collector.collect()).retired).toBe(1);
  clock.set(clock.now() + 2 * graceMs);
  const ask = (format: "parquet" | "arrow") => workspace.call("data", { key: "a/rows", format, version });
  // begun before, read after; and one that a process reads meanwhile
  const opened = (await ask("parquet")) as { readonly body: Readable };
  const [, arrow] = await Promise.all([collector.collect(), ask("arrow")]);
  const hash = createHash("sha256");
  for await (const chunk of opened.body) hash.update(chunk as Uint8Array);
  expect(hash.digest("hex")).toBe(version);
  expect((arrow as { readonly length: number }).length).toBeGreaterThan(1_000_000);
  (arrow as { readonly body: Readable }).body.destroy();
  clock.set(clock.now() + 2 * graceMs);
  expect((await collector.collect()).freedBytes).toBeGreaterThanOrEqual(old?.bytes ?? Infinity);
  await expect(ask("parquet")).rejects.toMatchObject({ code: "asset_missing" });
});
