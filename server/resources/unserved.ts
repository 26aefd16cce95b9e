import { AppError } from "../../cells/errors.ts";
import type { CallOptions } from "./resource.ts";

/** What a kind of resource does not do. */
export function unserved(kind: string, what: "fetch" | "query", { name }: Pick<CallOptions, "name">): AppError {
  const instead = what === "fetch" ? `ask it with SQL, as in resource("${name}").query("SELECT 1")` : "use its fetch";
  return new AppError("resource_failed", `resource ${name} is of kind ${kind}, which has no ${what}; ${instead}`, {
    data: { resource: name },
  });
}
