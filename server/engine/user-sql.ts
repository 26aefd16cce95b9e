import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Parameters } from "./duckdb.ts";
import { noRows, shifted, type Session, type Traced } from "./session.ts";
import { ident } from "./sql.ts";
import type { SqlText, Statement } from "./sql-text.ts";
import { storableType, storableValue } from "./storable-type.ts";

/** The rows that a user's SQL asks for, as SQL text that nothing has run yet. */
export interface Rows {
  /** to stand after FROM: a parenthesised query or a table */
  readonly from: string;
  readonly columns: readonly Column[];
  readonly params: Parameters;
  readonly traced: Traced;
}

/** A user's SQL with the values of its `${}`. */
export interface UserSql {
  readonly text: SqlText;
  readonly cell: number | null;
  /** by number: `$1` is the first */
  readonly params: Parameters;
}

/**
 * Runs every statement of a text but the last one that yields rows, and says how to read that one. A user's statement may
 * not name a file to write, attach or load: what a cell yields is stored by the engine. Rejects with `query_failed`.
 */
export async function prepareRows(session: Session, sql: UserSql): Promise<Rows> {
  const statements = sql.text.statements();
  const last = statements.findLastIndex(({ givesRows }) => givesRows);
  if (last === -1) throw noRows(sql.text.placeOf(statements.at(-1)?.start ?? 0));
  let rows: Rows | null = null;
  for (const [index, statement] of statements.entries()) {
    if (index === last) rows = await rowsOf(session, sql, statement, index < statements.length - 1);
    else await runAside(session, sql, statement);
  }
  if (rows === null) throw noRows(sql.text.placeOf(0));
  return rows;
}

/** The same rows in types that Parquet and Arrow keep exactly. */
export function storableRows(rows: Rows): { readonly select: string; readonly columns: readonly Column[] } {
  const columns = rows.columns.map(({ name, type }) => ({ name, type: storableType(type) }));
  if (columns.every(({ type }, i) => type === rows.columns[i]?.type))
    return { select: `SELECT * FROM ${rows.from}`, columns };
  const casts = rows.columns.map(({ name, type }, i) => `${storableValue(ident(`c${i}`), type)} AS ${ident(name)}`);
  const aliases = columns.map((_, i) => ident(`c${i}`)).join(", ");
  return { select: `SELECT ${casts.join(", ")} FROM ${rows.from} AS t(${aliases})`, columns };
}

async function rowsOf(session: Session, sql: UserSql, statement: Statement, isFollowed: boolean): Promise<Rows> {
  const traced = tracedTo(sql, statement);
  const params = paramsOf(sql, statement);
  const text = sql.text.text.slice(statement.start, statement.end);
  if (statement.kind === "select") {
    const rows = await asSubquery(session, text, params, traced);
    // what follows may change what the rows are read from
    if (rows !== null && !isFollowed) return rows;
    if (rows !== null) return keepRows(session, rows);
  }
  await refuse(session, text, traced);
  const table = `cellar_${++tables}`;
  await session.keep(text, params, table, traced);
  const from = `temp.${table}`;
  return { from, columns: await session.columnsOf(from), params: new Map(), traced };
}

/** The text as a parenthesised query; null where it is something that only looks like one (WITH … INSERT). */
async function asSubquery(session: Session, text: string, params: Parameters, traced: Traced): Promise<Rows | null> {
  const from = `(\n${text}\n)`;
  const inner = shifted(traced, "(\n");
  try {
    return {
      from,
      columns: await session.columnsOf(from, params, inner),
      params,
      traced: inner,
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.data["engineError"] !== "Parser") throw error;
    const isQuery = (await session.classify(text, traced)) === "rows";
    if (isQuery) throw error;
    return null;
  }
}

/** Computes rows now, the first `limit` of them, into a temporary table. */
export async function keepRows(session: Session, rows: Rows, limit: number | null = null): Promise<Rows> {
  const table = `cellar_${++tables}`;
  const prefix = `CREATE TEMP TABLE ${table} AS SELECT * FROM `;
  const clause = limit === null ? "" : ` LIMIT ${limit}`;
  await session.run(`${prefix}${rows.from}${clause}`, rows.params, shifted(rows.traced, prefix));
  return { from: `temp.${table}`, columns: rows.columns, params: new Map(), traced: rows.traced };
}

let tables = 0;

async function runAside(session: Session, sql: UserSql, statement: Statement): Promise<void> {
  const text = sql.text.text.slice(statement.start, statement.end);
  const traced = tracedTo(sql, statement);
  await refuse(session, text, traced);
  await session.run(text, paramsOf(sql, statement), traced);
}

async function refuse(session: Session, text: string, traced: Traced): Promise<void> {
  const isRefused = leaves.test(text) || (await session.classify(text, traced)) === "forbidden";
  if (!isRefused) return;
  const place = traced.placeOf(0);
  const what = text.slice(0, 40).split(/\s+/).slice(0, 2).join(" ").toUpperCase();
  throw new AppError(
    "query_failed",
    `a SQL cell may not run ${what}: it reads by name and yields rows, which are stored for it; end it with a SELECT`,
    { data: { engineError: "Permission", ...(traced.cell === null ? {} : { cell: traced.cell }), ...place } },
  );
}

/**
 * Statements that leave the database, told before DuckDB sees them: it makes the folder of an EXPORT, and reads that of an
 * IMPORT, when it only prepares them. EXPLAIN ANALYZE runs what it explains.
 */
const leaves =
  /^(?:attach|copy|deallocate|detach|execute|export|force|import|install|load|prepare)\b|^explain\b[^]*\b(?:copy|export|import)\b/i;

/** Where a statement of a user's SQL stands in its cell. */
export function tracedTo({ text, cell }: UserSql, { start, end }: Statement): Traced {
  return { cell, placeOf: (offset) => text.placeOf(start + Math.min(offset, end - start)) };
}

/** The parameters that stand in one statement. */
export function paramsOf({ params }: UserSql, statement: Statement): Parameters {
  return new Map([...params].filter(([number]) => statement.params.includes(number)));
}
