import { constants, lstatSync, unlinkSync } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { parseFileName, placeOf, type Address } from "./address.ts";
import { systemCode, toLakeError } from "./disk-errors.ts";
import { hashFile } from "./hash-file.ts";
import type { Lake, LakeFile, Staged } from "./lake.ts";
import { names, Staging } from "./staging.ts";

/** `00` to `ff`: made when the lake is opened, so that keeping a file syncs one folder and not two. */
const prefixes = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** syncs that wait together are one write of the disk's journal */
const sealsAtOnce = 16;

/** of folders that are made or read, as many as make a turn of the event loop worth while */
const foldersAtOnce = 64;

const { O_RDONLY, O_RDWR, O_NOFOLLOW } = constants;

/**
 * A lake in a folder, which is made where there is none: `ab/<sha256>.parquet` beside `staging/`. Never leaves the folder: names are
 * made from hashes, and symbolic links in it are refused. Throws `storage_full`, `storage_failed`.
 */
export async function openDiskLake(root: string, clock: () => number = Date.now): Promise<Lake> {
  try {
    await mkdir(join(root, "staging"), { recursive: true, mode: 0o700 });
    const real = await realpath(root);
    await makeFolders(real);
    await syncFolder(real);
    await syncFolder(dirname(real));
    return new DiskLake(real, clock);
  } catch (error) {
    throw toLakeError(error, "opening its folder");
  }
}

class DiskLake implements Lake {
  readonly #root: string;
  readonly #clock: () => number;
  readonly #staging: Staging;
  /** address → inode, time and size of the file that had the right hash */
  readonly #verified = new Map<string, string>();
  readonly #checking = new Map<string, Promise<void>>();
  /** when a file was last asked for: whoever asked may read it yet */
  readonly #openedAt = new Map<string, number>();
  /** files that are being renamed to their address */
  readonly #placing = new Set<string>();
  #refusal: AppError | null = null;

  constructor(root: string, clock: () => number) {
    this.#root = root;
    this.#clock = clock;
    this.#staging = new Staging(join(root, "staging"));
  }

  async stage(run: string): Promise<Staged> {
    try {
      return await this.#staging.make(run, this.#clock());
    } catch (error) {
      throw toLakeError(error, "making a place for a new file");
    }
  }

