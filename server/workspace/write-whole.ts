import { renameSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";

/**
 * Writes a file so that a reader, or a crash, sees the old bytes or the new ones. `check` is called right before the new ones
 * take their name; where it throws an `AppError`, nothing changes. Throws `storage_full`, `storage_failed`, and what `check` throws.
 */
export async function writeWhole(
  target: string,
  content: string | Uint8Array,
  check: () => void = () => undefined,
  mode = 0o644,
): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const handle = await open(temporary, "wx", mode);
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
