import { partitionValue } from "../../cells/builtins/partition.ts";
import { toSqlValue } from "../../cells/builtins/sql-value.ts";
import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import { readTokens } from "../../cells/compile/sql-tokens.ts";
import { AppError } from "../../cells/errors.ts";
import { boundText } from "../../cells/kernel/query.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import { countedColumns, mostCounted, statisticsOf } from "./column-statistics.ts";
import { versionText } from "./data-version.ts";
import type { Database } from "./duckdb.ts";
import { openInputs } from "./inputs.ts";
import { isPlainSql } from "./materialize.ts";
import type { RangeRequest, RangeResult } from "./messages.ts";
import { Session } from "./session.ts";
import { storableValue } from "./storable-type.ts";
import { ident, literal } from "./sql.ts";
import { SqlText } from "./sql-text.ts";
import { copyOptions } from "./store-table.ts";
import { prepareRows, storableRows, type Rows } from "./user-sql.ts";

interface RangeOptions {
  readonly temporary: string;
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
}

/** Count of rows and sum of their hashes of one window, and what else is known of them. */
interface Digest {
  readonly count: string;
  readonly sum: string;
  /** column → about how many different values it has */
  readonly distinct: ReadonlyMap<string, number>;
}

const windows = "cellar_windows";
const window = "cellar_window";
const unsorted = "cellar_unsorted";
const result = "cellar_range";

/** What gives other rows, or the same in another order, where many windows are computed together. */
const ordered = new Set(
  `order limit offset fetch sample tablesample recursive positional asof pivot unpivot pivot_wider list array_agg
  string_agg group_concat listagg first last first_value last_value any_value arbitrary arg_min arg_max min_by max_by mode
  row_number ntile lag lead approx_quantile reservoir_quantile median_approx over qualify window on_conflict`.split(
    /\s+/,
  ),
);
/** Sums of floating-point numbers depend on the order of what is added. */
const summing =
  /\b(?:sum|fsum|kahan_sum|sumkahan|avg|mean|favg|std\w*|var\w*|corr|covar\w*|regr_\w+|product|geomean|skewness|kurtosis\w*|entropy)\s*\(/i;

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
  const [first] = request.slices;
  if (sql === null || names === null || first === undefined || cell.database !== undefined)
    return refused("it is no plain SQL");
  if (!isPlainSql(cell, { ...request, ...first, store: "auto" })) return refused("it reads what is not stored");
  if (names.some((name) => !Object.hasOwn(types, name))) return refused("it binds more than its window");
  const inputs = await openInputs(request, options);
  const text = SqlText.of(sql).withFiles(inputs.files);
  const [only, ...others] = text.statements();
  if (only?.kind !== "select" || others.length > 0) return refused("it is more than one SELECT");
  const body = text.text.slice(only.start, only.end);
  const problem = problemOf(body);
  if (problem !== null) return refused(problem);
  const session = await Session.open(database, inputs.views, {
    signal: options.signal,
    paths: inputs.names,
    createsNothing: true,
  });
  try {
    const startedAt = performance.now();
    const bound = request.slices.map(({ partition }) => {
      const value = partitionValue(partition);
      return names.map((name, i) => toSqlValue(value[name], i));
    });
    const alone = await prepareRows(session, { text, cell: request.cell, params: numbered(bound[0] ?? []) });
    const { columns } = storableRows(alone);
    if (columns.some(({ type }) => /FLOAT|DOUBLE/.test(type)) && summing.test(body))
      return refused("sums of floating-point numbers depend on the order of rows");
    const digests = await compute(session, body, names, request, alone);
    if (digests === null) return refused("the engine gives other columns for many windows");
    for (const at of new Set([0, request.slices.length - 1])) {
      const own = await digestAlone(session, { ...alone, params: numbered(bound[at] ?? []) });
      const other = digests[at] ?? nothing;
      if (own.count !== other.count || own.sum !== other.sum) return refused("many windows together gave other rows");
    }
    const written = [];
    for (const [i, { target, metadata }] of request.slices.entries()) {
      const { count, sum, distinct } = digests[i] ?? nothing;
      const copied = await session.copy(
        `COPY (SELECT * EXCLUDE (cellar_i) FROM ${result} WHERE cellar_i = ${i}) TO ${literal(target)} (${copyOptions(metadata)})`,
        new Map(),
        alone.traced,
      );
      written.push({
        rows: Number(count),
        dataVersion: versionText(columns, count, sum),
        bound: boundText(bound[i] ?? []),
        statistics: statisticsOf(columns, copied, copied.rows <= mostCounted ? distinct : new Map()),
      });
    }
    return { type: "range", schema: columns, slices: written, ms: (performance.now() - startedAt) / written.length };
  } catch (error) {
    // told again, with its window, by the one that has it
    if (error instanceof AppError && error.code === "query_failed") return refused(error.message);
    throw error;
  } finally {
    void session.close();
  }
}

