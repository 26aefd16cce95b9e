import { AppError } from "../errors.ts";
import { hasControlCharacter } from "../model/control-character.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Catchup, Retention } from "../model/options.ts";
import { quote } from "../model/quote.ts";
import { parseCron } from "../partition/cron-syntax.ts";
import { parsePartitionMapping } from "../partition/parse-mapping.ts";
import { failAt, type Piece, piecesOutside, readAt, unquote } from "../partition/words.ts";
import { parsePositiveDuration } from "./duration.ts";

// Each reader takes the text of an attribute, and throws `attribute_invalid` saying what is wrong and what is allowed; of several
// words, with the column of the one that is wrong in `data.column`.

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text.trim());
    return word ?? fail(`${didYouMean(text.trim(), words)}write ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
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
  if (text.trim() === "") fail("it is empty; write something or take it out");
  const odd = [...text].findIndex((character) => !/\s/.test(character) && hasControlCharacter(character));
  return odd === -1 ? text.trim() : failAt(odd, "it has a control character; take it out");
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
  const tags = new Map<string, string>();
  for (const { text: word, at } of wordsOf(text)) {
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) failAt(at, `a tag has no name: ${quote(word)}; write name or name=value`);
    const tag = unquote(name);
    if (!/^[\p{L}\p{N}_$][\p{L}\p{N}_$./-]*$/u.test(tag))
      failAt(at, `invalid name of a tag: ${quote(tag)}; write letters, digits, _ - . and /`);
    if (hasControlCharacter(value ?? "")) failAt(at, `the tag ${tag} has a control character; take it out`);
    if (tags.has(tag)) failAt(at, `the tag ${tag} stands twice; take one out`);
    tags.set(tag, unquote(value ?? ""));
  }
  return Object.fromEntries(tags);
}

/** Names or addresses parted by blanks or commas. */
export function parseOwners(text: string): readonly string[] {
  const owners = new Set<string>();
  for (const { text: word, at } of wordsOf(text)) {
    const owner = unquote(word);
    if (hasControlCharacter(owner)) failAt(at, "an owner has a control character; take it out");
    if (owners.has(owner)) failAt(at, `the owner ${quote(owner)} stands twice; take one out`);
    owners.add(owner);
  }
  return [...owners];
}

/** `load sales/load`: names of assets, of other notebooks by their path. */
export function parseAfter(text: string): readonly string[] {
  const names = new Set<string>();
  for (const { text: word, at } of wordsOf(text)) {
    const name = unquote(word);
    if (!/(?:^|\/)[^\s/]+$/.test(name))
      failAt(at, `${quote(word)} is no name of an asset; write it as orders, or sales/orders`);
    if (names.has(name)) failAt(at, `${quote(name)} stands twice; take one out`);
    names.add(name);
  }
  return [...names];
}

/** `api.example.com *.example.org localhost:8080`: hosts that a notebook asks to reach, without scheme or path. */
export function parseHosts(text: string): readonly string[] {
  return wordsOf(text).map(({ text: word, at }) => {
    const host = word.toLowerCase();
    const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 1);
    const valid = /^(?:(?:\*\.)?(?!-)[a-z0-9-]+(?:\.(?!-)[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(host);
    if (!valid || port < 1 || port > 65_535)
      failAt(
        at,
        `invalid host: ${quote(word)}; write hosts alone, as api.example.com, *.example.org or localhost:8080`,
      );
    return host;
  });
}

/** Cron expressions split by `;`. */
export function parseSchedule(text: string): readonly string[] {
  const crons: string[] = [];
  let at = 0;
  for (const part of text.split(";")) {
    if (part.trim() !== "")
      crons.push(readAt(at + part.length - part.trimStart().length, () => parseCron(part.trim())));
    at += part.length + 1;
  }
  return crons.length > 0 ? crons : fail('it is empty; write a cron expression, as "0 6 * * *", or take it out');
}

/** `latest`, `all`, `none` or a number. */
export function parseCatchup(text: string): Catchup {
  const word = text.trim();
  if (word === "latest" || word === "all" || word === "none") return { type: word };
  if (/^[1-9]\d{0,5}$/.test(word)) return { type: "count", count: Number(word) };
  return fail(`${didYouMean(word, ["latest", "all", "none"])}write latest, all, none or a number of ticks, as 5`);
}

/** A JSON object of default values by name. */
export function parseParams(text: string): Readonly<Record<string, unknown>> {
  const right = 'write an object, as {"year": 2026}';
  if (text.trim() === "") fail(`it is empty; ${right}, or take it out`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // where an engine names no position, the text ends too early
    const column = Number(/\bposition (\d+)/.exec(why)?.[1] ?? text.trimEnd().length) + 1;
    throw new AppError(
      "attribute_invalid",
      `it is no JSON (${why.replace(/ \(line \d+ column \d+\)$/, "")}); ${right}`,
      {
        data: { column },
        cause: error,
      },
    );
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return fail('it is no JSON object; write names with their defaults, as {"year": 2026}');
  const params: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const wrong = Object.keys(params).find((name) => !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name));
  if (wrong !== undefined)
    failAt(
      Math.max(0, text.indexOf(JSON.stringify(wrong))),
      `invalid name of a parameter: ${quote(wrong)}; write an identifier, as year`,
    );
  return params;
}

/** `400d` (an age) or `20 versions`. */
export function parseRetention(text: string): Retention {
  const retention = text.trim();
  const count = /^([1-9]\d{0,8}) versions?$/.exec(retention)?.[1];
  if (count !== undefined) return { type: "versions", count: Number(count) };
  if (/versions?$/.test(retention)) return fail("write a number of versions above zero, as 20 versions");
  if (/^\d*$/.test(retention)) return fail("write an age, as 400d, or a number of versions, as 20 versions");
  return { type: "age", ms: parsePositiveDuration(text) };
}

/** `orders: last 7; customers: all`: mapping by input. */
export function parseUpstream(text: string): Readonly<Record<string, string>> {
  const upstream = new Map<string, string>();
  const parts = piecesOutside({ text, at: 0 }, /;/);
  if (parts.length === 0) fail("it is empty; write an input and its mapping, as orders: last 7, or take it out");
  for (const part of parts) {
    const colon = part.text.indexOf(":");
    if (colon < 1) failAt(part.at, `${quote(part.text)} names no input; write it as orders: last 7`);
    const name = readAt(part.at, () => parseName(part.text.slice(0, colon)));
    if (upstream.has(name)) failAt(part.at, `the input ${quote(name)} stands twice; take one out`);
    const behind = part.text.slice(colon + 1);
    const mapping = behind.trim();
    readAt(part.at + part.text.length - mapping.length, () => parsePartitionMapping(mapping));
    upstream.set(name, mapping);
  }
  return Object.fromEntries(upstream);
}

/** Words parted by blanks or commas, at least one. */
function wordsOf(text: string): readonly Piece[] {
  const words = piecesOutside({ text, at: 0 }, /[\s,]/);
  return words.length > 0 ? words : fail("it is empty; write something or take it out");
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