  async seal(staged: Staged, extension: LakeFile["extension"]): Promise<LakeFile> {
    if (this.#refusal !== null) throw this.#refusal;
    this.#staging.folderOf(staged);
    try {
      const { file, folder } = await this.#place(staged.path, extension);
      await this.#orRefuse(() => syncFolder(folder));
      await this.#staging.remove(staged);
      return file;
    } catch (error) {
      throw toLakeError(error, "keeping a new file");
    }
  }

  async sealAll(
    staged: Staged,
    count: number,
    extension: LakeFile["extension"],
    signal?: AbortSignal,
  ): Promise<readonly LakeFile[]> {
    if (this.#refusal !== null) throw this.#refusal;
    this.#staging.folderOf(staged);
    try {
      if (count > 0) await requirePlainFolder(staged.path);
      const files: LakeFile[] = [];
      const folders = new Set<string>();
      await beside(sealsAtOnce, count, async (i) => {
        signal?.throwIfAborted();
        const { file, folder } = await this.#place(join(staged.path, String(i)), extension);
        files[i] = file;
        folders.add(folder);
      });
      const touched = [...folders];
      await beside(sealsAtOnce, touched.length, (i) => this.#orRefuse(() => syncFolder(touched[i] ?? "")));
      await this.#staging.remove(staged);
      return files;
    } catch (error) {
      signal?.throwIfAborted();
      throw toLakeError(error, "keeping new files");
    }
  }

  /** Syncs a written file and gives it its address; the folder that it is in then is still to be synced. */
  async #place(from: string, extension: LakeFile["extension"]) {
    const { sha256, bytes } = await this.#sync(from);
    const { folder, path } = placeOf(this.#root, { sha256, extension });
    await requirePlainFolder(folder);
    this.#placing.add(path);
    // also over a file that is there already: it may be damaged, or not yet synced, or about to be collected for its age
    await rename(from, path).finally(() => this.#placing.delete(path));
    this.#verified.set(path, await identity(path));
    return { file: { sha256, bytes, extension }, folder };
  }

  async discard(staged: Staged): Promise<void> {
    try {
      await this.#staging.remove(staged);
    } catch (error) {
      throw toLakeError(error, "removing a file that is not wanted");
    }
  }

  async open(file: Address): Promise<string> {
    const { path } = placeOf(this.#root, file);
    this.#openedAt.set(path, this.#clock());
    const known = this.#verified.get(path);
    if (known !== undefined && known === (await identity(path).catch(() => null))) return path;
    const checking = this.#checking.get(path) ?? this.verify(file).finally(() => this.#checking.delete(path));
    this.#checking.set(path, checking);
    await checking;
    return path;
  }

  async verify(file: Address): Promise<void> {
    const { folder, path } = placeOf(this.#root, file);
    this.#verified.delete(path);
    const handle = await this.#openForReading(file, folder, path);
    try {
      const before = await identity(path);
      const found = await hashFile(handle);
      if (found.sha256 !== file.sha256) throw damaged(file, found.sha256);
      this.#verified.set(path, before);
    } catch (error) {
      throw toLakeError(error, `reading ${file.sha256}`);
    } finally {
      await handle.close();
    }
  }

  async collect(keep: ReadonlySet<string>, olderThanMs: number, now: number): Promise<number> {
    try {
      const before = now - olderThanMs;
      let freed = await this.#staging.sweep(before);
      const folders = (await names(this.#root)).filter((name) => /^[0-9a-f]{2}$/.test(name));
      await beside(foldersAtOnce, folders.length, async (i) => {
        const folder = join(this.#root, folders[i] ?? "");
        for (const name of await names(folder)) freed += this.#collectFile(join(folder, name), name, keep, before);
      });
      for (const [path, at] of this.#openedAt) if (at <= before) this.#openedAt.delete(path);
      return freed;
    } catch (error) {
      throw toLakeError(error, "removing files that nothing names");
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#checking.values());
    this.#refusal ??= new AppError("storage_failed", "the lake is closed; open it again");
  }

  /** Hash and length of a staged file, once its bytes are on the disk. It can be written no more by its name. */
  async #sync(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
    const file = await open(path, O_RDWR | O_NOFOLLOW).catch((error: unknown) => {
      if (systemCode(error) !== "ENOENT") throw error;
      throw new AppError("storage_failed", "a file that was to be kept was never written; run its step again", {
        cause: error,
      });
    });
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.nlink !== 1)
        throw new AppError(
          "path_invalid",
          "what was staged is no plain file of its own; write it to the path that was given",
        );
      await file.chmod(0o444);
      await this.#orRefuse(() => file.sync());
      return await hashFile(file);
    } finally {
      await file.close();
    }
  }

  /** After a failed sync nothing is kept any more: a second one may say that all is well when it is not. */
  async #orRefuse(sync: () => Promise<void>): Promise<void> {
    try {
      await sync();
    } catch (error) {
      const failure = toLakeError(error, "syncing to the disk");
      if (failure.code === "storage_failed")
        this.#refusal = new AppError(
          "storage_failed",
          "a sync of the lake to the disk failed, so nothing more is kept; check the disk, then start again",
          { cause: error },
        );
      throw this.#refusal ?? failure;
    }
  }

  async #openForReading(file: Address, folder: string, path: string): Promise<FileHandle> {
    try {
      await requirePlainFolder(folder);
      const handle = await open(path, O_RDONLY | O_NOFOLLOW);
      if ((await handle.stat()).isFile()) return handle;
      await handle.close();
      throw damaged(file, "no plain file");
    } catch (error) {
      if (systemCode(error) === "ENOENT")
        throw new AppError("asset_missing", `file ${file.sha256} is gone from the lake; materialize its asset again`, {
          data: { sha256: file.sha256 },
          cause: error,
        });
      if (systemCode(error) === "ELOOP") throw damaged(file, "a symbolic link");
      throw toLakeError(error, `opening ${file.sha256}`);
    }
  }

  /** Looks and removes without a turn in between: what is placed there meanwhile would be removed for what was there before. */
  #collectFile(path: string, name: string, keep: ReadonlySet<string>, before: number): number {
    const address = parseFileName(name);
    if (address === null || keep.has(address.sha256) || this.#placing.has(path)) return 0;
    if ((this.#openedAt.get(path) ?? -Infinity) > before) return 0;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || Math.max(stat.mtimeMs, stat.ctimeMs) > before) return 0;
    unlinkSync(path);
    this.#verified.delete(path);
    return stat.size;
  }
}

/** Makes those of the 256 folders that are not there. */
async function makeFolders(root: string): Promise<void> {
  const there = await readdir(root, { withFileTypes: true });
  const folders = new Set(there.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])));
  const missing = prefixes.filter((prefix) => !folders.has(prefix));
  await beside(foldersAtOnce, missing.length, async (i) => {
    await mkdir(join(root, missing[i] ?? ""), { recursive: true, mode: 0o755 });
  });
}

/** Does `count` pieces of work, so many at once, and lets those under way end before it throws what the first of them threw. */
async function beside(atOnce: number, count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < count && !failed)
      await work(next++).catch((error: unknown) => {
        failed = true;
        throw error;
      });
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, count) }, worker));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

function damaged(file: Address, found: string): AppError {
  return new AppError(
    "lake_damaged",
    `file ${file.sha256} of the lake is damaged: its hash is ${found}; materialize its asset again`,
    { data: { expected: file.sha256, found } },
  );
}

async function requirePlainFolder(folder: string): Promise<void> {
  if (!(await lstat(folder)).isDirectory())
    throw new AppError("storage_failed", `${folder.slice(-2)}/ of the lake is no folder; remove it`);
}

/** What changes when a file is replaced, cut or written to. "" where it is gone. */
async function identity(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the rename itself is journaled
  if (process.platform === "win32") return;
  const handle = await open(folder, O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
