import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lake, LakeFile, Staged } from "../../server/lake/lake.ts";

/** A backend under test. */
export interface LakeBackend {
  /** opens the same lake each time, as another process would */
  open(clock: () => number): Promise<Lake>;
  /** changes the stored bytes behind the lake's back */
  damage(file: Pick<LakeFile, "sha256" | "extension">, change: (bytes: Buffer) => Buffer | null): Promise<void>;
  remove(): Promise<void>;
}

/** What every lake promises. */
export function describeLake(name: string, backend: () => LakeBackend): void {
  describe(`lake: ${name}`, () => {
    let under: LakeBackend;
    let lake: Lake;

    beforeEach(async () => {
      under = backend();
      lake = await under.open(Date.now);
    });
    afterEach(async () => {
      await lake.close();
      await under.remove();
    });

    const code = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => "done",
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      );
    const write = async (text: string, run = "run-1"): Promise<Staged> => {
      const staged = await lake.stage(run);
      await writeFile(staged.path, text, { flag: "wx" });
      return staged;
    };
    const keep = async (text: string): Promise<LakeFile> => lake.seal(await write(text), "parquet");
    const later = (): number => Date.now() + 3_600_000;

    test("P2 a sealed file is found by the hash of its bytes, also by another process", async () => {
      const text = "some bytes é";
      const file = await keep(text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      expect(file).toEqual({ sha256, bytes: Buffer.byteLength(text), extension: "parquet" });
      await lake.close();
      lake = await under.open(Date.now);
      expect(await readFile(await lake.open(file), "utf8")).toBe(text);
    });

    test("every attempt has a place of its own", async () => {
      const [a, b] = await Promise.all([write("a"), write("b")]);
      expect(a.path === b.path || a.id === b.id).toBe(false);
      expect(await readFile(a.path, "utf8")).toBe("a");
    });

    test("equal bytes are one file, whoever seals them, at once or later", async () => {
      const files = await Promise.all(Array.from({ length: 20 }, () => keep("same")));
      expect(new Set(files.map((file) => JSON.stringify(file))).size).toBe(1);
      const [file] = files;
      if (file === undefined) throw new Error("nothing sealed");
      expect(await keep("same")).toEqual(file);
      expect(await readFile(await lake.open(file), "utf8")).toBe("same");
      expect(await lake.collect(new Set(), 0, later())).toBe(4);
    });

    test("an empty file and one of 5 MB are files like others", async () => {
      const big = "x".repeat(5_000_001);
      const files = [await keep(""), await keep(big)];
      expect(files.map((file) => file.bytes)).toEqual([0, 5_000_001]);
      await lake.close();
      lake = await under.open(Date.now);
      const texts = await Promise.all(files.map(async (file) => readFile(await lake.open(file), "utf8")));
      expect(texts).toEqual(["", big]);
    });

    test("what was discarded is gone, and can be sealed no more", async () => {
      const staged = await write("a");
      await lake.discard(staged);
      await lake.discard(staged);
      expect(await code(lake.seal(staged, "parquet"))).toBe("storage_failed");
      expect(await code(readFile(staged.path))).toBe("ENOENT");
    });

    test("a place where nothing was written cannot be sealed", async () => {
      expect(await code(lake.seal(await lake.stage("run-1"), "parquet"))).toBe("storage_failed");
    });

    test("P2 many files of a folder are sealed together, each as if by itself, equal ones too", async () => {
      const staged = await lake.stage("run-1");
      await mkdir(staged.path);
      const texts = Array.from({ length: 40 }, (_, i) => `file ${i % 30}`);
      for (const [i, text] of texts.entries()) await writeFile(join(staged.path, String(i)), text);
      const files = await lake.sealAll(staged, texts.length, "parquet");
      expect(files).toEqual(await Promise.all(texts.map(keep)));
      expect(await code(readFile(join(staged.path, "0")))).toBe("ENOENT");
      await lake.close();
      lake = await under.open(Date.now);
      for (const [i, file] of files.entries()) expect(await readFile(await lake.open(file), "utf8")).toBe(texts[i]);
    });

    test("of many files, one that was not written ends it, and so does a cancel", async () => {
      const staged = await lake.stage("run-1");
      await mkdir(staged.path);
      await writeFile(join(staged.path, "0"), "a");
      expect(await code(lake.sealAll(staged, 2, "parquet"))).toBe("storage_failed");
      const stop = new AbortController();
      stop.abort(new Error("cancelled"));
      await expect(lake.sealAll(staged, 1, "parquet", stop.signal)).rejects.toThrow("cancelled");
      await lake.discard(staged);
      expect(await lake.sealAll(await lake.stage("run-1"), 0, "parquet")).toEqual([]);
    });

    test("P6 damage is named by both hashes, not served, and healed by the same bytes", async () => {
      const file = await keep("some bytes");
      await lake.open(file);
      await under.damage(file, (bytes) => Buffer.from(bytes.toString().replace("some", "sOme")));
      const found = createHash("sha256").update("sOme bytes").digest("hex");
      await expect(lake.open(file)).rejects.toMatchObject({
        code: "lake_damaged",
        data: { expected: file.sha256, found },
      });
      expect(await code(lake.verify(file))).toBe("lake_damaged");
      expect(await keep("some bytes")).toEqual(file);
      expect(await readFile(await lake.open(file), "utf8")).toBe("some bytes");
      await lake.verify(file);
    });

    test("P6 a file that was cut, or emptied, or is gone, is not served", async () => {
      const file = await keep("some bytes");
      await under.damage(file, (bytes) => bytes.subarray(0, 4));
      expect(await code(lake.open(file))).toBe("lake_damaged");
      await under.damage(file, () => Buffer.alloc(0));
      expect(await code(lake.open(file))).toBe("lake_damaged");
      await under.damage(file, () => null);
      expect([await code(lake.open(file)), await code(lake.verify(file))]).toEqual(["asset_missing", "asset_missing"]);
      expect(await code(lake.open({ sha256: "0".repeat(64), extension: "json" }))).toBe("asset_missing");
    });

    test("P6 two files that were swapped are both named", async () => {
      const [a, b] = [await keep("aaaa"), await keep("bbbb")];
      await under.damage(a, () => Buffer.from("bbbb"));
      await under.damage(b, () => Buffer.from("aaaa"));
      expect([await code(lake.open(a)), await code(lake.open(b))]).toEqual(["lake_damaged", "lake_damaged"]);
    });

    test("A17 what is no hash, no staging place and no run's id is refused", async () => {
      const file = await keep("a");
      const staged = await lake.stage("run-1");
      for (const run of ["..", ".", "", "a/b", "../../x", "a\0b", "x".repeat(300)])
        expect([run, await code(lake.stage(run))]).toEqual([run, "path_invalid"]);
      for (const sha256 of ["../../etc/passwd", "", "AB".repeat(32), "ab"])
        expect(await code(lake.open({ sha256, extension: "json" }))).toBe("internal");
      for (const bad of [
        { ...staged, path: `${staged.path}/../../x` },
        { ...staged, id: ".." },
        { id: staged.id, path: "/etc/passwd" },
      ])
        expect([await code(lake.seal(bad, "parquet")), await code(lake.discard(bad))]).toEqual([
          ...["path_invalid", "path_invalid"],
        ]);
      expect(await code(lake.open(file))).toBe("done");
    });

    test("what no fact names is collected once it is old enough, what a fact names never", async () => {
      const [kept, dropped] = [await keep("kept"), await keep("dropped")];
      expect(await lake.collect(new Set([kept.sha256]), 3_600_000, Date.now())).toBe(0);
      expect(await lake.collect(new Set([kept.sha256]), 1000, later())).toBe(7);
      expect([await code(lake.open(kept)), await code(lake.open(dropped))]).toEqual(["done", "asset_missing"]);
      expect(await lake.collect(new Set([kept.sha256]), 1000, later())).toBe(0);
    });

    test("what somebody opened within the time stays, named or not", async () => {
      const opened = await keep("opened");
      await lake.close();
      let now = Date.now();
      lake = await under.open(() => now);
      now += 3_600_000;
      await lake.open(opened);
      expect(await lake.collect(new Set(), 1000, now + 500)).toBe(0);
      expect(await readFile(await lake.open(opened), "utf8")).toBe("opened");
      expect(await lake.collect(new Set(), 1000, now + 1500)).toBe(6);
      expect(await code(lake.open(opened))).toBe("asset_missing");
    });

    test("the folder of a run that is under way stays, however long it writes nothing", async () => {
      const staged = await write("a");
      await lake.seal(staged, "parquet");
      await lake.collect(new Set(), 1000, later());
      const next = await lake.stage("run-1");
      await writeFile(next.path, "b");
      expect((await lake.seal(next, "parquet")).bytes).toBe(1);
    });

    test("the staging of dead runs is swept, that of this process is not", async () => {
      const mine = await write("mine");
      const dead = await write("dead!", "run-2");
      await lake.close();
      const next = await under.open(Date.now);
      const live = await next.stage("run-3");
      await writeFile(live.path, "live");
      expect(await next.collect(new Set(), 1000, later())).toBe(9);
      expect([await code(readFile(mine.path)), await code(readFile(dead.path))]).toEqual(["ENOENT", "ENOENT"]);
      expect((await next.seal(live, "json")).bytes).toBe(4);
      lake = next;
    });
  });
}
