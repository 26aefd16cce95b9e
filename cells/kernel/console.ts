import type { LogLevel } from "../protocol/host.ts";
import type { CellLog, ConsoleCall } from "./environment.ts";

const depthLimit = 4;
const itemLimit = 100;

/** What is done with what a cell prints. */
interface ConsoleSink {
  print(call: ConsoleCall): void;
  clear(): void;
}

/**
 * The `console` of one cell: each call that prints is told to a sink. Its methods are made when they are read and need no
 * `this`: ten thousand cells have one each, and few print.
 */
export class CellConsole {
  readonly #sink: ConsoleSink;
  #counters: Map<unknown, number> | null = null;
  #timers: Map<unknown, number> | null = null;
  #depth = 0;

  constructor(sink: ConsoleSink) {
    this.#sink = sink;
  }

  get debug(): Print {
    return this.#line("debug");
  }
  get log(): Print {
    return this.#line("log");
  }
  get info(): Print {
    return this.#line("info");
  }
  get warn(): Print {
    return this.#line("warn");
  }
  get error(): Print {
    return this.#line("error");
  }
  get trace(): Print {
    return this.#line("debug");
  }
  get dir(): Print {
    return (value) => this.#print("log", [value]);
  }
  get table(): Print {
    return (value) => this.#print("log", [value], "table");
  }
  get group(): Print {
    return (...values) => {
      if (values.length > 0) this.#print("log", values);
      this.#depth++;
    };
  }
  get groupCollapsed(): Print {
    return this.group;
  }
  get groupEnd(): Print {
    return () => void (this.#depth = Math.max(0, this.#depth - 1));
  }
  get clear(): Print {
    return () => this.#sink.clear();
  }
  get assert(): Print {
    return (condition, ...values) => {
      if (!condition) this.#print("error", values.length > 0 ? ["assertion failed:", ...values] : ["assertion failed"]);
    };
  }
  get count(): Print {
    return (label = "default") => {
      const count = (this.#counts().get(label) ?? 0) + 1;
      this.#counts().set(label, count);
      this.#print("log", [`${String(label)}: ${count}`]);
    };
  }
  get countReset(): Print {
    return (label = "default") => void this.#counts().delete(label);
  }
  get time(): Print {
    return (label = "default") => void this.#starts().set(label, performance.now());
  }
  get timeLog(): Print {
    return (label = "default") => this.#print("log", [elapsed(String(label), this.#starts().get(label))]);
  }
  get timeEnd(): Print {
    return (label = "default") => {
      this.#print("log", [elapsed(String(label), this.#starts().get(label))]);
      this.#starts().delete(label);
    };
  }

  #counts(): Map<unknown, number> {
    return (this.#counters ??= new Map());
  }

  #starts(): Map<unknown, number> {
    return (this.#timers ??= new Map());
  }

  #line(level: LogLevel): Print {
    return (...values) => this.#print(level, values);
  }

  #print(level: LogLevel, values: readonly unknown[], as: ConsoleCall["as"] = "line"): void {
    this.#sink.print({ level, values, as, depth: this.#depth });
  }
}

/** Lines of one run that a host hears of where they are shown as well. */
const mostTold = 1000;

/** A sink that shows every call, and writes the first of each run as text. */
export class ShownSink implements ConsoleSink {
  readonly #shown: CellLog;
  readonly #text: ConsoleSink;
  #told = 0;

  constructor(shown: CellLog, text: ConsoleSink) {
    this.#shown = shown;
    this.#text = text;
  }

  begin(): void {
    this.#told = 0;
    this.#shown.begin();
  }

  print(call: ConsoleCall): void {
    this.#shown.print(call);
    if (this.#told++ < mostTold) this.#text.print(call);
  }

  clear(): void {
    this.#shown.clear();
  }
}

/** A sink that writes every call as one line of text. */
export function textSink(log: (level: LogLevel, text: string) => void): ConsoleSink {
  return {
    print: ({ level, values, depth }) => log(level, "  ".repeat(depth) + formatLog(values)),
    clear() {},
  };
}

type Print = (...values: readonly unknown[]) => void;

function elapsed(label: string, start: number | undefined): string {
  return start === undefined ? `${label}: no timer` : `${label}: ${(performance.now() - start).toFixed(2)} ms`;
}

/** Values as one line of text, the way a browser console shows them: strings bare, the rest inspected. */
function formatLog(values: readonly unknown[]): string {
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
