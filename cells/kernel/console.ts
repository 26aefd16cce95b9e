import type { LogLevel } from "../protocol/host.ts";

const depthLimit = 4;
const itemLimit = 100;

/**
 * The `console` of one cell: what it prints goes to `log` as text, one entry a call. Its methods are made when they are
 * read and need no `this`: ten thousand cells have one each, and few print.
 */
export class CellConsole {
  readonly #log: (level: LogLevel, text: string) => void;
  #counters: Map<unknown, number> | null = null;
  #timers: Map<unknown, number> | null = null;

  constructor(log: (level: LogLevel, text: string) => void) {
    this.#log = log;
  }

  get debug(): Print {
    return this.#print("debug");
  }
  get log(): Print {
    return this.#print("log");
  }
  get info(): Print {
    return this.#print("info");
  }
  get warn(): Print {
    return this.#print("warn");
  }
  get error(): Print {
    return this.#print("error");
  }
  get trace(): Print {
    return this.#print("debug");
  }
  get dir(): Print {
    return (value) => this.#log("log", formatLog([value]));
  }
  get table(): Print {
    return (value) => this.#log("log", formatLog([value]));
  }
  get group(): Print {
    return this.#print("log");
  }
  get groupCollapsed(): Print {
    return this.#print("log");
  }
  get groupEnd(): Print {
    return () => {};
  }
  get clear(): Print {
    return () => {};
  }
  get assert(): Print {
    return (condition, ...values) => {
      if (condition) return;
      this.#log("error", `assertion failed${values.length > 0 ? `: ${formatLog(values)}` : ""}`);
    };
  }
  get count(): Print {
    return (label = "default") => {
      const count = (this.#counts().get(label) ?? 0) + 1;
      this.#counts().set(label, count);
      this.#log("log", `${String(label)}: ${count}`);
    };
  }
  get countReset(): Print {
    return (label = "default") => void this.#counts().delete(label);
  }
  get time(): Print {
    return (label = "default") => void this.#starts().set(label, performance.now());
  }
  get timeLog(): Print {
    return (label = "default") => this.#log("log", elapsed(String(label), this.#starts().get(label)));
  }
  get timeEnd(): Print {
    return (label = "default") => {
      this.#log("log", elapsed(String(label), this.#starts().get(label)));
      this.#starts().delete(label);
    };
  }

  #counts(): Map<unknown, number> {
    return (this.#counters ??= new Map());
  }

  #starts(): Map<unknown, number> {
    return (this.#timers ??= new Map());
  }

  #print(level: LogLevel): Print {
    return (...values) => this.#log(level, formatLog(values));
  }
}

type Print = (...values: readonly unknown[]) => void;

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
