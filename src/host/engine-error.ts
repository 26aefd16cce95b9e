import { readEngineError, toSourceOffset } from "../../cells/compile/sql-positions.ts";
import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import { AppError, messageOf } from "../../cells/errors.ts";
import { placeOf } from "../../cells/model/diagnostic.ts";
import { toTemplateOffset, type SqlStatement } from "./sql-script.ts";

/** What the engine in the page lacks, by the extension that it names. The server's engine has them all. */
const missing: Readonly<Record<string, string>> = {
  json: "JSON functions",
  icu: "time zones and collations",
  parquet: "reading and writing of Parquet in SQL",
};

/**
 * Turns what the engine threw into `query_failed`. `sent` is the text that it got. `data.needs` names the extension where
 * the engine in the page has not got what a statement asks for, so that it can run on the server.
 */
export function engineError(error: unknown, sent: string): AppError {
  if (error instanceof AppError) return error;
  const { type, message, offset } = readEngineError(messageOf(error), sent);
  const needs = /exists in the (\w+) extension/.exec(message)?.[1] ?? null;
  const place = offset === null ? {} : { offset };
  if (needs === null) {
    const text = (type === "" ? message : `${type} Error: ${message}`).trim();
    return new AppError("query_failed", text, { data: place, cause: error });
  }
  const what = /with name "?(\w+)"?/.exec(message)?.[1] ?? needs;
  return new AppError(
    "query_failed",
    `${what} needs ${missing[needs] ?? `the ${needs} extension`}, which the engine in the page has not; run this cell on the server`,
    { data: { ...place, needs }, cause: error },
  );
}

/** The error with its place in the source of the cell: line and column, from 1. `prefix` is what stood before the statement. */
export function placeError(
  error: unknown,
  at: {
    readonly statement: SqlStatement;
    readonly prefix: number;
    readonly sql: SqlTemplate | null;
    readonly source: string;
  },
): unknown {
  if (!(error instanceof AppError) || error.code !== "query_failed") return error;
  const { offset, ...data } = error.data;
  if (typeof offset !== "number" || at.sql === null)
    return new AppError(error.code, error.message, { data, cause: error });
  const inTemplate = toTemplateOffset(at.statement, Math.max(0, offset - at.prefix));
  const inSource = toSourceOffset(at.source, at.sql, inTemplate);
  const { line, column } = placeOf(at.source, inSource);
  return new AppError(error.code, error.message, { data: { ...data, line, column }, cause: error });
}
