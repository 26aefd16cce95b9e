import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, unlink } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import { Attic } from "./attic.ts";
import { checkName, resolveName } from "./paths.ts";
import { writeWhole } from "./write-whole.ts";

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

/** Reads and writes the notebook files of a workspace. A write is whole or absent, and never over a text that it is not based on. */
export class NotebookFiles {
  readonly #root: string;
  readonly #attic: Attic;
  // one write at a time for each path: the revision check and the rename belong together
  readonly #writing = new Map<string, Promise<unknown>>();

  /** `attic` is the folder for older versions and deleted notebooks. */
  constructor(root: string, attic: string) {
    this.#root = root;
    this.#attic = new Attic(attic);
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
      const bytes = Buffer.from(text);
      const written = { path, text, revision: revisionOf(text) };
      const now = await this.#readIfThere(path);
      if (now !== null && now.bytes.equals(bytes)) return written;
      if ((now?.revision ?? null) !== base) throw conflict(path, now);
      if (now !== null) {
        await this.#attic.keep(path, now.bytes);
        await this.#attic.hold(path, target);
      }
      // before the file: another program may replace that without having read it
      await this.#attic.keep(path, bytes);
      await writeWhole(target, bytes, () => {
        // another program may have written while this one did: the last look is right before the rename
        const later = lookAt(target);
        const isSame = now === null || later === null ? now === later : later.equals(now.bytes);
        if (!isSame) throw conflict(path, later === null ? null : { revision: revisionOf(later.toString("utf8")) });
      });
      await this.#attic.settle(path);
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
      await this.#attic.keep(path, now.bytes);
      await this.#attic.hold(path, target);
      await unlink(target);
      await this.#attic.settle(path);
    });
  }

  async #resolve(path: string): Promise<string> {
    if (!path.endsWith(".html"))
      throw new AppError("path_invalid", `not a notebook: ${JSON.stringify(path)}; notebooks end in .html`);
    return resolveName(this.#root, checkName(path));
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
function revisionOf(text: string): string {
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
