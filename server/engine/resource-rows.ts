import { AppError } from "../../cells/errors.ts";
import type { AskResource, ResourceReply } from "../resources/resource.ts";
import { ident, literal, readerOf } from "./sql.ts";
import type { ResourceQuery } from "./messages.ts";
import type { Session } from "./session.ts";
import type { Rows } from "./user-sql.ts";

/** Asks the server, which alone knows how a resource is reached. */
export type AskServer = (request: AskResource, signal: AbortSignal) => Promise<ResourceReply>;

/** The rows that a resource gives, as a file that DuckDB reads. Rejects as `ResourceSession.ask` does, with the cell in its data. */
export async function resourceRows(
  ask: AskServer,
  { notebook, resource, cell, strings, offsets, params }: ResourceQuery,
  session: Session,
  signal: AbortSignal,
): Promise<Rows> {
  const question = { type: "query", strings, offsets, params } as const;
  const reply = await ask({ notebook, resource, question }, signal).catch((error: unknown): never => {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, error.message, { data: { ...error.data, cell }, cause: error });
  });
  if (reply.type !== "rows") throw new AppError("internal", `resource ${resource} answered a query with no rows`);
  const traced = { cell, placeOf: () => null };
  if (reply.rows.type === "parquet") {
    const from = readerOf({ format: "parquet", paths: [reply.path] });
    return { from, columns: await session.columnsOf(from), params: new Map(), traced };
  }
  const { columns, longestBytes } = reply.rows;
  const values = columns.map(({ name, type }, i) => `${cast(`c${i}`, type)} AS ${ident(name)}`).join(", ");
  const texts = columns.map((_, i) => `c${i}: 'VARCHAR'`).join(", ");
  const reader = `read_json(${literal(reply.path)}, format = 'newline_delimited', columns = {${texts}}, maximum_object_size = ${Math.max(longestBytes, leastObjectBytes)})`;
  return { from: `(SELECT ${values} FROM ${reader})`, columns, params: new Map(), traced };
}

/** DuckDB's own default */
const leastObjectBytes = 16 * 1024 * 1024;

/** The text of a value as a value of its type. */
function cast(text: string, type: string): string {
  if (type === "VARCHAR") return text;
  if (type === "BLOB") return `unhex(${text})`;
  return type.endsWith("[]") ? `CAST(CAST(${text} AS JSON) AS ${type})` : `CAST(${text} AS ${type})`;
}
