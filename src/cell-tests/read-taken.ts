import { isRecord } from "../../cells/protocol/envelope.ts";
import type { TakenValue } from "../../cells/protocol/kernel.ts";

/** Reads what a frame says that it computed, which may be anything. Null where it is no value. */
export function readTaken(value: unknown): TakenValue | null {
  if (!isRecord(value)) return null;
  const { type, relation, bytes, text, what } = value;
  switch (type) {
    case "relation":
      return typeof relation === "string" ? { type, relation, bound: "[]" } : null;
    case "arrow":
      return bytes instanceof Uint8Array ? { type, bytes, form: null } : null;
    case "json":
      return typeof text === "string" ? { type, text } : null;
    case "virtual":
      return typeof what === "string" ? { type, what } : null;
    default:
      return null;
  }
}
