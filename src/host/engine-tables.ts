import { decodeArrow } from "../../cells/data/arrow.ts";
import type { Column } from "../../cells/model/materialization.ts";
import { ConnectionPool, type PooledConnection } from "./connection-pool.ts";
import type { Engine } from "./engine.ts";
import { sqlName } from "./sql-value.ts";

/** A table that was made, and what it holds. */
export interface MadeTable {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly rows: number;
}

let notebooks = 0;

/**
 * The tables of one notebook in the engine: a schema of its own for relations, and one for what its own SQL creates. The engine is
 * asked for with the first table.
 */
export class EngineTables {
  /** where relations are */
  readonly schema: string;
  /** where a statement of the notebook creates what it creates */
  readonly userSchema: string;
  readonly #engine: () => Promise<Engine>;
  #opened: Promise<{ readonly engine: Engine; readonly pool: ConnectionPool }> | null = null;
  #next = 1;

  constructor(engine: () => Promise<Engine>) {
    const number = ++notebooks;
    this.#engine = engine;
    this.schema = `cellar_${number}`;
    this.userSchema = `notebook_${number}`;
  }

  /** The engine, with this notebook's schemas in it. */
  async engine(): Promise<Engine> {
    return (await this.#open()).engine;
  }

  /** Gives `use` a connection of its own until it settles. */
  async with<T>(use: (connection: PooledConnection) => Promise<T>): Promise<T> {
    return (await this.#open()).pool.with(use);
  }

  /** Fills a new table. */
  make(fill: (connection: PooledConnection, table: string) => Promise<void>): Promise<MadeTable> {
    return this.with(async (pooled) => {
      const table = `r${this.#next++}`;
      await fill(pooled, table);
      return { table, ...(await this.#describe(pooled, table)) };
    });
  }

  /** Makes a table of an Arrow IPC stream, which is the engine's from then on where `isOwn`. */
  insert(arrow: Uint8Array, isOwn: boolean): Promise<MadeTable> {
    return this.make(({ connection }, table) =>
      connection.insertArrow({ schema: this.schema, name: table }, arrow, isOwn),
    );
  }

  /** The name of a table of relations, as any connection may write it. */
  qualify(table: string): string {
    return `memory.${sqlName(this.schema)}.${sqlName(table)}`;
  }

  /** Drops a table, whatever becomes of it. */
  async drop(table: string): Promise<void> {
    await this.with(({ connection }) => connection.run(`drop table if exists ${this.qualify(table)} cascade`)).catch(
      () => {},
    );
  }

  /** Drops everything that this notebook has in the engine. */
  async close(): Promise<void> {
    if (this.#opened === null) return;
    const { engine, pool } = await this.#opened;
    await pool.close();
    const connection = await engine.connect();
    for (const schema of [this.schema, this.userSchema])
      await connection.run(`drop schema if exists memory.${sqlName(schema)} cascade`);
    await connection.close();
  }

  #open(): Promise<{ readonly engine: Engine; readonly pool: ConnectionPool }> {
    return (this.#opened ??= this.#start().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    }));
  }

  async #start(): Promise<{ readonly engine: Engine; readonly pool: ConnectionPool }> {
    const engine = await this.#engine();
    const connection = await engine.connect();
    for (const schema of [this.schema, this.userSchema])
      await connection.run(`create schema memory.${sqlName(schema)}`);
    await connection.close();
    return { engine, pool: new ConnectionPool(engine, this.userSchema) };
  }

  async #describe({ connection }: PooledConnection, table: string): Promise<Omit<MadeTable, "table">> {
    const name = this.qualify(table);
    const rows = decodeArrow(
      await connection.arrowAtOnce(
        `select column_name as name, column_type as type, (select count(*) from ${name})::double as rows from (describe ${name})`,
      ),
    );
    return {
      columns: rows.map((row) => ({ name: String(row["name"]), type: String(row["type"]) })),
      rows: Number(rows.at(0)?.["rows"] ?? 0),
    };
  }
}
