import { toSqlValue } from "../builtins/sql-value.ts";
import { boundText } from "../protocol/bound-values.ts";
import { AppError } from "../errors.ts";
import type { QueryRequest, Relation, TableBinding } from "../protocol/host.ts";
import type { KernelCell } from "../protocol/kernel.ts";
import type { KernelContext } from "./context.ts";
import { isRelation, toRelation } from "./relations.ts";
import type { Run } from "./run.ts";
import { assetTableName, earlierTableName, tableName } from "./shape.ts";

/** The latest query of a cell, kept so that equal parameters over equal relations query nothing. */
export interface QueryMemo {
  key: string | null;
  relation: Relation | null;
  /** JSON text of the bound values */
  bound: string;
}

/** Runtime names of the relations that a SQL cell reads, in the order of its tables. */
export function tableInputs(cell: KernelCell): readonly string[] {
  return cell.tables.map(({ source }) => {
    switch (source.type) {
      case "cell":
        return tableName(source.name);
      case "asset":
        return assetTableName(source.key);
      case "earlier":
        return earlierTableName(source.key);
    }
  });
}

/**
 * Sends the query of a SQL cell to the host, or gives the relation that the same query gave before. `relations` are the
 * values of `tableInputs`.
 */
export function runQuery(
  context: KernelContext,
  cell: KernelCell,
  memo: QueryMemo,
  run: Run,
  values: readonly unknown[],
  relations: readonly unknown[],
): Relation | Promise<Relation> {
  const { compiled } = cell;
  const params = values.map((value, index) => toSqlValue(value, index));
  const tables = cell.tables.map(({ schema, name }, index): TableBinding => {
    const relation = relations[index];
    if (!isRelation(relation)) throw new AppError("internal", `no relation stands for ${name}`);
    return { schema, name, relation: relation.id };
  });
  const strings = compiled.sql?.strings ?? [];
  const bound = boundText(params);
  const key = JSON.stringify([strings, bound, tables]);
  if (memo.key === key && memo.relation !== null) return memo.relation;
  const request: QueryRequest = {
    cell: compiled.id,
    output: compiled.output === null ? null : compiled.output.replace(/^viewof\$/, ""),
    strings,
    params,
    tables,
    files: compiled.files.map(({ name }) => name),
    ...(cell.database === undefined ? {} : { database: cell.database }),
  };
  return context.queries
    .run(() => context.host.query(request, run.signal), run.signal)
    .then((relation) => {
      Object.assign(memo, { key, relation, bound });
      return toRelation(relation);
    });
}
