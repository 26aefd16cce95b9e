import type { Engine, EngineConnection } from "./engine.ts";
import { sqlName } from "./sql-value.ts";

/** A connection with the temporary views that it has, so that they are made again only where they differ. */
export interface PooledConnection {
  readonly connection: EngineConnection;
  /** view name → table that it stands for */
  readonly views: Map<string, string>;
}

/** As many as the kernel asks queries at once: the worker computes one at a time anyway, in turns. */
const connections = 4;

/** The connections of one notebook: all see the schema of that notebook first. */
export class ConnectionPool {
  readonly #engine: Engine;
  readonly #schema: string;
  readonly #idle: PooledConnection[] = [];
  readonly #waiting: ((connection: PooledConnection) => void)[] = [];
  #open = 0;

  constructor(engine: Engine, schema: string) {
    this.#engine = engine;
    this.#schema = schema;
  }

  /** Gives `use` a connection of its own until it settles. */
  async with<T>(use: (connection: PooledConnection) => Promise<T>): Promise<T> {
    const taken = this.#idle.pop() ?? (this.#open < connections ? await this.#connect() : await this.#wait());
    try {
      return await use(taken);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(taken);
      else this.#idle.push(taken);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(({ connection }) => connection.close()));
  }

  async #connect(): Promise<PooledConnection> {
    this.#open++;
    const connection = await this.#engine.connect();
    await connection.run(`use memory.${sqlName(this.#schema)}`);
    return { connection, views: new Map() };
  }

  #wait(): Promise<PooledConnection> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
