import { createHash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { chmod, copyFile, open, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDiskLake } from "../../server/lake/disk.ts";
import type { LakeFile } from "../../server/lake/lake.ts";

let root = "";
let files: readonly LakeFile[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "cellar-damaged-"));
  const lake = await openDiskLake(root);
  files = await Promise.all(
    [1, 2, 63, 64, 65, 4095, 4096, 4097, 100_000, 1_048_575, 1_048_576, 1_048_577, 3_000_000].map(async (size) => {
      const staged = await lake.stage("run-1");
      await writeFile(staged.path, Buffer.alloc(size, `data of ${size} `));
      return lake.seal(staged, "parquet");
    }),
  );
  await lake.close();
  for (const file of files) await chmod(pathOf(file), 0o600);
});
afterAll(() => rm(root, { recursive: true }));

const pathOf = ({ sha256, extension }: LakeFile): string => join(root, sha256.slice(0, 2), `${sha256}.${extension}`);

/** What a server that was just started says of a file: "served", or the error with both hashes. */
async function ask(file: LakeFile): Promise<unknown> {
  const lake = await openDiskLake(root);
  return lake.open(file).then(
    () => "served",
    (error: unknown) =>
      error instanceof Error && "code" in error && "data" in error ? { code: error.code, data: error.data } : error,
  );
}

/** Pseudo-random numbers in [0, 1) from a seed (mulberry32), so that a failure can be repeated. */
function* random(seed: number): Generator<number, never> {
  for (let a = seed; ;) {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    yield ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}

test(
  "F24 P6 of 500 single bits that were flipped, none is served silently, and each is named by both hashes",
  { timeout: 240_000 },
  async () => {
    const numbers = random(24);
    for (let i = 0; i < 500; i++) {
      const file = files[i % files.length];
      if (file === undefined) throw new Error("no file");
      const handle = await open(pathOf(file), "r+");
      const place = Math.floor(numbers.next().value * file.bytes);
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, place);
      const flipped = Buffer.from([(byte[0] ?? 0) ^ (1 << Math.floor(numbers.next().value * 8))]);
      await handle.write(flipped, 0, 1, place);
      const found = createHash("sha256")
        .update(await readFile(pathOf(file)))
        .digest("hex");
      expect([i, await ask(file)]).toEqual([...[i, { code: "lake_damaged", data: { expected: file.sha256, found } }]]);
      await handle.write(byte, 0, 1, place);
      await handle.close();
    }
    expect(await Promise.all(files.map(ask))).toEqual(files.map(() => "served"));
  },
);

test("F24 P6 a file that is cut, longer, empty, exchanged with another or gone is not served", async () => {
  for (const file of files) {
    const path = pathOf(file);
    await copyFile(path, `${path}.kept`);
    const answers: unknown[] = [];
    for (const change of [
      () => truncate(path, file.bytes - 1),
      () => truncate(path, file.bytes + 1),
      () => truncate(path, 0),
      () => copyFile(pathOf(files.find((other) => other !== file) ?? file), path),
      () => rm(path),
    ]) {
      await change();
      const answer = await ask(file);
      answers.push(answer instanceof Object && "code" in answer ? answer.code : answer);
      await copyFile(`${path}.kept`, path);
    }
    await rename(`${path}.kept`, path);
    expect(answers).toEqual([...Array(4).fill("lake_damaged"), "asset_missing"]);
    expect(await ask(file)).toBe("served");
  }
});
