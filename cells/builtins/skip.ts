import { AppError } from "../errors.ts";

/**
 * `skip(reason)` of cells: there is nothing new. The run ends the step as skipped, nobody reads anything else than before, and
 * what depends on it goes on with the data that it has. Never returns.
 */
export function skip(reason?: unknown): never {
  const text = typeof reason === "string" ? reason.trim() : "";
  throw new AppError("cell_skipped", text === "" ? "nothing new" : text.slice(0, longest));
}

const longest = 500;
