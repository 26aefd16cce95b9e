import { AppError, messageOf } from "../../cells/errors.ts";

/** The system's code of an error (`ENOENT`), or null for anything else that was thrown. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** What the disk said while the lake did something, as `storage_full` or `storage_failed`. */
export function toLakeError(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error;
  const code = systemCode(error);
  const options = { data: { code }, cause: error };
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return new AppError(
      "storage_full",
      `no space left for the lake while ${doing}; free some, then try again`,
      options,
    );
  return new AppError(
    "storage_failed",
    `the lake failed while ${doing}: ${code ?? messageOf(error)}; check the disk and the folder's permissions`,
    options,
  );
}
