import { AppError } from "../errors.ts";
import { parseCron } from "./cron-syntax.ts";
import type {
  DimensionPartitions,
  DynamicPartitions,
  Exclusion,
  Partitions,
  StaticPartitions,
  TimePartitions,
} from "./definition.ts";
import { keySeparator, problemOfName, rangeSeparator } from "./key-text.ts";
import { parseLocalTime } from "./local-time.ts";
import { parseTimeZone } from "./time-zone.ts";
import { splitOutside, unquote } from "./words.ts";

const crons = { hourly: "0 * * * *", daily: "0 0 * * *", weekly: "0 0 * * 0", monthly: "0 0 1 * *" } as const;
const options = ["from", "to", "tz", "offset", "format", "exclude"];
const kinds = 'hourly, daily, weekly, monthly, cron("…"), static or dynamic';

/**
 * Reads a `partitions` attribute: `daily from=2024-01-01 tz=Europe/Berlin`, `static eu us asia`, `dynamic customers`, or
 * several named dimensions, `date: daily from=2024-01-01; region: static eu us`. Throws `attribute_invalid` naming the
 * kind, option or value that is wrong.
 */
export function parsePartitions(text: string): Partitions {
  const parts = splitOutside(text, /;/);
  const [only] = parts;
  if (only === undefined) fail(`there is no definition; write ${kinds}`);
  if (parts.length === 1 && !dimension.test(only)) return parseDimension(only);
  const dimensions = parts.map((part) => {
    const match = dimension.exec(part);
    if (match?.[1] === undefined)
      fail(`${JSON.stringify(part)} has no name; name each of several dimensions, as region: static eu us`);
    return { name: match[1], partitions: parseDimension(part.slice(match[0].length).trim()) };
  });
  const repeated = dimensions.find(({ name }, index) => dimensions.findIndex((other) => other.name === name) < index);
  if (repeated) fail(`two dimensions are named ${JSON.stringify(repeated.name)}; rename one`);
  return { type: "multi", dimensions };
}

const dimension = /^([A-Za-z_]\w*)\s*:/;

function parseDimension(text: string): DimensionPartitions {
  const [kind, ...words] = splitOutside(text, /\s/);
  if (kind === undefined) fail(`a dimension has no definition; write ${kinds}`);
  if (kind === "static") return parseStatic(words);
  if (kind === "dynamic") return parseDynamic(words);
  if (kind === "hourly" || kind === "daily" || kind === "weekly" || kind === "monthly")
    return parseTime(kind, crons[kind], words);
  const cron = cronCall(kind);
  if (cron !== null) return parseTime("cron", cron, words);
  return fail(`unknown kind of partitions: ${JSON.stringify(kind)}; write ${kinds}`);
}

function parseStatic(words: readonly string[]): StaticPartitions {
  const keys = words.map((word) => {
    if (/^\w+=/.test(word))
      fail(`static takes keys alone, not the option ${JSON.stringify(word)}; quote a key with "="`);
    const key = unquote(word);
    const problem = problemOfName(key);
    return problem === null ? key : fail(problem);
  });
  if (keys.length === 0) fail("static has no keys; write them behind it, as static eu us asia");
  const repeated = keys.find((key, index) => keys.indexOf(key) < index);
  if (repeated !== undefined) fail(`the key ${JSON.stringify(repeated)} stands twice; take one out`);
  return { type: "static", keys };
}

function parseDynamic(words: readonly string[]): DynamicPartitions {
  const [name, ...others] = words;
  if (name === undefined || others.length > 0 || !/^[\w-]+$/.test(name))
    fail(`dynamic takes one name, not ${JSON.stringify(words.join(" "))}; write it as dynamic customers`);
  return { type: "dynamic", name };
}

function parseTime(every: TimePartitions["every"], cron: string, words: readonly string[]): TimePartitions {
  const given = new Map<string, string>();
  const exclude: Exclusion[] = [];
  for (const word of words) {
    const match = /^([^=]+)=(.+)$/s.exec(word);
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined || !options.includes(name))
      fail(
        `unknown option of ${every}: ${JSON.stringify(name ?? word)}; write ${options.map((o) => `${o}=`).join(", ")}`,
      );
    if (name === "exclude") exclude.push(...parseExclude(value));
    else if (given.has(name)) fail(`the option ${name} stands twice; take one out`);
    else given.set(name, unquote(value));
  }
  const read = <T>(name: string, parse: (text: string) => T): T | null => {
    const value = given.get(name);
    return value === undefined ? null : parse(value);
  };
  const from = read("from", parseLocalTime);
  if (from === null) fail(`${every} has no beginning; write from=, as ${every} from=2024-01-01`);
  const to = read("to", parseLocalTime);
  if (to !== null && to <= from)
    fail(`to=${given.get("to")} is not after from=${given.get("from")}; write a later end`);
  return {
    type: "time",
    every,
    cron,
    from,
    to,
    timezone: read("tz", parseTimeZone),
    offset: read("offset", parseOffset) ?? 0,
    format: read("format", parseFormat),
    exclude,
  };
}

function parseExclude(text: string): readonly Exclusion[] {
  return splitOutside(unquote(text), /,/).map((item) => {
    const cron = cronCall(item);
    if (cron !== null) return { type: "cron", cron };
    const time = parseLocalTime(item);
    return item.includes("T") ? { type: "time", time } : { type: "date", date: time };
  });
}

function parseOffset(text: string): number {
  if (!/^[+-]?\d{1,6}$/.test(text))
    fail(`invalid offset: ${JSON.stringify(text)}; write a number of windows, as 1 or -1`);
  return Number(text) + 0;
}

function parseFormat(text: string): string {
  const directives = Array.from(`${text} `.matchAll(/%(.)/gsu), (match) => match[1] ?? "");
  if (
    directives.some((directive) => !"YmdHMSjVGz%".includes(directive)) ||
    !directives.some((d) => d === "Y" || d === "G")
  )
    fail(`invalid format: ${JSON.stringify(text)}; write a pattern of %Y %m %d %H %M %S %j %G %V %z that has a year`);
  if (text.includes(keySeparator) || text.includes(rangeSeparator))
    fail(`invalid format: ${JSON.stringify(text)}; a key has neither "|" nor ".."; write something else`);
  return text;
}

/** The expression within `cron("…")`, or null where the text is no such call. */
function cronCall(text: string): string | null {
  const inner = /^cron\((.*)\)$/s.exec(text)?.[1]?.trim();
  return inner === undefined ? null : parseCron(unquote(inner));
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
