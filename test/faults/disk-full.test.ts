import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDiskLake } from "../../server/lake/disk.ts";
import type { LakeFile } from "../../server/lake/lake.ts";
import { openSqliteStore } from "../../server/store/sqlite.ts";
import type { LogEvent } from "../../server/store/store.ts";

/** Mounts a small file system on `folder`; false where this user or machine cannot. */
function mount(folder: string, options: string): boolean {
  mkdirSync(folder);
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status === 0;
}

const root = mkdtempSync(join(tmpdir(), "cellar-full-"));
const small = join(root, "small");
const fewFiles = join(root, "few-files");
const canMount = mount(small, "size=6m") && mount(fewFiles, "size=64m,nr_inodes=330");
if (!canMount) console.warn("the tests of a full disk are skipped: a small tmpfs cannot be mounted here");

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );
const logged = (text: string): LogEvent => ({ type: "log", run: "r", asset: null, cell: null, level: "info", text });

afterAll(() => {
  for (const folder of [small, fewFiles]) if (existsSync(folder)) spawnSync("umount", [folder]);
  rmSync(root, { recursive: true });
});

describe.skipIf(!canMount)("F12 a full disk", () => {
  const ballast = join(small, "ballast");
  beforeAll(() => writeFileSync(ballast, Buffer.alloc(2_000_000)));

  test("P1 the store says so, keeps what it acknowledged, can be read, and goes on once there is room", async () => {
    const file = join(small, "store", "store.db");
    let store = await openSqliteStore(file);
    let acknowledged = 0;
    let code: unknown = "done";
    for (; code === "done"; acknowledged += code === "done" ? 1 : 0)
      code = await codeOf(store.append([logged(`${acknowledged} ${"x".repeat(20_000)}`)], 1));
    expect(code).toBe("storage_full");
    expect(acknowledged).toBeGreaterThan(10);
    const expected = Array.from({ length: acknowledged }, (_, i) => i + 1);
    expect((await store.eventsAfter(0, 1e6)).map((event) => event.seq)).toEqual(expected);
    // many at once: every one is told, and none hangs
    const burst = await Promise.all(
      Array.from({ length: 50 }, () => codeOf(store.append([logged("x".repeat(200_000))], 1))),
    );
    expect(new Set(burst)).toEqual(new Set(["storage_full"]));
    // without a restart
    rmSync(ballast);
    expect(await store.append([logged("after")], 1)).toBe(acknowledged + 1);
    await store.close();
    store = await openSqliteStore(file);
    expect((await store.eventsAfter(0, 1e6)).map((event) => event.seq)).toEqual([...expected, acknowledged + 1]);
    await store.close();
    rmSync(join(small, "store"), { recursive: true });
  });

  test("P2 the lake says so, serves what it has, and goes on once there is room", async () => {
    const lake = await openDiskLake(join(small, "lake"));
    const files: LakeFile[] = [];
    const keep = async (size: number): Promise<unknown> => {
      const staged = await lake.stage("run-1");
      const code = await codeOf(
        writeFile(staged.path, Buffer.alloc(size, `${files.length} `)).then(async () =>
          files.push(await lake.seal(staged, "parquet")),
        ),
      );
      if (code !== "done") await lake.discard(staged);
      return code;
    };
    let code: unknown = "done";
    while (code === "done") code = await keep(500_000);
    // the writer of the staged file meets it first, and says so in its own words
    expect(["ENOSPC", "storage_full"]).toContain(code);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) await lake.verify(file);
    const [first, ...rest] = files;
    expect(await lake.collect(new Set(rest.map((file) => file.sha256)), 0, Date.now() + 1000)).toBe(first?.bytes);
    expect(await keep(400_000)).toBe("done");
    await lake.close();
  });

  test("P2 no room for more files is a full disk too", async () => {
    const lake = await openDiskLake(join(fewFiles, "lake"));
    let code: unknown = "done";
    let made = 0;
    for (; code === "done" && made < 200; made++)
      code = await codeOf(lake.stage("run-1").then((staged) => writeFile(staged.path, "x")));
    expect(["ENOSPC", "storage_full"]).toContain(code);
    expect(await codeOf(openSqliteStore(join(fewFiles, "store.db")))).toMatch(/^storage_(full|failed)$/);
    expect(await lake.collect(new Set(), 0, Date.now() + 1000)).toBe(0);
    await lake.close();
    const next = await openDiskLake(join(fewFiles, "lake"));
    expect(await next.collect(new Set(), 0, Date.now() + 1000)).toBeGreaterThan(10);
    const staged = await next.stage("run-1");
    await writeFile(staged.path, "y");
    expect((await next.seal(staged, "json")).bytes).toBe(1);
    await next.close();
  });
});
