import { AppError } from "../errors.ts";
import { quote } from "../model/quote.ts";

/** A wall-clock time without zone, `YYYY-MM-DDTHH:MM:SS`: such texts compare as the times do. */
export type LocalTime = string & { readonly __brand: "LocalTime" };

/** Reads `2024-01-31`, `2024-01-31T06:00` or `2024-01-31T06:00:00`. Throws `attribute_invalid`, also for days that do not exist. */
export function parseLocalTime(text: string): LocalTime {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (match === null)
    throw new AppError("attribute_invalid", `${quote(text)} is no date; write 2024-01-31 or 2024-01-31T06:00`);
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  const time = new Date(0);
  time.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day);
  time.setUTCHours(hour ?? 0, minute, second);
  const result = time.toISOString().slice(0, 19);
  const written = `${match[1]}-${match[2]}-${match[3]}T${match[4] ?? "00"}:${match[5] ?? "00"}:${match[6] ?? "00"}`;
  if (result !== written)
    throw new AppError(
      "attribute_invalid",
      `${quote(text)} does not exist; write a day of the calendar, as 2024-01-31`,
    );
  return result as LocalTime;
}

/** A local time as the number of milliseconds that UTC's clock would show it at. */
export function wallOf(time: LocalTime): number {
  return Date.parse(`${time}Z`);
}
