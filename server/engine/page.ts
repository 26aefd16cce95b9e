import { AppError } from "../../cells/errors.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import type { Database } from "./duckdb.ts";
import { openInputs, readable } from "./inputs.ts";
import type { EngineCalls } from "./messages.ts";
import { rowsToArrow, type ArrowRows } from "./rows-to-arrow.ts";
import { Session, type Traced } from "./session.ts";
import { ident, readerOf } from "./sql.ts";
import { SqlText } from "./sql-text.ts";
import { keepRows, prepareRows } from "./user-sql.ts";

/** Where a reader keeps what it needs for a moment, and what must not be named in messages. */
export interface ReadingPlace {
  readonly temporary: string;
  readonly folders: readonly string[];
}

type PageRequest = Parameters<EngineCalls["page"]>[0];
type PersonQuery = Parameters<EngineCalls["query"]>[0];

/** A page of a stored relation; `rows` counts those in it. Rows without an order keep the one that they are stored in. */
export async function readPage(
  database: Database,
  request: PageRequest,
  place: ReadingPlace,
  signal: AbortSignal,
): Promise<ArrowRows> {
  const input = await readable(request.input, place.temporary);
  const paths = new Map([...place.folders, ...input.paths].map((path) => [path, "the asset"]));
  const session = await Session.open(database, [], { signal, paths });
  try {
    const traced: Traced = { cell: null, placeOf: () => null };
    const from = readerOf(input);
    const columns = await session.columnsOf(from);
    return await rowsToArrow(
      session,
      { from, columns, params: new Map(), traced },
      clausesOf(request, columns),
      place.temporary,
    );
  } finally {
    await session.close();
  }
}

/** The first rows of a person's query over stored relations. */
export async function readQuery(
  database: Database,
  request: PersonQuery,
  place: ReadingPlace,
  signal: AbortSignal,
): Promise<{ readonly arrow: Uint8Array; readonly columns: ArrowRows["columns"]; readonly truncated: boolean }> {
  const inputs = await openInputs({ inputs: request.tables }, place);
  const session = await Session.open(database, inputs.views, { signal, paths: inputs.names });
  try {
    const text = SqlText.of({ strings: [request.sql], offsets: [0] }).withFiles(new Map());
    const params = new Map(request.params.map((value, i) => [i + 1, toSqlValue(value, i)]));
    const rows = await prepareRows(session, { text, cell: null, params });
    const limit = whole(request.limit, "limit");
    // one row more tells whether there are more; it is cut off where the rows are already computed
    const kept = await keepRows(session, rows, limit + 1);
    const [[count] = []] = (await session.read(`SELECT count(*) FROM ${kept.from}`)).rows;
    const { arrow, columns } = await rowsToArrow(session, kept, `LIMIT ${limit}`, place.temporary);
    return { arrow, columns, truncated: Number(count) > limit };
  } finally {
    await session.close();
  }
}

function clausesOf(request: PageRequest, columns: ArrowRows["columns"]): string {
  const order = request.orderBy.map(({ column, descending }) => {
    if (!columns.some(({ name }) => name === column))
      throw new AppError(
        "usage",
        `no column is named ${JSON.stringify(column)}; order by one of ${columns.map(({ name }) => name).join(", ")}`,
      );
    return `${ident(column)} ${descending ? "DESC" : "ASC"} NULLS LAST`;
  });
  return [
    conditionOf(request.where),
    order.length === 0 ? "" : `ORDER BY ${order.join(", ")}`,
    `LIMIT ${whole(request.limit, "limit")} OFFSET ${whole(request.offset, "offset")}`,
  ].join(" ");
}

/** One condition, and nothing after it: it is put into parentheses, and may neither close them nor end the statement. */
function conditionOf(where: string | null): string {
  if (where === null) return "";
  const text = SqlText.of({ strings: [`select ${where}`], offsets: [0] });
  if (text.statements().length !== 1)
    throw new AppError("usage", `a filter is one condition, as in price > 10; got ${JSON.stringify(where)}`);
  return `WHERE (\n${where}\n)`;
}

function whole(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AppError("usage", `${what} is not a whole number: ${value}`);
}

function toSqlValue(value: unknown, index: number): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string" || typeof value === "bigint")
    return value;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => toSqlValue(item, index));
  throw new AppError(
    "usage",
    `parameter ${index + 1} is no value that SQL can bind; give a number, string, boolean, null or list`,
  );
}
