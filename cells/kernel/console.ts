import type { LogLevel } from "../protocol/host.ts";

const depthLimit = 4;
const itemLimit = 100;

/** The `console` of one cell: what it prints goes to `log` as text, one entry a call. */
export function makeConsole(log: (level: LogLevel, text: string) => void): Readonly<Record<string, unknown>> {
  const counts = new Map<string, number>();
  const starts = new Map<string, number>();
  const print =
    (level: LogLevel) =>
    (...values: readonly unknown[]): void =>
      log(level, formatLog(values));
  return {
    debug: print("debug"),
    log: print("log"),
    info: print("info"),
    warn: print("warn"),
    error: print("error"),
    trace: print("debug"),
    dir: (value: unknown) => log("log", formatLog([value])),
    table: (value: unknown) => log("log", formatLog([value])),
    group: print("log"),
    groupCollapsed: print("log"),
    groupEnd() {},
    clear() {},
    assert(condition: unknown, ...values: readonly unknown[]) {
      if (!condition) log("error", `assertion failed${values.length > 0 ? `: ${formatLog(values)}` : ""}`);
    },
    count(label = "default") {
      const count = (counts.get(label) ?? 0) + 1;
      counts.set(label, count);
      log("log", `${label}: ${count}`);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void starts.set(label, performance.now()),
    timeLog: (label = "default") => log("log", elapsed(label, starts.get(label))),
    timeEnd(label = "default") {
      log("log", elapsed(label, starts.get(label)));
      starts.delete(label);
    },
  };
}

function elapsed(label: string, start: number | undefined): string {
  return start === undefined ? `${label}: no timer` : `${label}: ${(performance.now() - start).toFixed(2)} ms`;
}

/** Values as one line of text, the way a browser console shows them: strings bare, the rest inspected. */
export function formatLog(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : inspect(value, depthLimit, new Set()))).join(" ");
}

function inspect(value: unknown, depth: number, above: ReadonlySet<object>): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `ƒ ${value.name || "anonymous"}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (above.has(value)) return "[circular]";
  if (value instanceof Error) return value.stack ?? `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return "Promise {}";
  const within = new Set(above).add(value);
  const show = (item: unknown): string => inspect(item, depth - 1, within);
  if (Array.isArray(value)) return depth === 0 ? `Array(${value.length})` : list(value, show, "[", "]");
  if (ArrayBuffer.isView(value)) return `${nameOf(value)}(${value.byteLength} bytes)`;
  if (value instanceof Map)
    return depth === 0
      ? `Map(${value.size})`
      : list([...value], ([key, item]) => `${show(key)} => ${show(item)}`, "Map {", "}");
  if (value instanceof Set) return depth === 0 ? `Set(${value.size})` : list([...value], show, "Set {", "}");
  const name = nameOf(value);
  if (depth === 0) return name === "Object" ? "{…}" : `${name} {…}`;
  const start = name === "Object" ? "{" : `${name} {`;
  return list(Object.entries(value), ([key, item]) => `${key}: ${show(item)}`, start, "}");
}

function list<T>(items: readonly T[], show: (item: T) => string, start: string, end: string): string {
  const shown = items.slice(0, itemLimit).map(show);
  if (items.length > itemLimit) shown.push(`… ${items.length - itemLimit} more`);
  return `${start}${shown.join(", ")}${end}`;
}

function nameOf(value: object): string {
  const { constructor } = value;
  return typeof constructor === "function" ? constructor.name || "Object" : "Object";
}
