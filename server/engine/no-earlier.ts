import { isRecord } from "../../cells/protocol/envelope.ts";
import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Session, View } from "./session.ts";
import { emptyTable, noColumn } from "./sql.ts";
import { storableType } from "./storable-type.ts";
import { tracedTo, paramsOf, type UserSql } from "./user-sql.ts";

/** so many times the types that came out are put in again, until the same come out */
const mostRounds = 4;

/**
 * Gives a query that reads its own earlier partitions, of which there are none, an empty relation in their place. Its columns are those
 * that the query gives, so that they follow from the code and not from what was once stored: the names of its SELECT, first without
 * types, as NULL has none, then with the types that come out of that. Where the query does not bind so, `known` are taken, the columns
 * of a partition that was made before. Rejects with `query_failed` where there are none either.
 */
export async function defineNoEarlier(
  session: Session,
  view: Omit<View, "from">,
  sql: UserSql,
  known: readonly Column[] | null,
): Promise<void> {
  const define = (columns: readonly Column[]) => session.show([{ ...view, from: emptyTable(columns) }]);
  const [only, ...others] = sql.text.statements();
  if (only?.kind !== "select" || others.length > 0) {
    if (known !== null) return define(known);
    throw new AppError(
      "query_failed",
      `the columns of ${view.name} are not known before its first partition is made, and follow from one SELECT alone; write this cell as one SELECT`,
      { data: { ...(sql.cell === null ? {} : { cell: sql.cell }), ...sql.text.placeOf(others[0]?.start ?? 0) } },
    );
  }
  const text = sql.text.text.slice(only.start, only.end);
  let columns = (await selectedNames(session, text)).map((name): Column => ({ name, type: "NULL" }));
  let bound: readonly Column[] | null = null;
  for (let round = 0; round < mostRounds; round++) {
    await define(columns);
    let found: readonly Column[];
    try {
      found = await session.columnsOf(`(\n${text}\n)`, paramsOf(sql, only), tracedTo(sql, only));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "query_failed") throw error;
      if (bound !== null) return define(bound);
      if (known !== null) return define(known);
      throw new AppError(
        error.code,
        `${error.message}; ${view.name} is empty here, since nothing is earlier, with the columns that its SELECT names`,
        { data: error.data, cause: error },
      );
    }
    bound = columns;
    const next = found.flatMap(({ name, type }): readonly Column[] =>
      name === noColumn ? [] : [{ name, type: storableType(type) }],
    );
    if (JSON.stringify(next) === JSON.stringify(columns)) return;
    columns = next;
  }
}

/** The names that a query says its columns have, as far as it says them; in a union, those of each of its parts. */
async function selectedNames(session: Session, text: string): Promise<readonly string[]> {
  const { rows } = await session.read(
    "SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)",
    new Map([[1, text]]),
  );
  const answer: unknown = JSON.parse(rows[0]?.[0] ?? "null");
  const statements = isRecord(answer) && Array.isArray(answer["statements"]) ? (answer["statements"] as unknown[]) : [];
  const [statement] = statements;
  const names = new Map<string, string>();
  const nodes: unknown[] = [isRecord(statement) ? statement["node"] : null];
  for (const node of nodes) {
    if (!isRecord(node)) continue;
    nodes.push(node["left"], node["right"]);
    const list = Array.isArray(node["select_list"]) ? (node["select_list"] as unknown[]) : [];
    for (const item of list) {
      const name = nameOf(item);
      if (name !== null && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
    }
  }
  return [...names.values()];
}

function nameOf(item: unknown): string | null {
  if (!isRecord(item)) return null;
  if (typeof item["alias"] === "string" && item["alias"] !== "") return item["alias"];
  const path = item["class"] === "COLUMN_REF" && Array.isArray(item["column_names"]) ? item["column_names"] : [];
  const last: unknown = path.at(-1);
  return typeof last === "string" ? last : null;
}
