import { AppError, messageOf } from "../../cells/errors.ts";

/** SQLite's result code of an error (`SQLITE_FULL`), or null for anything else that was thrown. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  return error.code.startsWith("SQLITE_") ? error.code : null;
}

/** Whether a sync to the disk failed: what was written may be lost although a later sync succeeds (fsyncgate). */
export function isFailedSync(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === "SQLITE_IOERR_FSYNC" || code === "SQLITE_IOERR_DIR_FSYNC";
}

/** What the disk or SQLite said, as `storage_full` or `storage_failed`; any other error comes back as it is. */
export function toStorageError(error: unknown): unknown {
  const code = sqliteCode(error) ?? systemCode(error);
  if (code === null) return error;
  if (code.startsWith("SQLITE_CONSTRAINT") || code === "SQLITE_ERROR")
    return new AppError("internal", `the store refused a statement: ${messageOf(error)}; nothing was written`, {
      data: { code },
      cause: error,
    });
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT")
    return new AppError("storage_full", "no space left for the store; free some, then try again: nothing was written", {
      data: { code },
      cause: error,
    });
  return new AppError("storage_failed", `the store failed: ${messageOf(error)} (${code}); ${advice(code)}`, {
    data: { code },
    cause: error,
  });
}

/** The code of an error of the file system (`EACCES`), or null. */
function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** What to do about a damaged store. A write-ahead log that stays would be played into the copy. */
export const restoring =
  "put a copy from the backups folder in its place, and remove the -wal and -shm files beside it";

function advice(code: string): string {
  if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") return restoring;
  if (code === "SQLITE_BUSY") return "another program holds it open; close that program";
  if (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY") || !code.startsWith("SQLITE_"))
    return "check that the folder may be written and has room for new files";
  return "check the disk, then start again";
}
