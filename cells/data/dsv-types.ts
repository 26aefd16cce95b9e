/** A value of a delimited text. */
export type DsvValue = string | number | boolean | Date | null;

/**
 * How texts become values. `false`: not at all. `true`: each by itself, as `d3.autoType` does. `"auto"`: each column has
 * one type, of all its rows.
 */
export type DsvTyping = boolean | "auto";

/**
 * The values of one column. Two rules go before Observable's: a column is never read in a way that loses what is
 * written, and every row is looked at, not the first hundred.
 *
 * - A column with a number like `007` or `9007199254740993` keeps its numbers as text: such numbers are names. (Not bigint,
 *   which neither JSON nor Plot nor `+` with a number takes.)
 * - With `"auto"` a column is of a type where every value that is not blank is: boolean, number or date. Else it is text.
 * - A date without a zone is in UTC, so that every reader gets the same.
 */
export function typeColumn(texts: readonly string[], typing: DsvTyping): readonly DsvValue[] {
  switch (typing) {
    case false:
      return texts;
    case true: {
      const hasNames = texts.some((text) => isNumber(text) && !isExact(text));
      return texts.map((text) => typeValue(text, hasNames));
    }
    case "auto":
      return typeWhole(texts);
  }
}

/** Blanks are NaN among numbers and null among booleans and dates; a column of blanks is text. */
function typeWhole(texts: readonly string[]): readonly DsvValue[] {
  const written = texts.filter((text) => text.trim() !== "");
  if (written.length === 0) return texts;
  if (written.every((text) => /^\s*(?:true|false)\s*$/i.test(text))) {
    return texts.map((text) => (text.trim() === "" ? null : text.trim().toLowerCase() === "true"));
  }
  if (written.every((text) => isNumber(text) && isExact(text)))
    return texts.map((text) => (text.trim() === "" ? NaN : Number(text)));
  const dates = texts.map((text) => (text.trim() === "" ? null : (readIsoDate(text) ?? readUsDate(text))));
  return written.length === dates.filter((date) => date !== null).length ? dates : texts;
}

/** As `d3.autoType`: what is only white space is null. */
function typeValue(text: string, keepsNumbers: boolean): DsvValue {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (trimmed === "true") return true;
  if (trimmed === "false") return false;
  if (trimmed === "NaN") return keepsNumbers ? text : NaN;
  if (isNumber(trimmed)) return keepsNumbers ? text : Number(trimmed);
  return readIsoDate(trimmed) ?? text;
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && !Number.isNaN(Number(text));
}

/** Whether a number says no more than its value: no leading zero, no digits that a double has not got. */
function isExact(text: string): boolean {
  const trimmed = text.trim();
  if (/^[+-]?0\d/.test(trimmed)) return false;
  return !/^(?:[+-]?\d+|0[xXoObB]\w+)$/.test(trimmed) || Number.isSafeInteger(Number(trimmed));
}

const isoDate =
  /^\s*((?:[-+]\d{2})?\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[-+]\d{2}:?\d{2})?)?\s*$/;
const usDate = /^\s*(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*$/;

function readIsoDate(text: string): Date | null {
  const [, year = "", month = "1", day = "1", hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] =
    isoDate.exec(text) ?? [];
  if (year === "") return null;
  const local = dateOf(year, month, day, hour, minute, second);
  if (local === null) return null;
  const [, sign = "+", hours = "0", minutes = "0"] = /^([-+])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const shift = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  return new Date(local + Number(fraction.padEnd(3, "0")) - shift * 60_000);
}

/** Month, day, year: `12/31/24 23:59`. Years of two digits lie between 1950 and 2049. */
function readUsDate(text: string): Date | null {
  const [, month = "", day = "", year = "", hour = "0", minute = "0", second = "0"] = usDate.exec(text) ?? [];
  if (year === "") return null;
  const century = year.length === 4 ? "" : Number(year) < 50 ? "20" : "19";
  const instant = dateOf(century + year, month, day, hour, minute, second);
  return instant === null ? null : new Date(instant);
}

/** Milliseconds since 1970 of a date in UTC, or null where the calendar has no such date. */
function dateOf(...parts: readonly string[]): number | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isSame =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return isSame ? date.getTime() : null;
}