const types: Readonly<Record<string, string>> = { key: "VARCHAR", start: "TIMESTAMPTZ", end: "TIMESTAMPTZ" };
const nothing: Digest = { count: "0", sum: "0", distinct: new Map() };

/** Makes the rows of all windows, behind the number of their window; null where they come out in other columns. */
async function compute(
  session: Session,
  body: string,
  names: readonly string[],
  request: RangeRequest,
  alone: Rows,
): Promise<readonly Digest[] | null> {
  const { columns: raw } = alone;
  const { columns } = storableRows(alone);
  const values = request.slices.map(({ partition }, i) => {
    const told: Readonly<Record<string, string | null>> = {
      key: partition.key,
      start: partition.start,
      end: partition.end,
    };
    const own = ["key", "start", "end"].map((name) => {
      const text = told[name] ?? null;
      return text === null ? "NULL" : `${literal(text)}::${types[name] ?? "VARCHAR"}`;
    });
    return `(${i}, ${own.join(", ")})`;
  });
  await session.run(
    `CREATE TEMP TABLE ${windows} (i INTEGER, key VARCHAR, start TIMESTAMPTZ, "end" TIMESTAMPTZ); INSERT INTO ${windows} VALUES ${values.join(", ")}`,
  );
  await session.run(
    `CREATE TEMP TABLE ${unsorted} AS SELECT ${window}.i AS cellar_i, cellar_rows.* FROM ${windows} AS ${window}, LATERAL (\n${inWindow(body, names)}\n) AS cellar_rows`,
  );
  const [, ...given] = await session.columnsOf(`temp.${unsorted}`);
  if (JSON.stringify(given) !== JSON.stringify(raw)) return null;
  const kept = raw.map(({ name, type }, i) => `${storableValue(ident(`c${i}`), type)} AS ${ident(name)}`);
  const aliases = raw.map((_, i) => ident(`c${i}`));
  await session.run(
    `CREATE TEMP TABLE ${result} AS SELECT cellar_i, ${kept.join(", ")} FROM temp.${unsorted} AS t(cellar_i, ${aliases.join(", ")}) ORDER BY cellar_i; DROP TABLE temp.${unsorted}`,
  );
  const counted = countedColumns(columns);
  const distinct = counted.map((name) => `, approx_count_distinct(${ident(name)})`).join("");
  const { rows } = await session.read(
    `SELECT cellar_i, ${digestOf("cellar_t")}${distinct} FROM (SELECT *, ${structOf(raw)} AS cellar_t FROM temp.${result}) GROUP BY cellar_i`,
  );
  const digestOfRow = ([count, sum, ...counts]: readonly (string | null)[]): Digest => ({
    count: count ?? "0",
    sum: sum ?? "0",
    distinct: new Map(counted.map((name, at) => [name, Number(counts[at] ?? 0)])),
  });
  const found = new Map(rows.map(([i, ...row]) => [Number(i), digestOfRow(row)]));
  // a window without rows is in no group
  return request.slices.map((_, i) => found.get(i) ?? digestOfRow([]));
}

/** One window as it is computed by itself. */
async function digestAlone(session: Session, rows: Rows): Promise<Pick<Digest, "count" | "sum">> {
  const { select, columns } = storableRows(rows);
  const { rows: read } = await session.read(
    `SELECT ${digestOf("t")} FROM (SELECT ${structOf(columns)} AS t FROM (${select}))`,
    rows.params,
  );
  const [count, sum] = read[0] ?? [];
  return { count: count ?? "0", sum: sum ?? "0" };
}

function digestOf(name: string): string {
  return `count(*), coalesce(sum(hash(${name})::HUGEINT), 0)`;
}

function structOf(columns: readonly Column[]): string {
  return `struct_pack(${columns.map(({ name }) => `${ident(name)} := ${ident(name)}`).join(", ")})`;
}

/** The text with the columns of its window in place of `$1`, `$2`, …. */
function inWindow(body: string, names: readonly string[]): string {
  let out = "";
  let at = 0;
  for (const { type, value, start, end } of readTokens(body).tokens) {
    if (type !== "parameter") continue;
    out += `${body.slice(at, start)}${window}.${ident(names[Number(value.slice(1)) - 1] ?? "")}`;
    at = end;
  }
  return out + body.slice(at);
}

function problemOf(body: string): string | null {
  for (const { type, value } of readTokens(body).tokens) {
    if (type === "word" && ordered.has(value)) return `what ${value.toUpperCase()} gives depends on the order of rows`;
    if ((type === "word" || type === "name") && value.toLowerCase().startsWith("cellar_"))
      return "it has names that begin with cellar_";
  }
  return null;
}

function numbered(values: readonly ReturnType<typeof toSqlValue>[]) {
  return new Map(values.map((value, i) => [i + 1, value]));
}

function refused(reason: string): RangeResult {
  return { type: "refused", reason };
}
