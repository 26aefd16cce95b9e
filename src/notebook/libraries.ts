import { libraries } from "virtual:cellar-libraries";
import { AppError } from "../../cells/errors.ts";

/** The text of a library that is shipped with Cellar, for a frame that has no network. Rejects with `not_found`. */
export async function fetchLibrary(name: string, signal: AbortSignal): Promise<string> {
  const url = Object.hasOwn(libraries, name) ? libraries[name] : undefined;
  if (url === undefined) throw new AppError("not_found", `no library is named ${JSON.stringify(name)}`);
  const response = await fetch(url, { signal });
  if (!response.ok)
    throw new AppError("not_found", `the library ${name} did not load: ${response.status}; reload the page`);
  return response.text();
}
