import type { RunState, StepError, StepState } from "../../cells/model/run.ts";
import type { WireError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

/** What happened on the server, as far as pages care; the rest is `other`. */
type ServerFact =
  | {
      readonly type: "notebook_published" | "notebook_unpublished" | "notebook_changed" | "notebook_removed";
      readonly path: string;
      readonly revision: string | null;
    }
  | { readonly type: "run_changed"; readonly run: string; readonly state: RunState; readonly error: WireError | null }
  | {
      readonly type: "step_changed";
      readonly run: string;
      readonly asset: string;
      readonly partition: string;
      readonly state: StepState;
      readonly reason: string;
      readonly error: StepError | null;
    }
  | { readonly type: "materialized"; readonly run: string; readonly asset: string; readonly rows: number | null }
  | {
      readonly type: "log";
      readonly run: string;
      readonly asset: string | null;
      readonly cell: number | null;
      readonly level: string;
      readonly text: string;
    }
  | { readonly type: "other"; readonly name: string };

/** A fact with its place in the server's log. */
export interface ServerEvent {
  readonly seq: number;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly fact: ServerFact;
}

const told = ["notebook_changed", "notebook_removed"];

/** Whether an event is told as it happens, under the number of the last one in the log, and is in no log itself. */
export function isPassing({ fact }: ServerEvent): boolean {
  return told.includes(fact.type);
}

/** Reads an event as the server sends it; null for what is none. */
export function readEvent(value: unknown): ServerEvent | null {
  if (
    !isRecord(value) ||
    typeof value["seq"] !== "number" ||
    typeof value["at"] !== "number" ||
    !isRecord(value["event"])
  )
    return null;
  const event = value["event"];
  return { seq: value["seq"], at: value["at"], fact: readFact(event) };
}

function readFact(event: Readonly<Record<string, unknown>>): ServerFact {
  const type = text(event["type"]) ?? "";
  const run = text(event["run"]);
  const asset = text(event["asset"]);
  const path = text(event["path"]);
  switch (type) {
    case "notebook_published":
    case "notebook_unpublished":
    case "notebook_changed":
    case "notebook_removed":
      return path === null ? { type: "other", name: type } : { type, path, revision: text(event["revision"]) };
    case "run_changed":
      // the server's own words: they were typed when it wrote them
      return run === null
        ? { type: "other", name: type }
        : { type, run, state: event["state"] as RunState, error: (event["error"] ?? null) as WireError | null };
    case "step_changed":
      return run === null || asset === null
        ? { type: "other", name: type }
        : {
            type,
            run,
            asset,
            partition: text(event["partition"]) ?? "",
            state: event["state"] as StepState,
            reason: text(event["reason"]) ?? "",
            error: (event["error"] ?? null) as StepError | null,
          };
    case "materialized":
      return run === null || asset === null
        ? { type: "other", name: type }
        : { type, run, asset, rows: typeof event["rows"] === "number" ? event["rows"] : null };
    case "log":
      return run === null
        ? { type: "other", name: type }
        : {
            type,
            run,
            asset,
            cell: typeof event["cell"] === "number" ? event["cell"] : null,
            level: text(event["level"]) ?? "log",
            text: text(event["text"]) ?? "",
          };
    default:
      return { type: "other", name: type };
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
