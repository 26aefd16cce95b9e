import { decodeArrow } from "../../cells/data/arrow.ts";
import { formatDate } from "../../cells/data/format-value.ts";
import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { Relation } from "../../cells/protocol/host.ts";
import { BrowserHost } from "../host/browser-host.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import type { DataPorts } from "../host/ports.ts";
import { sqlName } from "../host/sql-value.ts";

/** A table that a test gives or expects, or that came out of it: of the engine, or rows of JavaScript. */
export type TestTable =
  | { readonly type: "relation"; readonly relation: Relation }
  | { readonly type: "rows"; readonly rows: readonly unknown[] };

/** Where the SQL of a cell stands. */
export interface CellSource {
  readonly sql: SqlTemplate | null;
  readonly source: string;
}

/** the cell of statements that no author wrote */
const noCell = -1;

/**
 * The tables of one run of a test, in schemas of their own beside those of the notebook. Nothing that the server keeps is taken for
 * them, and all of them go when it is closed.
 */
export class TestTables {
  readonly host: BrowserHost;
  readonly #files = new Map<string, string>();
  readonly #relations = new Map<TestTable, Promise<Relation>>();

  constructor(engine: EngineProvider, data: DataPorts, cell: (id: number) => CellSource | null) {
    this.host = new BrowserHost({
      engine,
      data: {
        file: (name, signal) => {
          const text = this.#files.get(name);
          if (text === undefined) return data.file(name, signal);
          const bytes = new TextEncoder().encode(text);
          return Promise.resolve({ name, bytes, mimeType: "application/json", lastModified: 0 });
        },
        asset: (key, partition, version, signal) => data.asset(key, partition, version, signal),
        blob: (hash, signal) => data.blob(hash, signal),
        resources: data.resources,
        hydration: null,
      },
      cell: (id) => {
        const found = cell(id);
        return found && { recipe: null, readers: null, isVolatile: true, ...found };
      },
    });
  }

  /** Runs a statement of a test cell; its result is known as `name`. Rejects with `query_failed` and its place. */
  run(cell: number, name: string, sql: string, files: readonly string[], signal: AbortSignal): Promise<Relation> {
    return this.host.query({ cell, output: name, strings: [sql], params: [], tables: [], files }, signal);
  }

  /** Runs a statement over two tables, which it knows as `expected` and `actual`. */
  compare(sql: string, expected: Relation | null, actual: Relation | null, signal: AbortSignal): Promise<Relation> {
    const view = (name: string, relation: Relation | null) =>
      relation === null ? [] : [{ schema: null, name, relation: relation.id }];
    const tables = [...view("expected", expected), ...view("actual", actual)];
    return this.host.query({ cell: noCell, output: sql, strings: [sql], params: [], tables, files: [] }, signal);
  }

  /** A table in the engine. Rows of JavaScript are read there as JSON, as the server reads them: texts of dates are dates. */
  relationOf(table: TestTable, signal: AbortSignal): Promise<Relation> {
    if (table.type === "relation") return Promise.resolve(table.relation);
    const known = this.#relations.get(table);
    if (known !== undefined) return known;
    const made = this.#read(table.rows, signal);
    this.#relations.set(table, made);
    return made;
  }

  /** The first row of a table as JSON has it; undefined where it has none. */
  async firstRow({ id }: Relation, signal: AbortSignal): Promise<unknown> {
    const [row] = decodeArrow(await this.host.rows({ relation: id, offset: 0, limit: 1 }, signal)).toArray();
    return (
      row &&
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value instanceof Date ? formatDate(value) : value]),
      )
    );
  }

  close(): Promise<void> {
    return this.host.close();
  }

  async #read(rows: readonly unknown[], signal: AbortSignal): Promise<Relation> {
    if (rows.length === 0)
      throw new AppError(
        "value_not_storable",
        "a table without rows has no columns in JavaScript; give it a row, or write the test in SQL: WITH orders AS (SELECT 1 AS id WHERE false)",
      );
    const name = `rows-${this.#files.size}.json`;
    this.#files.set(name, JSON.stringify(rows));
    // the reader of the engine sorts them
    const columns = [...new Set(rows.flatMap((row) => (isRecord(row) ? Object.keys(row) : [])))];
    const list = columns.length === 0 ? "*" : columns.map(sqlName).join(", ");
    return this.run(noCell, name, `SELECT ${list} FROM '${name}'`, [name], signal);
  }
}
