import { isRecord } from "../../cells/protocol/envelope.ts";
import { sayTime } from "./say.ts";

/** What started a run, in a few words. */
export function sayTrigger(trigger: unknown): string {
  if (!isRecord(trigger)) return "";
  switch (trigger["type"]) {
    case "manual":
      return "by hand";
    case "schedule":
      return typeof trigger["tick"] === "number"
        ? `schedule, tick of ${sayTime(trigger["tick"]).slice(0, 16)}`
        : "schedule";
    case "retry":
      return typeof trigger["of"] === "string" ? `retry of ${trigger["of"].slice(0, 8)}` : "retry";
    case "automation":
      return "automation";
    case "sensor":
      return typeof trigger["sensor"] === "string" ? `sensor ${trigger["sensor"]}` : "sensor";
    case "backfill":
      return typeof trigger["backfill"] === "string" ? `backfill ${trigger["backfill"].slice(0, 8)}` : "backfill";
    case "reported":
      return typeof trigger["file"] === "string" ? `reported from ${trigger["file"]}` : "reported";
    default:
      return "by another program";
  }
}
