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
      return `${sayAsset(cause.input, reader.notebook)} has ${age} data${when}`;
    }
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

function sayInput(input: string, reader: Reader): string {
  return input.startsWith("file:") ? `file ${input.slice(5)}` : sayAsset(AssetKey.parse(input), reader.notebook);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment in the reader's zone: `09:02` today, `2026-01-31 09:02` on any other day. */
export function sayTime(at: number, { timezone, now }: Pick<Reader, "timezone" | "now">): string {
  // Swedish writes dates as ISO 8601 does
  const format =
    formats.get(timezone) ??
    new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: timezone });
  formats.set(timezone, format);
  const text = format.format(at);
  return text.slice(0, 10) === format.format(now).slice(0, 10) ? text.slice(11) : text;
}
