import Sqlite from "better-sqlite3";

/** An open SQLite database file. */
export type SqliteFile = Sqlite.Database;

/**
 * Opens (and by default creates) a database file. The one place that names better-sqlite3.
 * Throws what SQLite says; `toStorageError` turns it into an `AppError`.
 */
export function openSqliteFile(
  file: string,
  options: { readonly mustExist?: boolean; readonly waitMs?: number; readonly readOnly?: boolean } = {},
): SqliteFile {
  const { mustExist = false, waitMs = 5000, readOnly = false } = options;
  return new Sqlite(file, { fileMustExist: mustExist || readOnly, timeout: waitMs, readonly: readOnly });
}
