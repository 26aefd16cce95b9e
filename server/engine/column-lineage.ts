import { columnsOfPlan } from "../../cells/lineage/plan-columns.ts";
import { hashOf } from "../../cells/lineage/plan-expression.ts";
import type { CellColumns, RelationColumns } from "../../cells/lineage/column-lineage.ts";
import { AppError, messageOf } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Database } from "./duckdb.ts";
import { openInputs } from "./inputs.ts";
import type { ColumnsRequest } from "./messages.ts";
import type { ReadingPlace } from "./page.ts";
import { Session } from "./session.ts";
import { ident } from "./sql.ts";
import { SqlText } from "./sql-text.ts";
import { storableType } from "./storable-type.ts";

const fileSchema = "cellar_files";

/** Binds a SQL cell over empty tables and reads where its columns come from. Rejects only where the engine itself is past use. */
export async function columnsOfSql(
  database: Database,
  request: ColumnsRequest,
  place: ReadingPlace,
  signal: AbortSignal,
): Promise<CellColumns> {
  const inputs = await openInputs({ inputs: [], files: request.files }, place);
  const session = await Session.open(database, [], { signal, paths: inputs.names });
  let columns: readonly Column[] | null = null;
  try {
    const sources = new Map<string, string>();
    const make = async (source: string, schema: string | null, name: string, own: readonly Column[]): Promise<void> => {
      sources.set(`${schema ?? "main"}\n${name}`, source);
      await session.run(tableSql(schema, name, own));
    };
    for (const { source, schema, name, columns: own } of request.tables) await make(source, schema, name, own);
    for (const { name, from } of inputs.views) await make(`file:${name}`, null, name, await session.columnsOf(from));
    const reads: { readonly file: string; readonly from: string }[] = [];
    // a parameter has no value yet, and NULL takes any type
    const sql = SqlText.of({ strings: [request.sql.strings.join(" NULL ")], offsets: [0] });
    const named = sql.withFileTables(
      (file, from) => `${ident(fileSchema)}.${ident(String(reads.push({ file, from })))}`,
    );
    if (named === null) return unknown(null, "it reads a file in an unusual place");
    for (const [i, { file, from }] of reads.entries()) {
      const text = SqlText.of({ strings: [`FROM ${from}`], offsets: [0] }).withFiles(inputs.files).text;
      await make(`file:${file}`, fileSchema, String(i + 1), await session.columnsOf(`(${text})`));
    }
    const [statement, ...others] = named.statements();
    if (statement?.kind !== "select" || others.length > 0) return unknown(null, "it is more than one SELECT");
    const text = named.text.slice(statement.start, statement.end);
    columns = (await session.columnsOf(`(\n${text}\n)`)).map(({ name, type }) => ({ name, type: storableType(type) }));
    const known = columnsOfPlan(
      await planOf(session, text),
      columns,
      (schema, table) => sources.get(`${schema}\n${table}`) ?? null,
    );
    return withValues(known, request);
  } catch (error) {
    if (signal.aborted || !(error instanceof AppError) || error.code !== "query_failed") throw error;
    return unknown(columns, messageOf(error));
  } finally {
    await session.close();
  }
}

function unknown(columns: readonly Column[] | null, reason: string): CellColumns {
  return { type: "unknown", columns, reason };
}

/** The bound plan, before it is optimized. Throws `query_failed` where DuckDB does not give it. */
async function planOf(session: Session, text: string): Promise<unknown> {
  const { rows } = await session.read(
    "SELECT json_serialize_plan($1::VARCHAR, skip_null := true, skip_empty := false, skip_default := false)",
    new Map([[1, text]]),
  );
  const answer: unknown = JSON.parse(rows[0]?.[0] ?? "null");
  if (!isRecord(answer) || answer["error"] === true || !Array.isArray(answer["plans"]))
    throw new AppError(
      "query_failed",
      `DuckDB shows no plan of it: ${isRecord(answer) ? String(answer["error_message"]) : "no answer"}`,
    );
  return answer["plans"][0];
}

/** A parameter may stand anywhere: what it reads takes part in every row. */
function withValues(known: RelationColumns, { sql, values }: ColumnsRequest): CellColumns {
  if (sql.expressions.length === 0) return known;
  return {
    ...known,
    rows: {
      from: [...known.rows.from, ...values.map((source) => ({ source, column: null, use: "filter" }) as const)],
      definition: hashOf("parameters", sql.expressions, known.rows.definition),
    },
  };
}

function tableSql(schema: string | null, name: string, columns: readonly Column[]): string {
  const list = columns.map(
    (column) => `${ident(column.name)} ${/^"?null"?$/i.test(column.type) ? "INTEGER" : column.type}`,
  );
  const table = `${schema === null ? "" : `${ident(schema)}.`}${ident(name)}`;
  // a table has at least one column; a JSON value that is no table has none
  const text = `CREATE TABLE ${table} (${list.length === 0 ? "value VARCHAR" : list.join(", ")})`;
  return schema === null ? text : `CREATE SCHEMA IF NOT EXISTS ${ident(schema)}; ${text}`;
}
