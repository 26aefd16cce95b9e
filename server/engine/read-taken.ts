import { readRowForm } from "../../cells/model/row-form.ts";
import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { TakenValue } from "../../cells/protocol/kernel.ts";

/** Reads what a kernel gave up: it runs the author's JavaScript and is not trusted. Throws `protocol`. */
export function readTaken(value: unknown): TakenValue {
  if (isRecord(value)) {
    const { type, relation, bound, bytes, form, text, what } = value;
    if (type === "relation" && typeof relation === "string" && typeof bound === "string")
      return { type, relation, bound };
    if (type === "arrow" && bytes instanceof Uint8Array)
      return { type, bytes, form: typeof form === "string" ? readRowForm(form) : null };
    if (type === "json" && typeof text === "string") return { type, text };
    if (type === "virtual" && typeof what === "string") return { type, what };
  }
  throw new AppError("protocol", "the kernel gave no value that is understood");
}
