import { mkdtempSync } from "node:fs";
import { chmod, link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDiskLake } from "../../../server/lake/disk.ts";
import { describeLake } from "../../conformance/lake.ts";

describeLake("disk", () => {
  const root = mkdtempSync(join(tmpdir(), "cellar-lake-"));
  return {
    open: (clock) => openDiskLake(root, clock),
    damage: async ({ sha256, extension }, change) => {
      const path = join(root, sha256.slice(0, 2), `${sha256}.${extension}`);
      const bytes = change(await readFile(path));
      if (bytes === null) return rm(path);
      await chmod(path, 0o600);
      await writeFile(path, bytes);
    },
    remove: () => rm(root, { recursive: true }),
  };
});

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

test("a file is at ab/<sha256>.parquet, read-only, and its staging place is private and gone", async () => {
  const root = mkdtempSync(join(tmpdir(), "cellar-lake-"));
  const lake = await openDiskLake(root);
  const staged = await lake.stage("run-1");
  expect((await stat(join(staged.path, ".."))).mode & 0o777).toBe(0o700);
  await writeFile(staged.path, "abc");
  const { sha256 } = await lake.seal(staged, "parquet");
  const path = join(root, sha256.slice(0, 2), `${sha256}.parquet`);
  expect([await lake.open({ sha256, extension: "parquet" }), (await stat(path)).mode & 0o777]).toEqual([path, 0o444]);
  expect(await readdir(join(root, "staging", "run-1"))).toEqual([]);
  await lake.collect(new Set([sha256]), 0, Date.now() + 1000);
  expect(await readdir(join(root, "staging"))).toEqual([]);
  await rm(root, { recursive: true });
});

test("A18 a symbolic link is not followed: as staged file, as stored file, as folder", async () => {
  const root = mkdtempSync(join(tmpdir(), "cellar-lake-"));
  const outside = mkdtempSync(join(tmpdir(), "cellar-outside-"));
  await writeFile(join(outside, "secret"), "secret");
  const lake = await openDiskLake(root);

  const staged = await lake.stage("run-1");
  await symlink(join(outside, "secret"), staged.path);
  expect(await codeOf(lake.seal(staged, "parquet"))).toBe("storage_failed");
  const linked = await lake.stage("run-1");
  await link(join(outside, "secret"), linked.path);
  expect(await codeOf(lake.seal(linked, "parquet"))).toBe("path_invalid");
  const folder = await lake.stage("run-1");
  await mkdir(folder.path);
  expect(await codeOf(lake.seal(folder, "parquet"))).toBe("storage_failed");

  const stagedFile = await lake.stage("run-1");
  await writeFile(stagedFile.path, "abc");
  const file = await lake.seal(stagedFile, "parquet");
  const path = await lake.open(file);
  await rename(path, join(outside, "moved"));
  await symlink(join(outside, "moved"), path);
  expect(await codeOf(lake.open(file))).toBe("lake_damaged");
  await rm(path);
  await rename(join(path, ".."), join(outside, "ab"));
  await symlink(join(outside, "ab"), join(path, ".."));
  await writeFile(join(outside, "ab", `${file.sha256}.parquet`), "abc");
  expect(await codeOf(lake.open(file))).toBe("storage_failed");

  expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
  await rm(root, { recursive: true });
  await rm(outside, { recursive: true });
});

test("one that was checked is not read again until it changes", async () => {
  const root = mkdtempSync(join(tmpdir(), "cellar-lake-"));
  const lake = await openDiskLake(root);
  const staged = await lake.stage("run-1");
  await writeFile(staged.path, Buffer.alloc(50_000_000, 7));
  const file = await lake.seal(staged, "parquet");
  const start = performance.now();
  for (let i = 0; i < 100; i++) await lake.open(file);
  // hashing it a hundred times would take seconds
  expect(performance.now() - start).toBeLessThan(500);
  await rm(root, { recursive: true });
});

test("a lake that cannot be made says so", async () => {
  const root = mkdtempSync(join(tmpdir(), "cellar-lake-"));
  await writeFile(join(root, "plain"), "");
  expect(await codeOf(openDiskLake(join(root, "plain", "lake")))).toBe("storage_failed");
  await rm(root, { recursive: true });
});
