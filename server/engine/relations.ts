import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Relation } from "../../cells/protocol/host.ts";
import type { Database } from "./duckdb.ts";
import { shifted, type Session, type Traced } from "./session.ts";
import { ident } from "./sql.ts";
import type { Rows } from "./user-sql.ts";

/** What a kernel knows by name: SQL text to stand after FROM, in any session. */
interface Known {
  readonly from: string;
  readonly relation: Relation;
}

let catalogs = 0;

/** The relations of one kernel: computed tables, views, files. Gone when it closes. */
export class Relations {
  readonly #database: Database;
  readonly #catalog: string;
  readonly #known = new Map<string, Known>();
  readonly #kept: string[] = [];
  #next = 1;

  private constructor(database: Database, catalog: string) {
    this.#database = database;
    this.#catalog = catalog;
    this.#kept.push(catalog);
  }

  static async open(database: Database): Promise<Relations> {
    const catalog = `kernel_${++catalogs}`;
    const connection = await database.connect();
    await connection.run(`ATTACH ':memory:' AS ${catalog}`);
    connection.close();
    return new Relations(database, catalog);
  }

  /** Names what is behind a SQL text already: a file, a table. */
  add(from: string, columns: readonly Column[], rows: number | null): Relation {
    const relation = { id: `relation ${this.#next++}`, columns, rows };
    this.#known.set(relation.id, { from, relation });
    return relation;
  }

  /** Computes rows now and keeps them. */
  async keep(session: Session, rows: Rows): Promise<Relation> {
    const from = `${this.#catalog}.main.${ident(`relation ${this.#next}`)}`;
    const prefix = `CREATE TABLE ${from} AS SELECT * FROM `;
    await session.run(`${prefix}${rows.from}`, rows.params, shifted(rows.traced, prefix));
    const { rows: counts } = await session.read(`SELECT count(*) FROM ${from}`);
    return this.add(from, rows.columns, Number(counts[0]?.[0] ?? 0));
  }

  /** Keeps rows as a query that is computed where it is read. The session's database stays for it. */
  async view(session: Session, rows: Rows, traced: Traced): Promise<Relation> {
    const from = await session.share("cellar result", rows.from, traced);
    this.#kept.push(session.release());
    return this.add(from, rows.columns, null);
  }

  /** SQL text of a relation, and its columns. Throws `internal` where a kernel names one that it was not given. */
  get(id: string): { readonly from: string; readonly columns: readonly Column[] } {
    const known = this.#known.get(id);
    if (known === undefined) throw new AppError("internal", `no relation is named ${JSON.stringify(id)}`);
    return { from: known.from, columns: known.relation.columns };
  }

  async close(): Promise<void> {
    this.#known.clear();
    const connection = await this.#database.connect();
    for (const catalog of this.#kept.splice(0)) await connection.run(`DETACH ${catalog}`).catch(() => undefined);
    connection.close();
  }
}
