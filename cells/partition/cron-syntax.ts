import { AppError } from "../errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
  /** what else one value of this field may be */
  readonly special: RegExp | null;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly Field[] = [
  { name: "second", min: 0, max: 59, names: [], special: null },
  { name: "minute", min: 0, max: 59, names: [], special: null },
  { name: "hour", min: 0, max: 23, names: [], special: null },
  { name: "day of month", min: 1, max: 31, names: [], special: /^(?:l|lw|(?:[1-9]|[12]\d|3[01])w)$/ },
  { name: "month", min: 1, max: 12, names: months, special: null },
  { name: "day of week", min: 0, max: 7, names: days, special: /^(?:[0-7]|sun|mon|tue|wed|thu|fri|sat)(?:l|#[1-5])$/ },
];
const nicknames: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What each field of a cron expression allows, in order; null where it allows all, or what the calendar decides (`L`, `15W`). */
export interface CronFields {
  readonly seconds: readonly number[] | null;
  readonly minutes: readonly number[] | null;
  readonly hours: readonly number[] | null;
  readonly daysOfMonth: readonly number[] | null;
  readonly months: readonly number[] | null;
  readonly daysOfWeek: readonly number[] | null;
}

/**
 * Reads a cron expression: five fields, or six with seconds first, or a nickname as `@daily`. It answers the text, with
 * single spaces. What it means is the affair of the schedule. Throws `attribute_invalid` naming the field and its bounds.
 */
export function parseCron(text: string): string {
  const cron = text.trim().split(/\s+/).join(" ");
  readCronFields(cron);
  return cron;
}

/** The fields of a cron expression, a nickname written out. Throws as `parseCron` does. */
export function readCronFields(text: string): CronFields {
  const cron = spelledOut(text.trim().split(/\s+/).join(" "));
  if (cron.startsWith("@"))
    fail(
      `${quote(cron)} is no cron nickname; ${didYouMean(cron, Object.keys(nicknames))}write one of ${Object.keys(nicknames).join(", ")}`,
    );
  const parts = cron === "" ? [] : cron.split(" ");
  if (parts.length !== 5 && parts.length !== 6)
    fail(
      `${quote(cron)} is no cron expression: it has ${parts.length} field${parts.length === 1 ? "" : "s"}; write five (minute hour day month weekday), or six with seconds first`,
    );
  const read = fields.slice(6 - parts.length).map((field, index) => readField(parts[index] ?? "", field, cron));
  const [minutes = null, hours = null, daysOfMonth = null, monthsOfYear = null, daysOfWeek = null] = read.slice(-5);
  if (daysOfMonth && monthsOfYear && !daysOfWeek) {
    const longest = Math.max(...monthsOfYear.map((month) => longestMonths[month - 1] ?? 0));
    if (Math.min(...daysOfMonth) > longest)
      fail(`cron ${quote(cron)} never happens: no such day in that month; choose another day`);
  }
  const seconds = read.length === 6 ? (read[0] ?? null) : [0];
  return { seconds, minutes, hours, daysOfMonth, months: monthsOfYear, daysOfWeek };
}

/** The fields that a nickname such as `@daily` stands for; any other text as it is. */
export function spelledOut(cron: string): string {
  return nicknames[cron.toLowerCase()] ?? cron;
}

/** The values that a field allows, or null where it allows all or its values depend on the calendar (`L`, `15W`). */
function readField(text: string, field: Field, cron: string): readonly number[] | null {
  const values: number[] = [];
  let open = false;
  for (const item of text.toLowerCase().split(",")) {
    if (item === "*" || item === "?" || field.special?.test(item)) {
      open = true;
      continue;
    }
    const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
    if (match === null) wrong(item, field, cron);
    const [, first, second, stepText] = match;
    if (first !== undefined && second === undefined && stepText !== undefined)
      fail(
        `cron ${quote(cron)}: a step needs a range, not ${quote(item)} as ${field.name}; write */${stepText} or ${first}-${field.max}/${stepText}`,
      );
    const from = first === undefined ? field.min : value(first, field);
    const to = first === undefined ? field.max : second === undefined ? from : value(second, field);
    const step = stepText === undefined ? 1 : Number(stepText);
    if (from === null || to === null || step < 1 || step > field.max) wrong(item, field, cron);
    if (from > to)
      fail(
        `cron ${quote(cron)}: the range ${item} of ${field.name} runs backwards; write ${first}-${field.max},${field.min}-${second}`,
      );
    for (let at = from; at <= to; at += step) values.push(at);
  }
  return open ? null : values;
}

function value(text: string, field: Field): number | null {
  const named = field.names.indexOf(text);
  if (named !== -1) return named + field.min;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return number >= field.min && number <= field.max ? number : null;
}

function wrong(item: string, field: Field, cron: string): never {
  const names = field.names.length > 0 ? `, or ${field.names[0]} to ${field.names.at(-1)}` : "";
  return fail(
    `cron ${quote(cron)}: invalid ${field.name}: ${quote(item)}; write ${field.min} to ${field.max}${names}, *, ranges (a-b), lists (a,b) or steps (*/n)`,
  );
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
