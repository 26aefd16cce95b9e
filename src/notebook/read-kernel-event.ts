import { isRecord, readWireError } from "../../cells/protocol/envelope.ts";
import type { CellState, KernelEvent } from "../../cells/protocol/kernel.ts";

/** Reads what a kernel in a frame tells, which may be anything. Null where it is no event. */
export function readKernelEvent(value: unknown): KernelEvent | null {
  if (!isRecord(value)) return null;
  const { type, cell, protocol } = value;
  if (type === "settled") return { type };
  if (type === "hello" && typeof protocol === "number") return { type, protocol };
  if (type !== "state" || typeof cell !== "number") return null;
  const state = readState(value["state"]);
  return state && { type, cell, state };
}

function readState(value: unknown): CellState | null {
  if (!isRecord(value)) return null;
  const { type, ms, startedAt, by, root } = value;
  switch (type) {
    case "idle":
    case "waiting":
      return { type };
    case "running":
      return typeof startedAt === "number" ? { type, startedAt } : null;
    case "fulfilled":
    case "stale":
      return typeof ms === "number" ? { type, ms } : null;
    case "rejected": {
      const error = readWireError(value["error"]);
      const { place } = value;
      const at = isRecord(place) && typeof place["line"] === "number" && typeof place["column"] === "number";
      return error && typeof ms === "number"
        ? { type, ms, error, place: at ? { line: Number(place["line"]), column: Number(place["column"]) } : null }
        : null;
    }
    case "blocked": {
      const error = readWireError(value["error"]);
      return error && typeof by === "string" ? { type, by, root: typeof root === "number" ? root : null, error } : null;
    }
    default:
      return null;
  }
}
