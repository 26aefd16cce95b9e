import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import { parseCron } from "./cron-syntax.ts";
import type {
  DimensionPartitions,
  DynamicPartitions,
  Exclusion,
  Partitions,
  QueriedPartitions,
  StaticPartitions,
  TimePartitions,
} from "./definition.ts";
import { keySeparator, problemOfName, rangeSeparator } from "./key-text.ts";
import { parseLocalTime } from "./local-time.ts";
import { parseTimeZone } from "./time-zone.ts";
import { failAt, type Piece, piecesOutside, readAt, splitOutside, unquote } from "./words.ts";

const crons = { hourly: "0 * * * *", daily: "0 0 * * *", weekly: "0 0 * * 0", monthly: "0 0 1 * *" } as const;
const options = ["from", "to", "tz", "offset", "format", "exclude"];
const kindWords = ["hourly", "daily", "weekly", "monthly", "cron", "static", "dynamic"];
const kinds = 'hourly, daily, weekly, monthly, cron("…"), static or dynamic';

/**
 * Reads a `partitions` attribute: `daily from=2024-01-01 tz=Europe/Berlin`, `static eu us asia`, `static from regions.region`, `dynamic customers`, or
 * several named dimensions, `date: daily from=2024-01-01; region: static eu us`. Throws `attribute_invalid` naming the
 * kind, option or value that is wrong, with its column in `data.column`.
 */
export function parsePartitions(text: string): Partitions {
  const parts = piecesOutside({ text, at: 0 }, /;/);
  const [only] = parts;
  if (only === undefined) failAt(0, `there is no definition; write ${kinds}`);
  if (parts.length === 1 && !dimension.test(only.text)) return parseDimension(only);
  const seen = new Set<string>();
  const dimensions = parts.map((part) => {
    const match = dimension.exec(part.text);
    if (match?.[1] === undefined)
      failAt(part.at, `${quote(part.text)} has no name; name each of several dimensions, as region: static eu us`);
    const [whole, name] = match;
    if (seen.has(name)) failAt(part.at, `two dimensions are named ${quote(name)}; rename one`);
    seen.add(name);
    return { name, partitions: parseDimension({ text: part.text.slice(whole.length), at: part.at + whole.length }) };
  });
  return { type: "multi", dimensions };
}

const dimension = /^([A-Za-z_]\w*)\s*:/;

function parseDimension(piece: Piece): DimensionPartitions {
  const [first, ...words] = piecesOutside(piece, /\s/);
  if (first === undefined) failAt(piece.at, `a dimension has no definition; write ${kinds}`);
  const kind = first.text;
  if (kind === "static") return words[0]?.text === "from" ? parseQueried(words) : parseStatic(first, words);
  if (kind === "dynamic") return parseDynamic(first, words);
  if (kind === "hourly" || kind === "daily" || kind === "weekly" || kind === "monthly")
    return parseTime(kind, crons[kind], first, words);
  const cron = cronCall(first);
  if (cron !== null) return parseTime("cron", cron, first, words);
  return failAt(first.at, `unknown kind of partitions: ${quote(kind)}; ${didYouMean(kind, kindWords)}write ${kinds}`);
}

function parseStatic(kind: Piece, words: readonly Piece[]): StaticPartitions {
  const keys = new Set<string>();
  for (const { text, at } of words) {
    if (/^\w+=/.test(text)) failAt(at, `static takes keys alone, not the option ${quote(text)}; quote a key with "="`);
    const key = unquote(text);
    const problem = problemOfName(key);
    if (problem !== null) failAt(at, problem);
    if (keys.has(key)) failAt(at, `the key ${quote(key)} stands twice; take one out`);
    keys.add(key);
  }
  if (keys.size === 0) failAt(kind.at, "static has no keys; write them behind it, as static eu us asia");
  return { type: "static", keys: [...keys] };
}

