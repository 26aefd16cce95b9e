import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Answer, Connection, CopyAnswer, Database, Parameters, StatementClass } from "./duckdb.ts";
import { queryError } from "./query-error.ts";
import { ident } from "./sql.ts";
import type { SourcePlace } from "./sql-text.ts";

/** A name that SQL may read, and the SQL text after FROM that it stands for. */
export interface View {
  readonly schema: string | null;
  readonly name: string;
  readonly from: string;
}

/** Where a piece of user's SQL stands in the text that runs, and how to trace it to the cell. */
export interface Traced {
  readonly cell: number | null;
  readonly placeOf: (offset: number) => SourcePlace | null;
}

const untraced: Traced = { cell: null, placeOf: () => null };

/**
 * A connection with a database of its own, gone when it closes: what the SQL of one asset creates, the next does not see.
 * Where the SQL is known to create nothing (`createsNothing`), its views are temporary ones of the connection, and no
 * database is made. Statements run one after the other.
 */
export class Session {
  readonly #connection: Connection;
  /** null where it creates nothing */
  readonly #catalog: string | null;
  readonly #paths: ReadonlyMap<string, string>;
  readonly #signal: AbortSignal | null;
  readonly #onAbort: () => void;

  private constructor(connection: Connection, catalog: string | null, options: SessionOptions) {
    this.#connection = connection;
    this.#catalog = catalog;
    this.#paths = options.paths ?? new Map();
    this.#signal = options.signal ?? null;
    this.#onAbort = () => connection.interrupt();
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Opens with these views. Aborting `signal` interrupts whatever runs. */
  static async open(database: Database, views: readonly View[], options: SessionOptions = {}): Promise<Session> {
    options.signal?.throwIfAborted();
    const isOwn = !options.createsNothing || views.some(({ schema }) => schema !== null);
    const { connection, catalog } = isOwn
      ? await database.ownCatalog()
      : { connection: await database.connect(), catalog: null };
    const session = new Session(connection, catalog, options);
    try {
      const kind = isOwn ? "VIEW" : "TEMP VIEW";
      if (views.length > 0) await session.run(views.map((view) => viewSql(view, kind)).join("\n"));
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Lets names stand for other rows from now on. */
  async show(views: readonly View[]): Promise<void> {
    const kind = this.#catalog === null ? "TEMP VIEW" : "VIEW";
    if (views.length > 0) await this.run(views.map((view) => viewSql(view, kind)).join("\n"));
  }

  /** Runs one statement, or several of which the last alone has parameters. Rejects with `query_failed` or `cell_cancelled`. */
  async run(sql: string, params?: Parameters, traced: Traced = untraced): Promise<void> {
    await this.#attempt(sql, traced, () => this.#connection.run(sql, params));
  }

  /** As `run`, reading the result whole: for results of a few rows. */
  async read(sql: string, params?: Parameters, traced: Traced = untraced): Promise<Answer> {
    return this.#attempt(sql, traced, () => this.#connection.read(sql, params));
  }

  /** As `run`, of a COPY to one file that says what it wrote. */
  async copy(sql: string, params: Parameters, traced: Traced): Promise<CopyAnswer> {
    const [answer] = await this.#attempt(sql, traced, () => this.#connection.copy(sql, params));
    return answer ?? { rows: 0, columns: new Map() };
  }

  /** As `copy`, of a COPY to many files. */
  async copyFiles(sql: string, traced: Traced): Promise<readonly (CopyAnswer & { readonly file: string })[]> {
    return this.#attempt(sql, traced, () => this.#connection.copy(sql));
  }

  async classify(sql: string, traced: Traced): Promise<StatementClass> {
    return this.#attempt(sql, traced, () => this.#connection.classify(sql));
  }

  async keep(sql: string, params: Parameters, table: string, traced: Traced): Promise<void> {
    return this.#attempt(sql, traced, () => this.#connection.keep(sql, params, table));
  }

  /** Names and types of what a SQL text after FROM gives; duplicate names are told apart by `_1`, `_2`. */
  async columnsOf(from: string, params?: Parameters, traced: Traced = untraced): Promise<readonly Column[]> {
    const select = `SELECT * FROM ${from}`;
    const known = params === undefined || params.size === 0 ? await this.#connection.simpleColumns(select) : null;
    if (known !== null) return known;
    const { rows } = await this.read(`DESCRIBE ${select}`, params, shifted(traced, "DESCRIBE SELECT * FROM "));
    return rows.map(([name, type]) => ({ name: name ?? "", type: type ?? "" }));
  }

  /** Makes a view of rows that other sessions read too; the database stays when the session is released, not closed. */
  async share(name: string, from: string, traced: Traced): Promise<string> {
    const prefix = `CREATE VIEW ${ident(name)} AS SELECT * FROM `;
    await this.run(`${prefix}${from}`, undefined, shifted(traced, prefix));
    return `${this.#own()}.main.${ident(name)}`;
  }

  /** Ends the connection, and leaves its database to those that read what it shares. Gives the database's name. */
  release(): string {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#connection.close();
    return this.#own();
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    try {
      if (this.#catalog !== null) await this.#connection.run(`USE memory; DETACH ${this.#catalog}`);
    } catch {
      // an open transaction, or a database that is past use: the next probe tells
    }
    this.#connection.close();
  }

  #own(): string {
    if (this.#catalog === null) throw new AppError("internal", "a session that creates nothing was to share a view");
    return this.#catalog;
  }

  async #attempt<T>(sql: string, { cell, placeOf }: Traced, body: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    try {
      return await body();
    } catch (error) {
      throw queryError(error, { sql, placeOf, cell, paths: this.#paths, signal: this.#signal });
    }
  }
}

export interface SessionOptions {
  readonly signal?: AbortSignal;
  /** its SQL is one SELECT: it needs no database to create things in */
  readonly createsNothing?: boolean;
  /** path → name that stands for it in messages */
  readonly paths?: ReadonlyMap<string, string>;
}

function viewSql({ schema, name, from }: View, kind: "VIEW" | "TEMP VIEW"): string {
  if (schema === null) return `CREATE OR REPLACE ${kind} ${ident(name)} AS SELECT * FROM ${from};`;
  return `CREATE SCHEMA IF NOT EXISTS ${ident(schema)}; CREATE OR REPLACE VIEW ${ident(schema)}.${ident(name)} AS SELECT * FROM ${from};`;
}

/** The same tracing where `prefix` has been put before the text. */
export function shifted(traced: Traced, prefix: string): Traced {
  return {
    cell: traced.cell,
    placeOf: (offset) => (offset < prefix.length ? null : traced.placeOf(offset - prefix.length)),
  };
}

/** The error of a text that has no rows to keep. */
export function noRows(place: SourcePlace): AppError {
  return new AppError("query_failed", "no statement of this SQL yields rows; end it with a SELECT", {
    data: { ...place },
  });
}
