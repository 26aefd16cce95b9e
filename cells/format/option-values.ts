import { AppError } from "../errors.ts";
import type { Catchup, Retention } from "../model/options.ts";
import { parseCron } from "../partition/cron-syntax.ts";
import { parsePartitionMapping } from "../partition/parse-mapping.ts";
import { splitOutside, unquote } from "../partition/words.ts";
import { parsePositiveDuration } from "./duration.ts";

// Each reader takes the text of an attribute, and throws `attribute_invalid` saying what is wrong and what is allowed.

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text.trim());
    return word ?? fail(`write ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
  };
}

/** A whole number within bounds. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^[+-]?\d+$/.test(text.trim()) ? Number(text) + 0 : NaN;
    return number >= min && number <= max ? number : fail(`write a whole number from ${min} to ${max}`);
  };
}

/** A presence attribute that may also say `true` or `false`. */
export function parseFlag(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === "" || word === "true") return true;
  return word === "false" ? false : fail("write the attribute alone, or true or false");
}

/** Any text that is not blank, trimmed. */
export function parseText(text: string): string {
  return text.trim() === "" ? fail("it is empty; write something or take it out") : text.trim();
}

/** The name of a thing: letters, digits, `_` `-` `.` `/`. */
export function parseName(text: string): string {
  const name = text.trim();
  return /^[\p{L}\p{N}_$][\p{L}\p{N}_$./-]*$/u.test(name)
    ? name
    : fail("write one name of letters, digits, _ - . and /");
}

/** `sales tier=gold`: words and `name=value`, parted by blanks or commas; a word alone has the value "". */
export function parseTags(text: string): Readonly<Record<string, string>> {
  const tags = splitOutside(text, /[\s,]/).map((word): [string, string] => {
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) fail(`a tag has no name: ${JSON.stringify(word)}; write name or name=value`);
    return [parseName(unquote(name)), unquote(value ?? "")];
  });
  return Object.fromEntries(tags);
}

/** Names or addresses parted by blanks or commas. */
export function parseOwners(text: string): readonly string[] {
  return splitOutside(text, /[\s,]/).map(unquote);
}

/** `api.example.com *.example.org localhost:8080`: hosts that a notebook asks to reach, without scheme or path. */
export function parseHosts(text: string): readonly string[] {
  return splitOutside(text, /[\s,]/).map((word) => {
    const host = word.toLowerCase();
    const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 1);
    const valid = /^(?:(?:\*\.)?(?!-)[a-z0-9-]+(?:\.(?!-)[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(host);
    if (!valid || port < 1 || port > 65_535)
      fail(
        `invalid host: ${JSON.stringify(word)}; write hosts alone, as api.example.com, *.example.org or localhost:8080`,
      );
    return host;
  });
}

/** Cron expressions split by `;`. */
export function parseSchedule(text: string): readonly string[] {
  const crons = text
    .split(";")
    .filter((part) => part.trim() !== "")
    .map(parseCron);
  return crons.length > 0 ? crons : fail('it is empty; write a cron expression, as "0 6 * * *", or take it out');
}

/** `latest`, `all`, `none` or a number. */
export function parseCatchup(text: string): Catchup {
  const word = text.trim();
  if (word === "latest" || word === "all" || word === "none") return { type: word };
  if (/^[1-9]\d{0,5}$/.test(word)) return { type: "count", count: Number(word) };
  return fail("write latest, all, none or a number of ticks, as 5");
}

/** A JSON object of default values by name. */
export function parseParams(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError("attribute_invalid", `it is no JSON (${why}); write an object, as {"year": 2026}`, {
      cause: error,
    });
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return fail('it is no JSON object; write names with their defaults, as {"year": 2026}');
  const params: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const wrong = Object.keys(params).find((name) => !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name));
  if (wrong !== undefined) fail(`invalid name of a parameter: ${JSON.stringify(wrong)}; write an identifier, as year`);
  return params;
}

/** `400d` (an age) or `20 versions`. */
export function parseRetention(text: string): Retention {
  const count = /^([1-9]\d{0,8}) versions?$/.exec(text.trim())?.[1];
  if (count !== undefined) return { type: "versions", count: Number(count) };
  if (/versions?$/.test(text.trim())) return fail("write a number of versions above zero, as 20 versions");
  return { type: "age", ms: parsePositiveDuration(text) };
}

/** `orders: last 7; customers: all`: mapping by input. */
export function parseUpstream(text: string): Readonly<Record<string, string>> {
  const entries = splitOutside(text, /;/).map((part): [string, string] => {
    const colon = part.indexOf(":");
    const mapping = part.slice(colon + 1).trim();
    if (colon < 1) fail(`${JSON.stringify(part)} names no input; write it as orders: last 7`);
    parsePartitionMapping(mapping);
    return [parseName(part.slice(0, colon)), mapping];
  });
  const repeated = entries.find(([name], index) => entries.findIndex((other) => other[0] === name) < index);
  if (repeated) fail(`the input ${JSON.stringify(repeated[0])} stands twice; take one out`);
  return Object.fromEntries(entries);
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
