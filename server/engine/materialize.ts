import { partitionValue } from "../../cells/builtins/partition.ts";
import { toSqlValue } from "../../cells/builtins/sql-value.ts";
import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import { AppError } from "../../cells/errors.ts";
import { boundText } from "../../cells/protocol/bound-values.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import type { Database } from "./duckdb.ts";
import { openInputs, type Inputs } from "./inputs.ts";
import type { MaterializeRequest, MaterializeResult } from "./messages.ts";
import { defineNoEarlier } from "./no-earlier.ts";
import { type AskServer, resourceRows } from "./resource-rows.ts";
import { SqlText } from "./sql-text.ts";
import { Session } from "./session.ts";
import { storeTable } from "./store-table.ts";
import { prepareRows, type Rows } from "./user-sql.ts";

/**
 * Whether an asset can be computed without JavaScript: a SQL cell that binds nothing but its partition and reads only what is
 * stored.
 */
export function isPlainSql(
  cell: KernelCell,
  request: Pick<MaterializeRequest, "inputs"> & { readonly store?: MaterializeRequest["store"] },
): boolean {
  const { compiled, tables } = cell;
  if (compiled.kind !== "sql" || compiled.sql === null || partitionParameters(compiled.sql) === null) return false;
  if (request.store === "json") return false;
  return tables.every(({ schema, name }) =>
    request.inputs.some((input) => input.schema === schema && input.name === name),
  );
}

/** What computing a plain SQL asset needs beside its request. */
export interface MaterializeOptions {
  readonly temporary: string;
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
  /** path of the notebook, for its resources */
  readonly notebook: string;
  readonly ask: AskServer;
  /** called once the rows are written and only their hash is to be had: the next asset may begin */
  readonly onWritten: () => void;
}

/** Computes a plain SQL asset into a Parquet file at `request.target`. Rejects with `query_failed` or `cell_cancelled`. */
export async function materializeSql(
  database: Database,
  cell: KernelCell,
  request: MaterializeRequest,
  options: MaterializeOptions,
): Promise<MaterializeResult> {
  return withRows(database, cell, request, options, async (session, rows, { bound, preparedMs }) => {
    const { ms, ...stored } = await storeTable(session, rows, request.target, request.metadata, options.onWritten);
    return { type: "table", ...stored, bound, ms: preparedMs + ms };
  });
}

/** What was bound to the `${}` of a cell, as JSON text, and how long it took until its rows could be asked for. */
interface Prepared {
  readonly bound: string;
  readonly preparedMs: number;
}

/** Prepares the rows of a plain SQL cell and hands them to `use`, in a session that ends with it. */
export async function withRows<T>(
  database: Database,
  cell: KernelCell,
  request: Pick<MaterializeRequest, "asset" | "inputs" | "files" | "partition">,
  options: Omit<MaterializeOptions, "onWritten">,
  use: (session: Session, rows: Rows, prepared: Prepared) => Promise<T>,
): Promise<T> {
  const { sql, id } = cell.compiled;
  if (sql === null) throw new AppError("internal", `cell ${id} has no SQL to compute ${request.asset} from`);
  const noEarlier = request.inputs.find(({ key, input }) => key === request.asset && input.paths.length === 0);
  const read = request.inputs.filter((input) => input !== noEarlier);
  const inputs: Inputs = await openInputs({ ...request, inputs: read }, options);
  const partition = partitionValue(request.partition);
  const bound = (partitionParameters(sql) ?? []).map((name, i) => toSqlValue(partition[name], i));
  const params = new Map(bound.map((value, i) => [i + 1, value]));
  const text = SqlText.of(sql).withFiles(inputs.files);
  // what another engine takes for statements is its own matter
  const [only, ...others] = cell.database === undefined ? text.statements() : [];
  const session = await Session.open(database, inputs.views, {
    signal: options.signal,
    paths: inputs.names,
    createsNothing: cell.database !== undefined || (only?.kind === "select" && others.length === 0),
  });
  try {
    const startedAt = performance.now();
    if (noEarlier !== undefined)
      await defineNoEarlier(session, noEarlier, { text, cell: id, params }, noEarlier.input.empty ?? null);
    const rows =
      cell.database === undefined
        ? await prepareRows(session, { text, cell: id, params })
        : await resourceRows(
            options.ask,
            { ...sql, notebook: options.notebook, resource: cell.database, cell: id, params: bound },
            session,
            options.signal,
          );
    return await use(session, rows, { bound: boundText(bound), preparedMs: performance.now() - startedAt });
  } finally {
    // the next step need not wait for it
    void session.close();
  }
}
