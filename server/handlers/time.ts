import { AppError } from "../../cells/errors.ts";

/** A time as a person writes it: an ISO instant. Throws `usage`. */
export function timeOf(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new AppError("usage", `not a time: ${JSON.stringify(text)}; write it as 2026-01-31T09:00:00Z`);
  return at;
}
