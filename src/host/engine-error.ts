import { AppError, messageOf } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

/** What the engine in the page lacks, by the extension that it names. The server's engine has them all. */
const missing: Readonly<Record<string, string>> = {
  json: "JSON functions",
  icu: "time zones and collations",
  parquet: "reading and writing of Parquet in SQL",
};

/**
 * Turns what the engine threw into `query_failed`. Parser errors come as JSON, the others as text. `data.needs` names the
 * extension where the engine in the page has not got what the statement asks for, so that it can run on the server.
 */
export function engineError(error: unknown): AppError {
  const message = readMessage(messageOf(error));
  const needs = /exists in the (\w+) extension/.exec(message)?.[1] ?? null;
  if (needs === null) return new AppError("query_failed", message, { cause: error });
  const what = /with name "?([\w]+)"?/.exec(message)?.[1] ?? needs;
  return new AppError(
    "query_failed",
    `${what} needs ${missing[needs] ?? `the ${needs} extension`}, which the engine in the page has not; run this cell on the server`,
    { data: { needs }, cause: error },
  );
}

function readMessage(text: string): string {
  if (!text.startsWith("{")) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed) && typeof parsed["exception_message"] === "string")
      return `${String(parsed["exception_type"])} Error: ${parsed["exception_message"]}`;
  } catch {
    // not JSON after all: the text itself is the message
  }
  return text;
}
