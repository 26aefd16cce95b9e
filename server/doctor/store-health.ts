import { stat } from "node:fs/promises";
import { messageOf } from "../../cells/errors.ts";
import { compareSchemas, migrations } from "../store/migrate.ts";
import { openSqliteFile, type SqliteFile } from "../store/sqlite-file.ts";
import { type Finding, info, problem, some, warning } from "./finding.ts";

const restoring = "stop Cellar, and put a copy from .cellar/backups in its place";

/** Whether the store is whole, of this program's schema, and agrees with itself. Reads only. */
export async function storeFindings(
  path: string,
  { now, isServed }: { readonly now: number; readonly isServed: boolean },
): Promise<readonly Finding[]> {
  if ((await stat(path).catch(() => null)) === null) return [];
  let file: SqliteFile;
  try {
    file = openSqliteFile(path, { readOnly: true });
  } catch (error) {
    return [problem("store", `the store cannot be opened: ${messageOf(error)}`, restoring)];
  }
  try {
    return [...wholeness(file), ...schema(file), ...log(file), ...runs(file, now, isServed), ...outboxes(file)];
  } catch (error) {
    return [problem("store", `the store cannot be read: ${messageOf(error)}`, restoring)];
  } finally {
    file.close();
  }
}

/** What receivers of alerts refused for good, as the outboxes have it in their settings. */
function outboxes(file: SqliteFile): readonly Finding[] {
  const rows = file.prepare("select name, value from settings where name like 'outbox %'").all() as readonly {
    readonly name: string;
    readonly value: string;
  }[];
  return rows.flatMap(({ name, value }) => {
    if (value === "") return [];
    const { givenUp } = JSON.parse(value) as { readonly givenUp?: { readonly count: number; readonly reason: string } };
    if (givenUp === undefined) return [];
    const count = givenUp.count === 1 ? "one message was" : `${givenUp.count} messages were`;
    return [
      warning(
        "alerts",
        `${count} refused for good and given up (${name.slice("outbox ".length)}): ${givenUp.reason}`,
        'check sender and receivers under "mail" and "alerts" of cellar.json, and try with cellar alerts NAME --test',
      ),
    ];
  });
}

function wholeness(file: SqliteFile): readonly Finding[] {
  const damage = file.pragma("integrity_check(5)", { simple: false }) as readonly { integrity_check: string }[];
  const found = damage.map((row) => row.integrity_check).filter((text) => text !== "ok");
  if (found.length > 0) return [problem("store", `the store is damaged: ${some(found)}`, restoring)];
  const lost = file.pragma("foreign_key_check") as readonly { table: string; parent: string }[];
  return lost.length > 0
    ? [
        problem(
          "store",
          `${lost.length} rows of the store refer to what is not there (${some([...new Set(lost.map(({ table, parent }) => `${table} → ${parent}`))])})`,
          restoring,
        ),
      ]
    : [info("store", "the store is whole")];
}

function schema(file: SqliteFile): readonly Finding[] {
  try {
    const { pending } = compareSchemas(file, migrations);
    return pending.length === 0
      ? []
      : [
          info(
            "store",
            `its schema is older: ${some(pending)} will be applied when Cellar next opens it, after a copy`,
          ),
        ];
  } catch (error) {
    return [problem("store", messageOf(error), "update Cellar")];
  }
}

function log(file: SqliteFile): readonly Finding[] {
  const row = file.prepare("select count(*) as count, min(seq) as first, max(seq) as last from events").get() as {
    readonly count: number;
    readonly first: number | null;
    readonly last: number | null;
  };
  if (row.first === null || row.last === null) return [];
  const lacking = row.last - row.first + 1 - row.count;
  return lacking === 0
    ? [info("log", `${row.count} events, none missing`)]
    : [problem("log", `${lacking} events are missing between ${row.first} and ${row.last}`, restoring)];
}

/** Runs that nobody works on, and steps that their run left behind. */
function runs(file: SqliteFile, now: number, isServed: boolean): readonly Finding[] {
  const findings: Finding[] = [];
  const idle = file
    .prepare<[number], string>(
      `select r.id from runs r left join leases l on l.run = r.id and l.holder is not null
       where r.state in ('starting', 'running', 'cancelling') and (l.run is null or l.expires_at < ?)`,
    )
    .pluck()
    .all(now);
  if (idle.length > 0)
    findings.push(
      warning(
        "runs",
        `nobody works on ${idle.length} runs that have begun: ${some(idle)}`,
        isServed
          ? "restart the server, which takes them up again; cellar cancel ends one"
          : "start cellar serve, which takes them up again; cellar cancel ends one",
      ),
    );
  const waiting = file.prepare("select count(*) from runs where state = 'queued'").pluck().get() as number;
  if (waiting > 0 && !isServed)
    findings.push(warning("runs", `${waiting} runs wait, and no server carries them out`, "start cellar serve"));
  const left = file
    .prepare(
      `select s.run || ' ' || s.asset from steps s join runs r on r.id = s.run
       where r.state in ('succeeded', 'failed', 'cancelled') and s.state in ('waiting', 'running', 'committing')`,
    )
    .pluck()
    .all() as readonly string[];
  if (left.length > 0)
    findings.push(
      problem(
        "runs",
        `${left.length} steps are open though their run has ended: ${some(left)}`,
        "run their assets again; please report this",
      ),
    );
  if (findings.length === 0) findings.push(info("runs", "no run is stuck"));
  return findings;
}
