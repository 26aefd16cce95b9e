import { closeSync, openSync, writeSync } from "node:fs";
import { AppError } from "../../cells/errors.ts";
import type { CallOptions, ResourceAnswer } from "./resource.ts";

const flushCharacters = 1 << 16;

/** Writes rows as `lines` (see `ResourceAnswer`), without ever holding more than a few in memory. */
export class LineWriter {
  readonly #file: number;
  readonly #options: Pick<CallOptions, "name" | "maxBytes">;
  #text = "";
  #bytes = 0;
  #longest = 0;

  constructor(target: string, options: Pick<CallOptions, "name" | "maxBytes">) {
    this.#file = openSync(target, "wx", 0o600);
    this.#options = options;
  }

  /** Throws `resource_failed` where the answer is larger than the resource may give. */
  write(values: readonly (string | null)[]): void {
    const line = `{${values.map((value, i) => `"c${i}":${value === null ? "null" : JSON.stringify(value)}`).join(",")}}\n`;
    this.#longest = Math.max(this.#longest, line.length);
    this.#text += line;
    if (this.#text.length > flushCharacters) this.#flush();
  }

  close(columns: readonly { readonly name: string; readonly type: string }[]): ResourceAnswer {
    this.#flush();
    closeSync(this.#file);
    // a character is at most 3 bytes of UTF-8 for each of its units
    return { type: "lines", columns: withOwnNames(columns), longestBytes: this.#longest * 3 };
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.maxBytes) throw tooLarge(this.#options);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
  }
}

export function tooLarge({ name, maxBytes }: Pick<CallOptions, "name" | "maxBytes">): AppError {
  return new AppError(
    "resource_failed",
    `the answer of resource ${name} is larger than ${maxBytes} bytes; ask for less, or give it a larger "maxBytes" in cellar.json`,
    { data: { resource: name } },
  );
}

/** Names that are told apart whatever their case, as DuckDB does: `id`, `id_1`. */
function withOwnNames<T extends { readonly name: string }>(columns: readonly T[]): readonly T[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let name = column.name;
    for (let n = 1; taken.has(name.toLowerCase()); n++) name = `${column.name}_${n}`;
    taken.add(name.toLowerCase());
    return { ...column, name };
  });
}
