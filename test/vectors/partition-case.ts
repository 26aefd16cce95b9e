import { parseCron } from "../../cells/partition/cron-syntax.ts";
import type { DimensionPartitions, Partitions, TimePartitions } from "../../cells/partition/definition.ts";
import { parseLocalTime, type LocalTime } from "../../cells/partition/local-time.ts";
import { zoneChangesOf } from "../../cells/partition/tick-index.ts";

/** A definition as the vector files have it. */
export interface RecordedDefinition {
  readonly type: "hourly" | "daily" | "weekly" | "monthly" | "cron" | "static" | "dynamic" | "multi";
  readonly start?: string;
  readonly end?: string;
  readonly timezone?: string;
  readonly fmt?: string;
  readonly cron?: string;
  readonly minute_offset?: number;
  readonly hour_offset?: number;
  readonly day_offset?: number;
  readonly end_offset?: number;
  readonly exclusions?: readonly string[];
  readonly keys?: readonly string[];
  readonly name?: string;
  readonly dimensions?: Readonly<Record<string, RecordedDefinition>>;
}

/** The definition in our words. Throws where it is none. */
export function partitionsOf(recorded: RecordedDefinition): Partitions {
  if (recorded.type !== "multi") return dimensionOf(recorded);
  const dimensions = Object.entries(recorded.dimensions ?? {});
  return { type: "multi", dimensions: dimensions.map(([name, own]) => ({ name, partitions: dimensionOf(own) })) };
}

/** The time definition in our words. Throws where it is none. */
export function timePartitionsOf(recorded: RecordedDefinition): TimePartitions {
  const partitions = dimensionOf(recorded);
  if (partitions.type !== "time") throw new Error(`not of time: ${recorded.type}`);
  return partitions;
}

/** When a case takes place: its `now` in the zone of the definition, or the present. */
export function instantOf(now: string | null | undefined, timezone: string): number {
  if (now === undefined || now === null) return Date.now();
  if (/Z$|[+-]\d\d:\d\d$/.test(now)) return Date.parse(now);
  return zoneChangesOf(timezone).instantOf(Date.parse(`${localTime(now)}Z`));
}

/** Reads the ways in which the files write a time: `2021-05-05`, `2021-05-05-01:00`, `2021-05-05_00`, with an offset behind it. */
function localTime(text: string): LocalTime {
  const [, date, hour = "00", minute = "00", second = "00"] =
    /^(\d{4}-\d\d-\d\d)(?:[-_ T](\d\d)(?::(\d\d))?(?::(\d\d))?(?:\.\d+)?(?:[+-]\d{4})?)?$/.exec(text) ?? [];
  if (date === undefined) throw new Error(`no time: ${text}`);
  return parseLocalTime(`${date}T${hour}:${minute}:${second}`);
}

function dimensionOf(recorded: RecordedDefinition): DimensionPartitions {
  if (recorded.type === "static") return { type: "static", keys: recorded.keys ?? [] };
  if (recorded.type === "dynamic") return { type: "dynamic", name: recorded.name ?? "" };
  if (recorded.type === "multi") throw new Error("a dimension has no dimensions");
  return {
    type: "time",
    every: recorded.type,
    cron: parseCron(cronOf(recorded)),
    from: localTime(recorded.start ?? ""),
    to: recorded.end === undefined ? null : localTime(recorded.end),
    timezone: recorded.timezone ?? "UTC",
    offset: recorded.end_offset ?? 0,
    format: recorded.fmt ?? null,
    exclude: (recorded.exclusions ?? []).map((text) =>
      text.includes("*") ? { type: "cron", cron: parseCron(text) } : { type: "time", time: localTime(text) },
    ),
  };
}

function cronOf({ type, cron = "", minute_offset = 0, hour_offset = 0, day_offset }: RecordedDefinition): string {
  if (type === "hourly") return `${minute_offset} * * * *`;
  if (type === "daily") return `${minute_offset} ${hour_offset} * * *`;
  if (type === "weekly") return `${minute_offset} ${hour_offset} * * ${day_offset ?? 0}`;
  return type === "monthly" ? `${minute_offset} ${hour_offset} ${day_offset ?? 1} * *` : cron;
}
