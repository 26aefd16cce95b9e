import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import { onlyInSql } from "../../cells/tests/difference.ts";
import type { Database } from "./duckdb.ts";
import { readable } from "./inputs.ts";
import type { DiffRequest, StoredInput, TableDiff } from "./messages.ts";
import type { ReadingPlace } from "./page.ts";
import { Session } from "./session.ts";
import { ident, readerOf } from "./sql.ts";

const longestSample = 100;

/** Compares two tables. Throws `usage` for a key that one of them lacks, or in which two rows have the same. */
export async function diffTables(
  database: Database,
  request: DiffRequest,
  place: ReadingPlace,
  signal: AbortSignal,
): Promise<TableDiff> {
  const session = await Session.open(database, [], {
    signal,
    paths: new Map(place.folders.map((folder) => [folder, ""])),
  });
  try {
    const before = await open(session, "b", request.before, place);
    const after = await open(session, "a", request.after, place);
    const types = new Map(before.map(({ name, type }) => [name, type]));
    const common =
      request.before === null ? after : request.after === null ? before : after.filter(({ name }) => types.has(name));
    const rows = { before: await countOf(session, "b"), after: await countOf(session, "a") };
    const limit = Math.min(request.limit, longestSample);
    const compared =
      request.key.length === 0
        ? await byValues(session, common, limit)
        : await byKey(session, request.key, common, limit);
    return {
      columns: {
        added: request.before === null ? [] : after.filter(({ name }) => !types.has(name)),
        removed:
          request.after === null ? [] : before.filter(({ name }) => !after.some((column) => column.name === name)),
        retyped: after.flatMap(({ name, type }) => {
          const was = types.get(name);
          return was === undefined || was === type ? [] : [{ name, before: was, after: type }];
        }),
      },
      rows: { ...rows, ...compared.rows },
      differing: compared.differing,
      samples: compared.samples,
    };
  } finally {
    await session.close();
  }
}

/** Makes the table a view of this name. A missing one has no rows, in the columns of the other. */
async function open(
  session: Session,
  name: string,
  input: StoredInput | null,
  place: ReadingPlace,
): Promise<readonly Column[]> {
  if (input === null) return [];
  const from = readerOf(await readable(input, place.temporary));
  await session.run(`CREATE VIEW ${name} AS SELECT * FROM ${from}`);
  return session.columnsOf(name);
}

async function countOf(session: Session, name: string): Promise<number> {
  const { rows } = await session.read(
    `SELECT count(*) FROM duckdb_views() WHERE view_name = '${name}' AND database_name = current_database()`,
  );
  if (rows[0]?.[0] === "0") return 0;
  return Number((await session.read(`SELECT count(*) FROM ${name}`)).rows[0]?.[0] ?? 0);
}

type Compared = Pick<TableDiff, "differing" | "samples"> & {
  readonly rows: Pick<TableDiff["rows"], "added" | "removed" | "changed">;
};

/** Rows are the same where every value is; equal rows count as often as they stand there. */
async function byValues(session: Session, columns: readonly Column[], limit: number): Promise<Compared> {
  const names = columns.map(({ name }) => name);
  const side = async (of: string, other: string) => {
    const [own, others] = [await exists(session, of), await exists(session, other)];
    if (!own || names.length === 0) return { count: 0, sample: [] };
    const rows = `(${onlyInSql(names, of, others ? other : null)})`;
    return { count: await count(session, rows), sample: await sample(session, rows, "r", limit) };
  };
  const added = await side("a", "b");
  const removed = await side("b", "a");
  return {
    rows: { added: added.count, removed: removed.count, changed: null },
    differing: null,
    samples: { added: added.sample, removed: removed.sample, changed: [] },
  };
}

/** Rows are the same where their key is. */
async function byKey(
  session: Session,
  key: readonly string[],
  columns: readonly Column[],
  limit: number,
): Promise<Compared> {
  const lacking = key.find((name) => !columns.some((column) => column.name === name));
  if (lacking !== undefined)
    throw new AppError(
      "usage",
      `the key ${JSON.stringify(lacking)} is no column of both tables; choose among ${columns.map(({ name }) => name).join(", ")}`,
    );
  if (!(await exists(session, "a")) || !(await exists(session, "b"))) return byValues(session, columns, limit);
  const keys = key.map(ident).join(", ");
  for (const table of ["a", "b"])
    if ((await count(session, `(SELECT ${keys} FROM ${table} GROUP BY ${keys} HAVING count(*) > 1)`)) > 0)
      throw new AppError(
        "usage",
        `several rows have the same ${key.join(", ")}; name more columns, as in --key ${key.join(",")},day`,
      );
  const on = key.map((name) => `a.${ident(name)} IS NOT DISTINCT FROM b.${ident(name)}`).join(" AND ");
  const values = columns.filter(({ name }) => !key.includes(name));
  const differs = ({ name }: Column) => `a.${ident(name)} IS DISTINCT FROM b.${ident(name)}`;
  const either = values.length === 0 ? "false" : values.map(differs).join(" OR ");
  const list = columns.map(({ name }) => ident(name)).join(", ");
  const only = (of: string, other: string) =>
    `(SELECT ${list} FROM ${of} WHERE NOT EXISTS (SELECT 1 FROM ${other} WHERE ${on}))`;
  const both = `(SELECT a, b FROM a JOIN b ON ${on} WHERE ${either})`;
  const counts = values.map((column) => `count(*) FILTER (${differs(column)})`).join(", ");
  const { rows } = values.length === 0 ? { rows: [[]] } : await session.read(`SELECT ${counts} FROM a JOIN b ON ${on}`);
  return {
    rows: {
      added: await count(session, only("a", "b")),
      removed: await count(session, only("b", "a")),
      changed: await count(session, both),
    },
    differing: Object.fromEntries(values.map(({ name }, i) => [name, Number(rows[0]?.[i] ?? 0)])),
    samples: {
      added: await sample(session, only("a", "b"), "r", limit),
      removed: await sample(session, only("b", "a"), "r", limit),
      changed: (await sample(session, both, "{'before': r.b, 'after': r.a}", limit)) as TableDiff["samples"]["changed"],
    },
  };
}

async function exists(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.read(
    `SELECT count(*) FROM duckdb_views() WHERE view_name = '${name}' AND database_name = current_database()`,
  );
  return rows[0]?.[0] !== "0";
}

async function count(session: Session, from: string): Promise<number> {
  return Number((await session.read(`SELECT count(*) FROM ${from}`)).rows[0]?.[0] ?? 0);
}

async function sample(session: Session, from: string, value: string, limit: number): Promise<readonly unknown[]> {
  const { rows } = await session.read(
    `SELECT to_json(${value})::VARCHAR FROM ${from} AS r ORDER BY ALL LIMIT ${limit}`,
  );
  return rows.map(([text]) => JSON.parse(text ?? "null") as unknown);
}
