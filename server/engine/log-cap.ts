import type { LogLevel } from "../../cells/protocol/host.ts";

/** One line of a cell's log. */
export interface LogEntry {
  readonly cell: number | null;
  readonly level: LogLevel;
  readonly text: string;
}

const longestText = 64 * 1024;
const mostEntries = 10_000;
const mostCharacters = 4 * 1024 * 1024;

/** Lets so much of a step's log through, so that a cell that prints for ever fills nobody's disk; says once that it cut. */
export class LogCap {
  readonly #emit: (entry: LogEntry) => void;
  #entries = 0;
  #characters = 0;

  constructor(emit: (entry: LogEntry) => void) {
    this.#emit = emit;
  }

  reset(): void {
    this.#entries = 0;
    this.#characters = 0;
  }

  add({ cell, level, text }: LogEntry): void {
    if (this.#entries > mostEntries || this.#characters > mostCharacters) return;
    this.#entries++;
    const kept = text.length > longestText ? `${text.slice(0, longestText)}… (${text.length} characters)` : text;
    this.#characters += kept.length;
    this.#emit({ cell, level, text: kept });
    if (this.#entries > mostEntries || this.#characters > mostCharacters)
      this.#emit({ cell, level: "warn", text: "the log of this step ends here: it is too long" });
  }
}
