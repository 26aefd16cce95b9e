import { encodeArrow } from "../data/arrow.ts";
import { AppError } from "../errors.ts";
import type { KernelHost, TableBinding } from "../protocol/host.ts";
import type { FileAttachment } from "./file-attachment.ts";
import type { CellScope } from "./scoped.ts";
import { queryRows, sqlTag, type SqlTag } from "./sql-tag.ts";

/** A set of named tables that can be queried, as Observable's `DuckDBClient`. All clients share the host's engine. */
interface DuckDBClient {
  readonly dialect: "duckdb";
  readonly sql: SqlTag;
  query(text: string, params?: readonly unknown[]): Promise<unknown>;
  queryRow(text: string, params?: readonly unknown[]): Promise<unknown>;
  queryTag(strings: TemplateStringsArray, ...params: readonly unknown[]): readonly [string, ...unknown[]];
  escape(name: string): string;
  describeTables(): Promise<readonly { readonly name: string }[]>;
  describeColumns(options: { readonly table: string }): Promise<unknown>;
}

/** `DuckDBClient` of cells. */
export interface DuckDBClientFactory {
  /** Makes a client. Sources are file attachments, tables, arrays of objects, or promises of them. */
  of(sources?: Readonly<Record<string, unknown>>): Promise<DuckDBClient>;
  /** `DuckDBClient.sql({…})`: the tag of a client that is made when it is first used. */
  sql(sources?: Readonly<Record<string, unknown>>): SqlTag;
  /** A client without tables of its own: `db`. */
  empty(): DuckDBClient;
}

export function duckdbClient(host: KernelHost, scope: CellScope): DuckDBClientFactory {
  const of = async (sources: Readonly<Record<string, unknown>> = {}): Promise<DuckDBClient> => {
    const tables = await Promise.all(
      Object.entries(sources).map(async ([name, source]): Promise<TableBinding> => {
        const rows = await toRows(name, await source);
        const arrow = encodeArrow(rows);
        if (arrow === null)
          throw new AppError(
            "value_not_storable",
            `the table ${name} of DuckDBClient.of has no rows that SQL can read`,
            {
              data: { name },
            },
          );
        const { id } = await host.put({ cell: scope.cell, name, arrow }, scope.signal);
        return { schema: null, name, relation: id };
      }),
    );
    return makeClient(host, scope, tables);
  };
  return {
    of,
    sql: (sources) => {
      let client: Promise<DuckDBClient> | null = null;
      return async (strings, ...params) => (await (client ??= of(sources))).sql(strings, ...params);
    },
    empty: () => makeClient(host, scope, []),
  };
}

function makeClient(host: KernelHost, scope: CellScope, tables: readonly TableBinding[]): DuckDBClient {
  const query = async (text: string, params: readonly unknown[] = []): Promise<unknown> => {
    const strings = text.split("?");
    if (params.length === 0) return queryRows(host, scope, [text], [], tables);
    if (strings.length !== params.length + 1)
      throw new AppError("usage", `the query has ${strings.length - 1} placeholders ? and ${params.length} values`);
    return queryRows(host, scope, strings, params, tables);
  };
  const escape = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  return {
    dialect: "duckdb",
    sql: sqlTag(host, scope, tables),
    query,
    queryRow: async (text, params) => first(await query(text, params)),
    queryTag: (strings, ...params) => [strings.join("?"), ...params],
    escape,
    describeTables: async () => tables.map(({ name }) => ({ name })),
    describeColumns: ({ table }) => query(`DESCRIBE ${escape(table)}`),
  };
}

function first(rows: unknown): unknown {
  return typeof rows === "object" && rows !== null && Symbol.iterator in rows
    ? ([...(rows as Iterable<unknown>)][0] ?? null)
    : null;
}

async function toRows(name: string, source: unknown): Promise<unknown> {
  if (isFile(source)) {
    const extension = /\.(\w+)$/.exec(source.name)?.[1]?.toLowerCase() ?? "";
    switch (extension) {
      case "csv":
        return source.csv({ typed: true });
      case "tsv":
        return source.tsv({ typed: true });
      case "json":
        return source.json();
      case "arrow":
        return source.arrow();
      case "parquet":
        return source.parquet();
      default:
        throw new AppError(
          "value_not_storable",
          `the file ${source.name} of the table ${name} is none of csv, tsv, json, arrow, parquet`,
        );
    }
  }
  if (typeof source === "object" && source !== null && "data" in source) return source.data;
  return source;
}

function isFile(value: unknown): value is FileAttachment {
  return typeof value === "object" && value !== null && "mimeType" in value && "csv" in value && "name" in value;
}
