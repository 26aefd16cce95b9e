import type { KernelCell } from "../../cells/protocol/kernel.ts";
import type { Database } from "./duckdb.ts";
import { openInputs } from "./inputs.ts";
import { type MaterializeOptions, withRows } from "./materialize.ts";
import type { CheckAnswer, CheckRequest } from "./messages.ts";
import { Session, shifted, type Traced } from "./session.ts";
import { storeTable } from "./store-table.ts";
import type { Rows } from "./user-sql.ts";

type CheckOptions = Omit<MaterializeOptions, "onWritten">;

/** Carries out a check that is a plain SQL cell: its rows are wrong. Rejects with `query_failed` or `cell_cancelled`. */
export async function checkSql(
  database: Database,
  cell: KernelCell,
  request: CheckRequest,
  options: CheckOptions,
): Promise<CheckAnswer> {
  const startedAt = performance.now();
  return withRows(database, cell, request, options, async (session, rows) =>
    answerOf(await keepFailing(session, rows, request), startedAt),
  );
}

/** As `checkSql`, of SQL that is none of the author's. */
export async function checkRule(
  database: Database,
  request: CheckRequest & { readonly sql: string },
  options: CheckOptions,
): Promise<CheckAnswer> {
  const startedAt = performance.now();
  const inputs = await openInputs(request, options);
  const { signal } = options;
  const session = await Session.open(database, inputs.views, { signal, paths: inputs.names, createsNothing: true });
  try {
    const traced: Traced = { cell: null, placeOf: () => null };
    const from = `(${request.sql})`;
    const params = new Map();
    const rows: Rows = { from, columns: await session.columnsOf(from, params, traced), params, traced };
    return answerOf(await keepFailing(session, rows, request), startedAt);
  } finally {
    void session.close();
  }
}

/** Rows that are wrong: how many there are, and how many of them are in the file. */
interface Failing {
  readonly failing: number;
  readonly written: number;
}

/** Counts rows and writes the first of them: where none is wrong, which is the usual case, nothing is written. */
export async function keepFailing(
  session: Session,
  rows: Rows,
  { target, metadata, mostRows }: Pick<CheckRequest, "target" | "metadata" | "mostRows">,
): Promise<Failing> {
  const count = "SELECT count(*) FROM ";
  const answer = await session.read(`${count}${rows.from}`, rows.params, shifted(rows.traced, count));
  const failing = Number(answer.rows[0]?.[0] ?? 0);
  if (failing === 0) return { failing, written: 0 };
  const prefix = "(SELECT * FROM ";
  const first = {
    ...rows,
    from: `${prefix}${rows.from} LIMIT ${mostRows})`,
    traced: shifted(rows.traced, prefix),
  };
  const { rows: written } = await storeTable(session, first, target, metadata);
  return { failing, written };
}

/** The answer of a check that gave rows. */
export function answerOf({ failing, written }: Failing, startedAt: number): CheckAnswer {
  return { passed: failing === 0, failing, written, metadata: {}, ms: performance.now() - startedAt };
}
