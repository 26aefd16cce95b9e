/** The one place that names Kysely: what the store's schema, queries and migrations use of it. */
export {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Insertable,
  type QueryResult,
} from "kysely";
export { Migrator, type Migration } from "kysely/migration";
