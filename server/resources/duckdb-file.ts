import { AppError, messageOf } from "../../cells/errors.ts";
import { Database } from "../engine/duckdb.ts";
import { SqlText } from "../engine/sql-text.ts";
import type { Connection, Resource } from "./resource.ts";
import { resourceLimits } from "./resource-limits.ts";
import { rowsOfSql } from "./rows-of-sql.ts";
import { unserved } from "./unserved.ts";

/** A DuckDB file, read only and locked down: it sees no other file than its own, and has no network. */
export function openDuckdbFile({ path }: Extract<Connection, { kind: "duckdb" }>): Resource {
  let opened: Promise<Database> | null = null;
  const open = async (name: string, temporary: string): Promise<Database> => {
    try {
      return await Database.open({
        readable: [],
        writable: [],
        files: [],
        ...resourceLimits,
        temporary,
        database: path,
      });
    } catch (error) {
      const isLocked = /lock/i.test(messageOf(error));
      const why = isLocked
        ? "another program has it open for writing; close it there, or read a copy"
        : 'it is no DuckDB file of this version; check "file" in cellar.json';
      throw new AppError("resource_failed", `resource ${name} cannot be opened: ${why}`, {
        data: { resource: name },
        cause: error,
      });
    }
  };
  return {
    async answer(call, options) {
      const { name, temporary } = options;
      if (call.type === "fetch") throw unserved("duckdb", "fetch", options);
      const database = await (opened ??= open(name, temporary));
      if (call.type === "query") {
        const sql = { text: SqlText.of(call), params: call.params, target: call.target };
        await rowsOfSql(database, sql, {
          createsNothing: true,
          paths: new Map([
            [temporary, ""],
            [path, name],
          ]),
        });
        return { type: "parquet" };
      }
      const connection = await database.connect();
      const { rows } = await connection.read("SELECT count(*) FROM duckdb_tables() WHERE NOT internal");
      connection.close();
      return { type: "reachable", what: `DuckDB file; tables: ${rows[0]?.[0] ?? 0}` };
    },
  };
}
