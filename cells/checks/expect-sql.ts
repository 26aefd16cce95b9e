import { AppError } from "../errors.ts";
import type { Column } from "../model/materialization.ts";
import type { Rule, RuleValue } from "../model/check.ts";

/** What a rule is held against. */
export interface RuleContext {
  /** name under which SQL reads the rows of the asset */
  readonly table: string;
  /** columns of these rows; empty where they are not known (JSON) */
  readonly columns: readonly Column[];
  /** columns of the version that readers see; null where there is none */
  readonly previous: readonly Column[] | null;
  /** where the rows are those of several partitions, the column that tells them apart: each is held against its own alone */
  readonly by?: string;
}

/**
 * A rule as one SQL text that gives the rows which are wrong. A missing value is no wrong one, but for `not_null`, as users of
 * SQL constraints and of dbt expect. Throws `query_failed` where the rule names a column that the asset does not have.
 */
export function sqlOfRule(rule: Rule, context: RuleContext): string {
  for (const column of columnsOf(rule)) requireColumn(column, context);
  const table = ident(context.table);
  switch (rule.type) {
    case "not_null":
      return `SELECT * FROM ${table} WHERE ${rule.columns.map((column) => `${ident(column)} IS NULL`).join(" OR ")}`;
    case "unique": {
      const own = rule.columns.map(ident);
      const isKnown = own.map((column) => `${column} IS NOT NULL`).join(" AND ");
      const columns = context.by === undefined ? own : [ident(context.by), ...own];
      const list = columns.join(", ");
      return `SELECT * FROM ${table} WHERE (${list}) IN (SELECT ${columns.length === 1 ? list : `(${list})`} FROM ${table} WHERE ${isKnown} GROUP BY ${list} HAVING count(*) > 1)`;
    }
    case "accepted": {
      const text = `CAST(${ident(rule.column)} AS VARCHAR)`;
      const numbers = rule.values.filter((value) => typeof value === "number");
      const isNone = `${text} NOT IN (${rule.values.map((value) => literal(String(value))).join(", ")})`;
      // 1 and 1.0 are one number, and two texts
      const isNoNumber = `coalesce(TRY_CAST(${text} AS DOUBLE) NOT IN (${numbers.join(", ")}), true)`;
      return `SELECT * FROM ${table} WHERE ${isNone}${numbers.length === 0 ? "" : ` AND ${isNoNumber}`}`;
    }
    case "relationship": {
      const { schema, name, column } = rule.to;
      const other = schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`;
      const own = `own.${ident(rule.column)}`;
      return `SELECT own.* FROM ${table} AS own WHERE ${own} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${other} AS other WHERE other.${ident(column)} = ${own})`;
    }
    case "between": {
      const column = ident(rule.column);
      const outside = [
        ...(rule.min === null ? [] : [`${column} < ${valueSql(rule.min)}`]),
        ...(rule.max === null ? [] : [`${column} > ${valueSql(rule.max)}`]),
      ];
      return `SELECT * FROM ${table} WHERE ${outside.join(" OR ")}`;
    }
    case "rows": {
      const outside = [
        ...(rule.min === null ? [] : [`count(*) < ${rule.min}`]),
        ...(rule.max === null ? [] : [`count(*) > ${rule.max}`]),
      ];
      return `SELECT count(*) AS "rows" FROM ${table} HAVING ${outside.join(" OR ")}`;
    }
    case "schema_unchanged":
      return schemaSql(context);
  }
}

/** The columns that were added, removed or retyped since the version that readers see, a row each. */
function schemaSql({ columns, previous }: RuleContext): string {
  const before = new Map(previous?.map(({ name, type }) => [name, type]));
  const after = new Map(columns.map(({ name, type }) => [name, type]));
  const names = previous === null ? [] : [...new Set([...before.keys(), ...after.keys()])];
  const changed = names.filter((name) => before.get(name) !== after.get(name));
  const rows = changed.map((name) => `(${literal(name)}, ${nullable(before.get(name))}, ${nullable(after.get(name))})`);
  const head = `AS change("column", "was", "is")`;
  return rows.length === 0
    ? `SELECT * FROM (VALUES (''::VARCHAR, ''::VARCHAR, ''::VARCHAR)) ${head} WHERE false`
    : `SELECT * FROM (VALUES ${rows.join(", ")}) ${head}`;
}

function columnsOf(rule: Rule): readonly string[] {
  switch (rule.type) {
    case "not_null":
    case "unique":
      return rule.columns;
    case "accepted":
    case "relationship":
    case "between":
      return [rule.column];
    case "rows":
    case "schema_unchanged":
      return [];
  }
}

function requireColumn(column: string, { table, columns }: RuleContext): void {
  if (columns.length === 0 || columns.some(({ name }) => name.toLowerCase() === column.toLowerCase())) return;
  throw new AppError(
    "query_failed",
    `${table} has no column ${column}; it has ${columns.map(({ name }) => name).join(", ")}`,
    { data: { column } },
  );
}

function nullable(type: string | undefined): string {
  return type === undefined ? "NULL::VARCHAR" : literal(type);
}

function valueSql(value: RuleValue): string {
  return typeof value === "number" ? String(value) : literal(value);
}

function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
