/** `820 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`. */
export function sayDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

const units = ["B", "kB", "MB", "GB", "TB"] as const;

/** `512 B`, `1.4 MB`. */
export function sayBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? "B"}`;
}

/** `1,204`. */
export function sayCount(count: number): string {
  return count.toLocaleString("en");
}

/** `1 row`, `1,204 rows`. */
export function sayRows(rows: number): string {
  return plural(rows, "row");
}

/** `1 asset`, `3 assets`. */
export function plural(count: number, noun: string): string {
  return `${sayCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** How long ago, or in how long, in the largest unit that says enough: `just now`, `5 min ago`, `in 3 h`, `2 d ago`. */
export function sayAgo(at: number, now: number): string {
  const minutes = Math.abs(now - at) / 60_000;
  const [value, unit] =
    minutes < 90
      ? [Math.round(minutes), "min"]
      : minutes < 36 * 60
        ? [Math.round(minutes / 60), "h"]
        : [Math.round(minutes / 1440), "d"];
  if (value === 0) return at <= now ? "just now" : "now";
  return at <= now ? `${value} ${unit} ago` : `in ${value} ${unit}`;
}

const clock = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });

/** A moment on the reader's clock: `2026-01-31 09:02:11`. */
export function sayTime(at: number): string {
  return clock.format(at);
}
