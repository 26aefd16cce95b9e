import { partitionValue } from "../../cells/builtins/partition.ts";
import { toSqlValue } from "../../cells/builtins/sql-value.ts";
import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import { AppError } from "../../cells/errors.ts";
import { boundText } from "../../cells/protocol/bound-values.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import { mostCounted, statisticsOf } from "./column-statistics.ts";
import { versionText } from "./data-version.ts";
import type { Database } from "./duckdb.ts";
import { openInputs } from "./inputs.ts";
import { isPlainSql } from "./materialize.ts";
import type { RangeRequest, RangeResult, SlicedInput } from "./messages.ts";
import { checkTexts, failingAlone, failingByWindow } from "./range-checks.ts";
import { type Digest, digestAlone, digestsOf } from "./range-digest.ts";
import { writeRangeFiles } from "./range-files.ts";
import { inWindow, problemOf, summing, window, windowTypes } from "./range-text.ts";
import { Session, type View } from "./session.ts";
import { storableValue } from "./storable-type.ts";
import { ident, literal, readerOf } from "./sql.ts";
import { SqlText } from "./sql-text.ts";
import { prepareRows, storableRows, type Rows } from "./user-sql.ts";

interface RangeOptions {
  readonly temporary: string;
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
  /** of the asset's notebook: its checks are among them */
  readonly cells: readonly KernelCell[];
}

const windows = "temp.cellar_windows";
const unsorted = "temp.cellar_unsorted";
const result = "temp.cellar_range";

/**
 * Computes many time windows of one plain SQL asset by one statement: the cell's SELECT stands in a lateral join behind a table of
 * windows, whose columns are in place of what it binds. Every window then gets a file of its own. Refuses, having written nothing that
 * counts, where that is not sure to give what one window after the other gives: those are then computed so, and say what is wrong.
 */
export async function materializeRange(
  database: Database,
  cell: KernelCell,
  request: RangeRequest,
  options: RangeOptions,
): Promise<RangeResult> {
  const { sql } = cell.compiled;
  const names = sql === null ? null : partitionParameters(sql);
  const { slices, sliced } = request;
  if (sql === null || names === null || slices.length === 0 || cell.database !== undefined)
    return refused("it is no plain SQL");
  const read = [...request.inputs, ...sliced.map(({ key, name }) => ({ key, schema: null, name, input: noFiles }))];
  if (!isPlainSql(cell, { inputs: read, store: "auto" })) return refused("it reads what is not stored");
  if (names.some((name) => !Object.hasOwn(windowTypes, name))) return refused("it binds more than its window");
  const inputs = await openInputs(request, options);
  const text = SqlText.of(sql).withFiles(inputs.files);
  const [only, ...others] = text.statements();
  if (only?.kind !== "select" || others.length > 0) return refused("it is more than one SELECT");
  const body = selectOf(text);
  const problem = problemOf(body);
  if (problem !== null) return refused(problem);
  const checks = checkTexts(request.checks, options.cells, { windows, rows: result });
  if (typeof checks === "string") return refused(checks);
  const session = await Session.open(database, [...inputs.views, ...viewsOf(sliced, 0)], {
    signal: options.signal,
    paths: inputs.names,
    createsNothing: true,
  });
  try {
    const startedAt = performance.now();
    const bound = slices.map(({ partition }) => {
      const value = partitionValue(partition);
      return names.map((name, i) => toSqlValue(value[name], i));
    });
    const alone = await prepareRows(session, { text, cell: request.cell, params: numbered(bound[0] ?? []) });
    const { columns } = storableRows(alone);
    if (columns.some(({ type }) => /FLOAT|DOUBLE/.test(type)) && summing.test(body))
      return refused("sums of floating-point numbers depend on the order of rows");
    const queries = new Map<string, string>();
    for (const [n, input] of sliced.entries())
      queries.set(input.name.toLowerCase(), await prepareSliced(session, input, n));
    if (!(await compute(session, inWindow(selectOf(text.withQueries(queries)), names), request, alone)))
      return refused("the engine gives other columns for many windows");
    const digests = await digestsOf(session, result, columns, slices.length);
    const failing: (readonly number[])[] = [];
    for (const check of checks) failing.push(await failingByWindow(session, check, slices.length));
    for (const at of held(digests)) {
      await session.show(viewsOf(sliced, at));
      const own = await digestAlone(session, { ...alone, params: numbered(bound[at] ?? []) });
      if (own.count !== digests[at]?.count || own.sum !== digests[at]?.sum)
        return refused("many windows together gave other rows", false);
      const value = partitionValue(slices[at]?.partition ?? null);
      for (const [i, check] of checks.entries()) {
        const wrong = await failingAlone(session, check, result, at, (name, n) => toSqlValue(value[name], n));
        if (wrong !== failing[i]?.[at]) return refused("a check of many windows together gave other rows", false);
      }
    }
    const copied = await writeRangeFiles(session, {
      ...{ table: result, target: request.target, traced: alone.traced },
      counts: digests.map(({ count }) => Number(count)),
      metadata: slices.map(({ metadata }) => metadata),
    });
    const written = digests.map(({ count, sum, distinct }, i) => {
      const file = copied[i] ?? { rows: 0, columns: new Map() };
      return {
        rows: Number(count),
        dataVersion: versionText(columns, count, sum),
        bound: boundText(bound[i] ?? []),
        statistics: statisticsOf(columns, file, file.rows <= mostCounted ? distinct : new Map()),
        failing: failing.map((wrong) => wrong[i] ?? 0),
      };
    });
    return { type: "range", schema: columns, slices: written, ms: (performance.now() - startedAt) / written.length };
  } catch (error) {
    // told again, with its window, by the one that has it
    if (error instanceof AppError && error.code === "query_failed") return refused(error.message, false);
    throw error;
  } finally {
    void session.close();
  }
}

