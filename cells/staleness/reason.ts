import { AssetKey } from "../model/asset-key.ts";
import type { Cause } from "./cause.ts";

/** Whoever reads a reason: which notebook's names go without saying, and when and where it is now. */
export interface Reader {
  /** the notebook's key, without `.html` */
  readonly notebook: string;
  readonly timezone: string;
  readonly now: number;
}

/** The name of an asset as a reader in `notebook` would say it: its own by name, another's by key. */
export function sayAsset(key: AssetKey, notebook: string): string {
  return AssetKey.notebook(key) === notebook ? AssetKey.name(key) : key;
}

/** Causes as one clause: `its code changed and orders has newer data (09:02)`. */
export function sayCauses(causes: readonly Cause[], madeAt: number, reader: Reader): string {
  const [first, second, ...rest] = causes.map((cause) => sayCause(cause, madeAt, reader));
  if (first === undefined) return "";
  if (second === undefined) return first;
  return rest.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${rest.length} more`;
}

function sayCause(cause: Cause, madeAt: number, reader: Reader): string {
  switch (cause.type) {
    case "code":
      return "its code changed";
    case "dependency":
      return `it ${cause.change === "added" ? "now" : "no longer"} reads ${sayInput(cause.input, reader)}`;
    case "data": {
      const age = cause.at === null || cause.at >= madeAt ? "newer" : "other";
      const when = cause.at === null ? "" : ` (${sayTime(cause.at, reader)})`;
      return `${sayAsset(cause.input, reader.notebook)}${sayPartitions(cause.causes)} has ${age} data${when}`;
    }
    case "pending":
      return `${sayAsset(cause.input, reader.notebook)} is not up to date`;
    case "missing":
      return `${sayAsset(cause.asset, reader.notebook)} was never materialized`;
    case "failed":
      return `the last run of ${sayAsset(cause.asset, reader.notebook)} failed`;
    case "materialized":
      return `${sayAsset(cause.asset, reader.notebook)} was materialized (${sayTime(cause.at, reader)})`;
    case "file":
      return `file ${cause.file} changed`;
    case "expired":
      return `its result was good until ${sayTime(cause.at, reader)}`;
    case "params":
      return "its params changed";
    case "engine":
      return `it was made by ${cause.was}`;
  }
}

/** ` for 2026-01-31`, ` for 3 partitions`: which partitions of an input changed, where it has any. */
function sayPartitions(causes: readonly Cause[]): string {
  const partitions = causes.flatMap((cause) => (cause.type === "materialized" ? (cause.partition ?? []) : []));
  if (partitions.length === 0) return "";
  return partitions.length === 1 ? ` for ${partitions.join("")}` : ` for ${partitions.length} partitions`;
}

function sayInput(input: string, reader: Reader): string {
  return input.startsWith("file:") ? `file ${input.slice(5)}` : sayAsset(AssetKey.parse(input), reader.notebook);
}

/** A zone's clock, and what it said lately: 10,000 assets of one run share a few minutes. */
interface Clock {
  readonly format: Intl.DateTimeFormat;
  /** null for UTC, in which all other times are told */
  readonly zone: Intl.DateTimeFormat | null;
  readonly said: Map<number, string>;
}

const clocks = new Map<string, Clock>();
const rememberedMinutes = 10_000;

/** A moment in the reader's zone: `09:02` today, `2026-01-31 09:02` on any other day; ` EST`, ` GMT+1` behind it where that is not UTC. */
export function sayTime(at: number, { timezone, now }: Pick<Reader, "timezone" | "now">): string {
  const text = sayMinute(timezone, at);
  return text.slice(0, 10) === sayMinute(timezone, now).slice(0, 10) ? text.slice(11) : text;
}

function sayMinute(timezone: string, at: number): string {
  let clock = clocks.get(timezone);
  if (!clock) {
    // Swedish writes dates as ISO 8601 does
    const format = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: timezone });
    const zone =
      timezone === "UTC" ? null : new Intl.DateTimeFormat("en-US", { timeZone: timezone, timeZoneName: "short" });
    clock = { format, zone, said: new Map() };
    clocks.set(timezone, clock);
  }
  const minute = Math.floor(at / 60_000);
  const known = clock.said.get(minute);
  if (known !== undefined) return known;
  if (clock.said.size >= rememberedMinutes) clock.said.clear();
  const name = clock.zone?.formatToParts(minute * 60_000).find(({ type }) => type === "timeZoneName")?.value;
  const text = `${clock.format.format(minute * 60_000)}${name === undefined ? "" : ` ${name}`}`;
  clock.said.set(minute, text);
  return text;
}
