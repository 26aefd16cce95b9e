import { createHash, randomUUID } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { link, mkdir, open, readdir, readFile, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { checkName, resolveName } from "./paths.ts";

/** A notebook's text and its revision, the SHA-256 of the text. */
export interface NotebookText {
  readonly path: string;
  readonly text: string;
  readonly revision: string;
}

/** A notebook as it lies on the disk: the bytes may hold more than the text shows, where they are no UTF-8. */
interface NotebookBytes extends NotebookText {
  readonly bytes: Buffer;
}

// how many older texts of a notebook are kept
const versionsKept = 50;

/** Reads and writes the notebook files of a workspace. A write is whole or absent, and never over a text that it is not based on. */
export class NotebookFiles {
  readonly #root: string;
  readonly #attic: string;
  // one write at a time for each path: the revision check and the rename belong together
  readonly #writing = new Map<string, Promise<unknown>>();

  /** `attic` is the folder for older versions and deleted notebooks. */
  constructor(root: string, attic: string) {
    this.#root = root;
    this.#attic = attic;
  }

  /** Reads a notebook. Throws `notebook_not_found`, `path_invalid`. */
  async read(path: string): Promise<NotebookText> {
    const { text, revision } = await this.#read(path);
    return { path, text, revision };
  }

  async #read(path: string): Promise<NotebookBytes> {
    const bytes = await readFile(await this.#resolve(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "EISDIR") return null;
      throw new AppError(
        "storage_failed",
        `notebook ${path} cannot be read: ${error.code ?? error.message}; check its permissions`,
        { cause: error },
      );
    });
    if (bytes === null)
      throw new AppError("notebook_not_found", `notebook not found: ${path}; the workspace has no such file`, {
        data: { path },
      });
    const text = bytes.toString("utf8");
    return { path, text, revision: revisionOf(text), bytes };
  }

  async #readIfThere(path: string): Promise<NotebookBytes | null> {
    return this.#read(path).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "notebook_not_found") return null;
      throw error;
    });
  }

  /**
   * Writes `text` where the file still has the revision `base` (null: where there is no file). Throws `notebook_conflict` with the
   * file's present revision in `data`, and leaves the file as it is.
   */
  write(path: string, text: string, base: string | null): Promise<NotebookText> {
    return this.#alone(path, async () => {
      const target = await this.#resolve(path);
      const written = { path, text, revision: revisionOf(text) };
      const now = await this.#readIfThere(path);
      if (now !== null && now.bytes.equals(Buffer.from(text))) return written;
      if ((now?.revision ?? null) !== base) throw conflict(path, now);
      const held = now === null ? null : await this.#keep(path, now);
      await writeWhole(target, text, () => {
        // another program may have written while this one did: the last look is right before the rename
        const later = lookAt(target);
        const isSame = now === null || later === null ? now === later : later.equals(now.bytes);
        if (!isSame) throw conflict(path, later === null ? null : { revision: revisionOf(later.toString("utf8")) });
      });
      await held?.settle();
      return written;
    });
  }

  /** Moves a notebook to the bin. Throws `notebook_conflict` where it is no longer the revision `base`. */
  remove(path: string, base: string): Promise<void> {
    return this.#alone(path, async () => {
      const now = await this.#read(path);
      if (now.revision !== base)
        throw new AppError(
          "notebook_conflict",
          `notebook ${path} changed since it was opened; look at it again before you delete it`,
          {
            data: { path, revision: now.revision },
          },
        );
      const target = await this.#resolve(path);
      const held = await this.#keep(path, now);
      await unlink(target);
      await held.settle();
    });
  }

  async #resolve(path: string): Promise<string> {
    if (!path.endsWith(".html"))
      throw new AppError("path_invalid", `not a notebook: ${JSON.stringify(path)}; notebooks end in .html`);
    return resolveName(this.#root, checkName(path));
  }

  /**
   * Keeps what is about to be replaced: its bytes, and until `settle` a second name for the file itself. A program that has it
   * open writes into that one from now on, and `settle` keeps what it wrote.
   */
  async #keep(path: string, version: NotebookBytes): Promise<{ settle(): Promise<void> }> {
    const folder = join(this.#attic, path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(this.#versionFile(folder, version.revision), version.bytes);
    const second = join(folder, `.${process.pid}-${randomUUID()}.tmp`);
    // a file system without links has no second names
    await link(await this.#resolve(path), second).catch(() => undefined);
    return {
      settle: async () => {
        const later = lookAt(second);
        if (later !== null && !later.equals(version.bytes))
          await writeWhole(this.#versionFile(folder, revisionOf(later.toString("utf8"))), later);
        await rm(second, { force: true });
        await this.#forgetOldest(folder);
      },
    };
  }

  #versionFile(folder: string, revision: string): string {
    return join(folder, `${String(Date.now()).padStart(15, "0")}-${revision.slice(0, 16)}.html`);
  }

  async #forgetOldest(folder: string): Promise<void> {
    const kept = (await readdir(folder)).filter((name) => name.endsWith(".html")).sort();
    for (const name of kept.slice(0, Math.max(0, kept.length - versionsKept)))
      await rm(join(folder, name), { force: true });
  }

  #alone<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#writing.get(path) ?? Promise.resolve();
    const after = before.then(work, work);
    const settled = after.then(
      () => undefined,
      () => undefined,
    );
    this.#writing.set(path, settled);
    return after;
  }
}

/** The revision of a notebook's text. */
export function revisionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function conflict(path: string, now: Pick<NotebookText, "revision"> | null): AppError {
  return new AppError(
    "notebook_conflict",
    now === null
      ? `notebook ${path} was removed since it was opened; save it as a new file`
      : `notebook ${path} was changed by someone else since it was opened; both texts are kept, merge them and save again`,
    { data: { path, revision: now?.revision ?? null } },
  );
}

/** The bytes of a file; null where there is none. At once, so that nothing of this process comes between it and a rename. */
function lookAt(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Writes a file so that a reader, or a crash, sees the old bytes or the new ones. `check` is called right before the new ones
 * take their name; where it throws an `AppError`, nothing changes. Throws `storage_full`, `storage_failed`, and what `check` throws.
 */
export async function writeWhole(
  target: string,
  content: string | Uint8Array,
  check: () => void = () => undefined,
): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    check();
    renameSync(temporary, target);
    const directory = await open(folder, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof AppError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new AppError("storage_full", "the disk is full; nothing was changed, free some space and save again", {
        cause: error,
      });
    throw new AppError(
      "storage_failed",
      `the file could not be written: ${code ?? "unknown"}; nothing was changed, check the folder's permissions`,
      { cause: error },
    );
  }
}
