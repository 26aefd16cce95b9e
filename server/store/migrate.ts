import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError, messageOf } from "../../cells/errors.ts";
import { Migrator, type Kysely, type Migration } from "./kysely.ts";
import { facts } from "./migrations/0001-facts.ts";
import { retirement } from "./migrations/0002-retirement.ts";
import { backfills } from "./migrations/0004-backfills.ts";
import { automation } from "./migrations/0005-automation.ts";
import { runTags } from "./migrations/0006-run-tags.ts";
import { branches } from "./migrations/0007-branches.ts";
import { identity } from "./migrations/0008-identity.ts";
import { standings } from "./migrations/0009-standings.ts";
import { failingChecks } from "./migrations/0010-failing-checks.ts";
import { automatedBackfills } from "./migrations/0011-automated-backfills.ts";
import { checks } from "./migrations/0003-checks.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** Schema changes by name, in order. Forward only: a name that was released never changes or goes. */
export type Migrations = Readonly<Record<string, Migration>>;

export const migrations: Migrations = {
  "0001-facts": facts,
  "0002-retirement": retirement,
  "0003-checks": checks,
  "0004-backfills": backfills,
  "0005-automation": automation,
  "0006-run-tags": runTags,
  "0007-branches": branches,
  "0008-identity": identity,
  "0009-standings": standings,
  "0010-failing-checks": failingChecks,
  "0011-automated-backfills": automatedBackfills,
};

/** What stands between a database and this program's schema. */
export interface Schemas {
  /** migrations to apply */
  readonly pending: readonly string[];
  /** migrations that the database has, in order */
  readonly applied: readonly string[];
}

/** Compares the database with `known`. Throws `workspace_invalid` where a newer program wrote it. */
export function compareSchemas(file: SqliteFile, known: Migrations): Schemas {
  const exists = file.prepare("select 1 from sqlite_master where type = 'table' and name = 'kysely_migration'").get();
  const applied =
    exists === undefined
      ? []
      : file.prepare("select name from kysely_migration order by name").pluck().all().map(String);
  const unknown = applied.filter((name) => !(name in known));
  const newest = unknown.at(-1);
  if (newest !== undefined)
    throw new AppError(
      "workspace_invalid",
      `the store was written by a newer cellar: its schema is ${newest}, this one knows up to ${
        Object.keys(known).sort().at(-1) ?? "none"
      }; update cellar, or restore a copy from the backups folder`,
      { data: { schema: newest } },
    );
  return {
    applied,
    pending: Object.keys(known)
      .sort()
      .filter((name) => !applied.includes(name)),
  };
}

/** Copies the database, whole and consistent, into `backups/` beside it; returns the copy's name. */
export async function backup(file: SqliteFile, schema: string, now: number): Promise<string> {
  const folder = join(dirname(file.name), "backups");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(now).toISOString().replaceAll(":", "-");
  const name = `${basename(file.name, ".db")}-${schema}-${stamp}.db`;
  await file.backup(join(folder, name));
  return name;
}

/** Applies what is pending, all of it in one transaction. Throws `storage_failed`. */
export async function migrate(db: Kysely<unknown>, known: Migrations): Promise<void> {
  // a number is taken when work on it begins, so that a smaller one may come later; no two touch the same thing
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...known }) },
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  throw new AppError(
    "storage_failed",
    `the store could not be brought to this schema: ${messageOf(error)}; nothing was changed, the copy in backups stands`,
    { cause: error },
  );
}
