import { AppError } from "../errors.ts";
import { quote } from "../model/quote.ts";

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads a duration in milliseconds: `250ms`, `10s`, `5m`, `2h`, `1d`, `2w`, or several joined, `1h30m`. A day is 24 hours.
 * Throws `attribute_invalid`.
 */
export function parseDuration(text: string): number {
  const duration = text.trim();
  if (/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(duration)) {
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
    const ms = Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0));
    if (Number.isSafeInteger(ms)) return ms;
  }
  throw new AppError(
    "attribute_invalid",
    `${quote(duration)} is no duration; ${suggestion(duration)}write 250ms, 10s, 5m, 2h or 1d`,
  );
}

/** What was meant by `24 hours`, `5min` or `10 s`. */
function suggestion(duration: string): string {
  const [, count, word = ""] = /^(\d+) ?([a-z]+)$/i.exec(duration) ?? [];
  const unit = /^(?:msecs?|millis|milliseconds?)$/i.test(word)
    ? "ms"
    : /^(?:[smhdw]|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?)$/i.test(word)
      ? word.charAt(0).toLowerCase()
      : null;
  return count === undefined || unit === null ? "" : `did you mean ${count}${unit}? `;
}

/** Reads a duration above zero. Throws `attribute_invalid`. */
export function parsePositiveDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === 0) throw new AppError("attribute_invalid", "the duration is zero; write one above it, as 10s");
  return ms;
}

/** The shortest text that `parseDuration` reads as this many milliseconds: `1h30m`. */
export function formatDuration(ms: number): string {
  let text = "";
  let left = ms;
  for (const [unit, size] of Object.entries(units).sort(([, a], [, b]) => b - a)) {
    const count = Math.floor(left / size);
    if (count === 0) continue;
    text += `${count}${unit}`;
    left -= count * size;
  }
  return text === "" ? "0s" : text;
}
