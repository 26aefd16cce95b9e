import { AppError, messageOf } from "../../cells/errors.ts";
import { isInterrupt } from "./duckdb.ts";
import type { SourcePlace } from "./sql-text.ts";

/** What is known about a statement that failed. */
export interface FailedStatement {
  /** the text that ran */
  readonly sql: string;
  /** the cell's place of an offset in that text; null where it is none of the cell's */
  readonly placeOf: (offset: number) => SourcePlace | null;
  readonly cell: number | null;
  /** path → the name that the notebook's author knows it by */
  readonly paths: ReadonlyMap<string, string>;
  readonly signal: AbortSignal | null;
}

interface EngineMessage {
  readonly type: string;
  readonly message: string;
  /** UTF-16 offset in the statement */
  readonly offset: number | null;
}

/** What DuckDB threw, as an error that may leave the engine: its own sentence, the place in the cell, no paths. */
export function queryError(error: unknown, statement: FailedStatement): AppError {
  if (error instanceof AppError) return error;
  if (statement.signal?.aborted && isInterrupt(error))
    return new AppError("cell_cancelled", "the query was cancelled", { cause: error });
  const { type, message, offset } = readMessage(messageOf(error), statement.sql);
  const place = offset === null ? null : statement.placeOf(offset);
  return new AppError("query_failed", hint(type, withoutPaths(message, statement.paths)), {
    data: {
      engineError: type,
      ...(statement.cell === null ? {} : { cell: statement.cell }),
      ...(place === null ? {} : { offset: place.offset, line: place.line, column: place.column }),
    },
    cause: error,
  });
}

/** Reads an error of DuckDB with `errors_as_json`: `Binder Error: {"exception_type":…}`, or plain where it has no JSON. */
function readMessage(text: string, sql: string): EngineMessage {
  const json = text.indexOf('{"exception_type"');
  if (json !== -1)
    try {
      const parsed: Readonly<Record<string, unknown>> = JSON.parse(text.slice(json));
      const { exception_type: type, exception_message: message, position } = parsed;
      if (typeof type === "string" && typeof message === "string")
        return {
          type,
          message,
          offset: typeof position === "string" ? characterOffset(sql, Number(position)) : null,
        };
    } catch {
      // the text after the brace was no JSON of DuckDB's: it is taken as it is
    }
  const plain = /^([A-Z][\w ]*?) Error: ([^]*)$/.exec(text);
  return { type: plain?.[1] ?? "Error", message: plain?.[2] ?? text, offset: null };
}

/** DuckDB counts positions in bytes of UTF-8. */
function characterOffset(sql: string, bytes: number): number | null {
  if (!Number.isInteger(bytes) || bytes < 0) return null;
  return new TextDecoder().decode(new TextEncoder().encode(sql).subarray(0, bytes)).length;
}

function withoutPaths(message: string, paths: ReadonlyMap<string, string>): string {
  let clean = message;
  for (const [path, name] of [...paths].sort(([a], [b]) => b.length - a.length))
    clean = clean.replaceAll(`${path}/`, "").replaceAll(path, name);
  return clean;
}

function hint(type: string, message: string): string {
  const first = message.charAt(0).toLowerCase() + message.slice(1).trimEnd();
  if (type === "Permission" || /file system operations are disabled|disabled by configuration/.test(message))
    return `${first}; a SQL cell reads the files of its workspace by a literal name, and nothing else`;
  if (type === "Out of Memory") return `${first}; the engine process may use no more, give it more memory or less data`;
  if (/extension/i.test(type)) return `${first.split("\n")[0]}; extensions are not loaded here`;
  return first;
}