function parseQueried([from, reference, ...others]: readonly Piece[]): QueriedPartitions {
  const parts = reference === undefined || others.length > 0 ? [] : splitOutside(reference.text, /\./).map(unquote);
  const [column = "", asset = "", notebook = null] = parts.toReversed();
  if (parts.length < 2 || parts.length > 3 || parts.includes("")) {
    const said = [...(reference === undefined ? [] : [reference]), ...others].map(({ text }) => text).join(" ");
    failAt(
      (reference ?? from)?.at ?? 0,
      `static from takes one column of an asset, not ${quote(said)}; write it as static from regions.region, of another notebook static from sales.regions.region; quote a key that is called "from"`,
    );
  }
  return { type: "queried", notebook, asset, column };
}

function parseDynamic(kind: Piece, [name, ...others]: readonly Piece[]): DynamicPartitions {
  if (name === undefined || others.length > 0 || !/^[\w-]+$/.test(name.text)) {
    const said = [...(name === undefined ? [] : [name]), ...others].map(({ text }) => text).join(" ");
    failAt((name ?? kind).at, `dynamic takes one name, not ${quote(said)}; write it as dynamic customers`);
  }
  return { type: "dynamic", name: name.text };
}

function parseTime(every: TimePartitions["every"], cron: string, kind: Piece, words: readonly Piece[]): TimePartitions {
  const given = new Map<string, Piece>();
  const exclude: Exclusion[] = [];
  for (const { text, at } of words) {
    const [, name = text, equals = "", value = ""] = /^([^=]+)(=)?(.*)$/s.exec(text) ?? [];
    if (!options.includes(name) || equals === "")
      failAt(
        at,
        `unknown option of ${every}: ${quote(name)}; ${didYouMean(name, options)}write ${options.map((o) => `${o}=`).join(", ")}`,
      );
    if (value === "") failAt(at, `the option ${name} has no value; write it behind ${name}= or take it out`);
    const piece = { text: unquote(value), at: at + text.length - value.length + (unquote(value) === value ? 0 : 1) };
    if (name === "exclude") exclude.push(...parseExclude(piece));
    else if (given.has(name)) failAt(at, `the option ${name} stands twice; take one out`);
    else given.set(name, piece);
  }
  const read = <T>(name: string, parse: (text: string) => T): T | null => {
    const value = given.get(name);
    return value === undefined ? null : readAt(value.at, () => parse(value.text));
  };
  const from = read("from", parseLocalTime);
  if (from === null) failAt(kind.at, `${every} has no beginning; write from=, as ${every} from=2024-01-01`);
  const to = read("to", parseLocalTime);
  if (to !== null && to <= from)
    failAt(
      given.get("to")?.at ?? kind.at,
      `to=${given.get("to")?.text} is not after from=${given.get("from")?.text}; write a later end`,
    );
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

function parseExclude(piece: Piece): readonly Exclusion[] {
  return piecesOutside(piece, /,/).map((item) => {
    const cron = cronCall(item);
    if (cron !== null) return { type: "cron", cron };
    const time = readAt(item.at, () => parseLocalTime(item.text));
    return item.text.includes("T") ? { type: "time", time } : { type: "date", date: time };
  });
}

function parseOffset(text: string): number {
  if (!/^[+-]?\d{1,6}$/.test(text)) failAt(0, `invalid offset: ${quote(text)}; write a number of windows, as 1 or -1`);
  return Number(text) + 0;
}

function parseFormat(text: string): string {
  const directives = Array.from(`${text} `.matchAll(/%(.)/gsu), (match) => match[1] ?? "");
  if (
    directives.some((directive) => !"YmdHMSjVGz%".includes(directive)) ||
    !directives.some((d) => d === "Y" || d === "G")
  )
    failAt(0, `invalid format: ${quote(text)}; write a pattern of %Y %m %d %H %M %S %j %G %V %z that has a year`);
  if (text.includes(keySeparator) || text.includes(rangeSeparator))
    failAt(0, `invalid format: ${quote(text)}; a key has neither "|" nor ".."; write something else`);
  return text;
}

/** The expression within `cron("…")`, or null where the text is no such call. */
function cronCall({ text, at }: Piece): string | null {
  const [, open = "", inner] = /^(cron\(\s*)(.*)\)$/s.exec(text) ?? [];
  return inner === undefined ? null : readAt(at + open.length, () => parseCron(unquote(inner.trim())));
}
