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
  type Selectable,
} from "kysely";
export { Migrator, type Migration, type MigrationProvider } from "kysely/migration";
