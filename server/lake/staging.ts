import { randomBytes } from "node:crypto";
import { lstatSync, rmdirSync } from "node:fs";
import { lstat, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { systemCode } from "./disk-errors.ts";
import type { Staged } from "./lake.ts";

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** `staging/<run>/<attempt>/file`: where files are written before they are whole. Every attempt has a private folder. */
export class Staging {
  readonly #root: string;
  readonly #live = new Set<string>();

  /** `root` must be on the file system of the lake: files leave by `rename`. */
  constructor(root: string) {
    this.#root = root;
  }

  async make(run: string, now: number): Promise<Staged> {
    if (!idPattern.test(run))
      throw new AppError("path_invalid", `not a run's id: ${JSON.stringify(run)}; use letters, digits, - and _`);
    const id = `${now.toString(36).padStart(9, "0")}${randomBytes(10).toString("hex")}`;
    const folder = join(this.#root, run, id);
    this.#live.add(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { id, path: join(folder, "file") };
  }

  /** The folder of what is staged. Throws `path_invalid` for a path that was not made here, in this process or another. */
  folderOf({ id, path }: Staged): string {
    const folder = dirname(path);
    const run = basename(dirname(folder));
    if (!idPattern.test(id) || !idPattern.test(run) || path !== join(this.#root, run, id, "file"))
      throw new AppError("path_invalid", `not a staging place of this lake: ${id}; ask for one with stage`);
    return folder;
  }

  async remove(staged: Staged): Promise<void> {
    const folder = this.folderOf(staged);
    // mostly empty by now, which one call removes
    await rmdir(folder).catch(() => rm(folder, { recursive: true, force: true }));
    this.#live.delete(folder);
  }

  /** Removes attempts that this process did not make and that nothing has written to since `before`; returns the bytes. */
  async sweep(before: number): Promise<number> {
    let freed = 0;
    for (const run of await names(this.#root)) {
      const folder = join(this.#root, run);
      for (const id of await names(folder)) {
        const attempt = join(folder, id);
        if (this.#live.has(attempt)) continue;
        const { bytes, latest } = await measure(attempt);
        if (latest > before) continue;
        await rm(attempt, { recursive: true, force: true });
        freed += bytes;
      }
      this.#removeEmpty(folder, before);
    }
    return freed;
  }

  /** Without a turn in between: an attempt that is made meanwhile would lose the folder that it is made in. */
  #removeEmpty(folder: string, before: number): void {
    if ([...this.#live].some((attempt) => dirname(attempt) === folder)) return;
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isDirectory() || stat.mtimeMs > before) return;
    try {
      rmdirSync(folder);
    } catch (error) {
      if (systemCode(error) !== "ENOTEMPTY" && systemCode(error) !== "ENOENT") throw error;
    }
  }
}

/** Names in a folder; none where it is gone or no folder. */
export async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** Bytes and latest change of a file or folder and what is in it. Symbolic links are not followed. */
async function measure(path: string): Promise<{ readonly bytes: number; readonly latest: number }> {
  const stat = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  });
  if (stat === null) return { bytes: 0, latest: 0 };
  let bytes = stat.isDirectory() ? 0 : stat.size;
  let latest = stat.mtimeMs;
  if (!stat.isDirectory()) return { bytes, latest };
  for (const name of await names(path)) {
    const inside = await measure(join(path, name));
    bytes += inside.bytes;
    latest = Math.max(latest, inside.latest);
  }
  return { bytes, latest };
}
