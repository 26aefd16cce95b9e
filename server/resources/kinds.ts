import { assertNever } from "../../cells/errors.ts";
import { openDuckdbFile } from "./duckdb-file.ts";
import { openHttp } from "./http.ts";
import { openPostgres } from "./postgres.ts";
import type { Connection, Resource } from "./resource.ts";
import { openS3 } from "./s3.ts";
import { openSqlite } from "./sqlite.ts";

/** Opens a resource of any kind. Nothing is reached before it is asked. */
export function openKind(connection: Connection): Resource {
  switch (connection.kind) {
    case "sqlite":
      return openSqlite(connection);
    case "duckdb":
      return openDuckdbFile(connection);
    case "http":
      return openHttp(connection);
    case "postgres":
      return openPostgres(connection);
    case "s3":
      return openS3(connection);
    default:
      return assertNever(connection);
  }
}
