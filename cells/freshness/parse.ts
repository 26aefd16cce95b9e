import { AppError, messageOf } from "../errors.ts";
import { parsePositiveDuration } from "../format/duration.ts";
import { quote } from "../model/quote.ts";
import type { FreshnessPolicy } from "../model/options.ts";
import { parseCron } from "../partition/cron-syntax.ts";

const forms = 'write within 24h, within 24h warn 20h, or by "0 9 * * *" within 3h';

/**
 * Reads a `fresh` attribute: `within 24h`, `within 24h warn 20h`, or `by "0 9 * * *" within 3h` (the cron may stand without
 * quotes). Throws `attribute_invalid` with the column, from 1, in message and `data.column`.
 */
export function parseFreshness(text: string): FreshnessPolicy {
  const words = [...text.matchAll(/"[^"]*"|'[^']*'|[^\s"']+|["']/g)].map((match) => ({
    text: match[0],
    at: match.index,
  }));
  const [first] = words;
  if (first === undefined) fail(0, `it is empty; ${forms}`);
  if (first?.text === "within") return parseWithin(words, text);
  if (first?.text === "by") return parseBy(words, text);
  return fail(first.at, `${say(first)} is no policy; ${forms}`);
}

interface Word {
  readonly text: string;
  /** offset from 0 */
  readonly at: number;
}

function parseWithin(words: readonly Word[], text: string): FreshnessPolicy {
  const [, duration, warn, warnDuration, ...rest] = words;
  const ms = readDuration(duration, text, "within");
  if (warn === undefined) return { type: "within", ms };
  if (warn.text !== "warn") fail(warn.at, `${say(warn)} may not stand here; write warn and a duration, or nothing`);
  const warnMs = readDuration(warnDuration, text, "warn");
  if (warnMs >= ms)
    fail(
      warnDuration?.at ?? text.length,
      `it would warn after ${warnDuration?.text}, when it has failed; write less than ${duration?.text}`,
    );
  end(rest);
  return { type: "within", ms, warnMs };
}

function parseBy(words: readonly Word[], text: string): FreshnessPolicy {
  const within = words.findIndex((word) => word.text === "within");
  if (within < 0) fail(text.length, 'there is no "within"; write by "0 9 * * *" within 3h');
  const [cronWord] = words.slice(1, within);
  if (cronWord === undefined) fail(words[within]?.at ?? 0, 'there is no cron; write by "0 9 * * *" within 3h');
  const cronText = words
    .slice(1, within)
    .map((word) => word.text.replace(/^(["'])(.*)\1$/s, "$2"))
    .join(" ");
  const [, duration, ...rest] = words.slice(within);
  const cron = reading(cronWord.at, () => parseCron(cronText));
  const withinMs = readDuration(duration, text, "within");
  end(rest);
  return { type: "by", cron, withinMs };
}

function readDuration(word: Word | undefined, text: string, behind: string): number {
  if (word === undefined)
    return fail(text.trimEnd().length, `there is no duration behind ${behind}; write one, as 24h`);
  return reading(word.at, () => parsePositiveDuration(word.text));
}

function end([word]: readonly Word[]): void {
  if (word) fail(word.at, `${say(word)} may not stand here; ${forms}`);
}

function say(word: Word | undefined): string {
  return word === undefined ? "the end" : quote(word.text);
}

function reading<T>(at: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return fail(at, messageOf(error));
  }
}

function fail(at: number, message: string): never {
  throw new AppError("attribute_invalid", `${message} (column ${at + 1})`, { data: { column: at + 1 } });
}
