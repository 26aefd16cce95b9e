import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from "./kysely.ts";
import type { SqliteFile } from "./sqlite-file.ts";

const keptStatements = 300;

/**
 * Kysely over one open file. Differs from Kysely's own in keeping prepared statements (three times the speed of a small
 * insert) and in migrating inside a transaction, which SQLite can.
 */
export function sqliteDialect(file: SqliteFile): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new FileDriver(file),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class FileDriver implements Driver {
  readonly #file: SqliteFile;
  readonly #connection: FileConnection;

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#connection = new FileConnection(file);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    this.#file.exec("begin immediate");
  }

  async commitTransaction(): Promise<void> {
    this.#file.exec("commit");
  }

  async rollbackTransaction(): Promise<void> {
    this.#file.exec("rollback");
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#file.close();
  }
}

class FileConnection implements DatabaseConnection {
  readonly #file: SqliteFile;
  readonly #statements = new Map<string, ReturnType<SqliteFile["prepare"]>>();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#prepare(query.sql);
    if (statement.reader) return { rows: statement.all(query.parameters) as R[] };
    const { changes } = statement.run(query.parameters);
    return { numAffectedRows: BigInt(changes), rows: [] };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#prepare(query.sql).iterate(query.parameters)) yield { rows: [row as R] };
  }

  #prepare(sql: string): ReturnType<SqliteFile["prepare"]> {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#file.prepare(sql);
    this.#statements.set(sql, statement);
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= keptStatements) break;
      this.#statements.delete(oldest);
    }
    return statement;
  }
}