/** The windows that are computed by themselves as well: the first, the last, and the largest. */
function held(digests: readonly Digest[]): ReadonlySet<number> {
  const counts = digests.map(({ count }) => Number(count));
  const largest = counts.reduce((best, count, i) => (count > (counts[best] ?? 0) ? i : best), 0);
  return new Set([0, digests.length - 1, largest]);
}

/** Makes the rows of all windows, behind the number of their window; false where they come out in other columns. */
async function compute(session: Session, body: string, { slices }: RangeRequest, alone: Rows): Promise<boolean> {
  const { columns: raw } = alone;
  const values = slices.map(({ partition: { key, start, end } }, i) => {
    const own = [key, start, end].map((text) => (text === null ? "NULL" : literal(text)));
    return `(${i}, ${own.join(", ")})`;
  });
  await session.run(
    `CREATE TEMP TABLE cellar_windows AS SELECT i::BIGINT AS i, key::VARCHAR AS key, start::TIMESTAMPTZ AS start, "end"::TIMESTAMPTZ AS "end" FROM (VALUES ${values.join(", ")}) AS t(i, key, start, "end")`,
  );
  await session.run(
    `CREATE TEMP TABLE cellar_unsorted AS SELECT ${window}.i AS cellar_i, cellar_rows.* FROM ${windows} AS ${window}, LATERAL (\n${body}\n) AS cellar_rows`,
  );
  const [, ...given] = await session.columnsOf(unsorted);
  if (JSON.stringify(given) !== JSON.stringify(raw)) return false;
  const kept = raw.map(({ name, type }, i) => `${storableValue(ident(`c${i}`), type)} AS ${ident(name)}`);
  const aliases = raw.map((_, i) => ident(`c${i}`));
  await session.run(
    `CREATE TEMP TABLE cellar_range AS SELECT cellar_i, ${kept.join(", ")} FROM ${unsorted} AS t(cellar_i, ${aliases.join(", ")}) ORDER BY cellar_i; DROP TABLE ${unsorted}`,
  );
  return true;
}

/** Tells the engine which files each window reads of an input; gives the SELECT of what a window reads. */
async function prepareSliced(session: Session, { paths, reads }: SlicedInput, n: number): Promise<string> {
  const table = `cellar_reads_${n}`;
  const pairs = reads.flatMap((own, i) => own.map((path) => `(${i}, ${path})`));
  const files = paths.map((path, i) => `(${i}, ${literal(path)})`);
  await session.run(
    `CREATE TEMP TABLE ${table} AS SELECT r.i::BIGINT AS i, f.name::VARCHAR AS name FROM (VALUES ${pairs.join(", ")}) AS r(i, file) JOIN (VALUES ${files.join(", ")}) AS f(file, name) USING (file)`,
  );
  const reader = readerOf({ format: "parquet", paths }).replace(/\)$/, ", filename = 'cellar_name')");
  return `SELECT cellar_files.* EXCLUDE (cellar_name) FROM ${reader} AS cellar_files JOIN temp.${table} AS cellar_reads ON cellar_reads.name = cellar_files.cellar_name WHERE cellar_reads.i = ${window}.i`;
}

/** The one statement of a text. */
function selectOf(text: SqlText): string {
  const [only] = text.statements();
  return text.text.slice(only?.start, only?.end);
}

/** What one window reads of the inputs of which each reads its own partitions. */
function viewsOf(sliced: readonly SlicedInput[], at: number): readonly View[] {
  return sliced.map(({ name, paths, reads }) => {
    const own = (reads[at] ?? []).flatMap((path) => paths[path] ?? []);
    return { schema: null, name, from: readerOf({ format: "parquet", paths: own }) };
  });
}

const noFiles = { format: "parquet", paths: [] } as const;

function numbered(values: readonly ReturnType<typeof toSqlValue>[]) {
  return new Map(values.map((value, i) => [i + 1, value]));
}

/** `isAlways`: it is the text, not what these windows hold. */
function refused(reason: string, isAlways = true): RangeResult {
  return { type: "refused", reason, isAlways };
}
