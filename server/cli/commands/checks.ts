import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckSummary } from "../../../cells/api/schema.ts";
import { AppError } from "../../../cells/errors.ts";
import { type Command, type Connection, onlyBeside } from "../command.ts";
import { groupBy, nameSlices } from "../slices.ts";
import { formatTable, formatTime } from "../table.ts";
import { partition, select } from "./inspect.ts";
import { follow } from "./run-options.ts";

/** `cellar checks`: what checks said, the rows that they found wrong, and carrying them out again. */
export const checks: Command = {
  name: "checks",
  usage: "[KEY…]",
  about: "what the checks of assets said; exits 1 where one failed that is no warning",
  options: {
    select,
    partition,
    failed: { type: "boolean", value: "", about: "only those that failed" },
    rows: { type: "string", value: "CHECK", about: "the rows that this check of KEY found wrong (first 10,000)" },
    run: { type: "boolean", value: "", about: "carry them out again over what there is, computing nothing" },
  },
  async run({ args, connect, connectToWork, json, say, document }) {
    const check = args.text("rows");
    const [key] = args.positionals;
    if (check !== undefined && (key === undefined || args.positionals.length > 1 || args.flag("run")))
      throw new AppError("usage", "--rows goes with one KEY, as in cellar checks sales/orders --rows cheap");
    if (check !== undefined) onlyBeside(args, "--rows", ["partition"]);
    const selection = selectionOf(args.positionals, args.text("select"));
    const slice = args.text("partition");
    await using connection = await (args.flag("run") ? connectToWork() : connect());
    if (check !== undefined) {
      const rows = await rowsOf(connection, {
        key: key ?? "",
        check,
        ...(slice === undefined ? {} : { partition: slice }),
      });
      if (json) document({ asset: key, check, rows });
      say(tableOf(rows));
      return 0;
    }
    let run: string | null = null;
    if (args.flag("run")) {
      const started = await connection.call("runChecks", {
        select: selection,
        ...(slice === undefined ? {} : { partition: slice }),
      });
      run = (await follow(connection, started.run, () => undefined)).run;
    }
    const { checks: all } = await connection.call("checks", { select: selection, failed: args.flag("failed") });
    const found = slice === undefined ? all : all.map((one) => ofPartition(one, slice));
    if (json) document({ ...(run === null ? {} : { run }), checks: found });
    say(listOf(found));
    return found.some(isFailed) ? 1 : 0;
  },
};

/** Keys and a selection as one. */
export function selectionOf(keys: readonly string[], selection: string | undefined): string {
  const named = keys.map((key) => `key:${JSON.stringify(key)}`).join(" or ");
  if (named === "" || selection === undefined) return named === "" ? (selection ?? "") : named;
  return `(${named}) and (${selection})`;
}

/** Rows as a table; what is no text as JSON. */
function tableOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const show = (value: unknown): string =>
    typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  return formatTable(
    columns,
    rows.map((row) => columns.map((column) => show(row[column]))),
  );
}

async function rowsOf(
  connection: Connection,
  request: { readonly key: string; readonly check: string; readonly partition?: string },
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const folder = await mkdtemp(join(tmpdir(), "cellar-rows-"));
  try {
    const file = join(folder, "rows.json");
    await connection.download("checkRows", { ...request, format: "json" }, file);
    // the server made it, as rows
    return JSON.parse(await readFile(file, "utf8")) as readonly Readonly<Record<string, unknown>>[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ofPartition(check: CheckSummary, partition: string): CheckSummary {
  return { ...check, results: check.results.filter((result) => result.partition === partition) };
}

function isFailed({ results }: CheckSummary): boolean {
  return results.some(({ status, severity }) => status !== "passed" && severity === "error");
}

function listOf(found: readonly CheckSummary[]): string {
  if (found.length === 0) return 'no check; give a cell one by check="orders", or its rules by expect="not_null(id)"';
  return formatTable(
    ["asset", "check", "means", "status", "when", "says"],
    found.flatMap(({ asset, check, severity, blocking, results }) => {
      const means = severity === "warn" ? "warn" : blocking ? "error, blocks" : "error";
      if (results.length === 0) return [[asset, check, means, "not yet", "", ""]];
      // partitions of which the same is said are one line
      return groupBy(results, ({ status, message }) => `${status} ${message}`).map((alike) => [
        nameSlices(
          asset,
          alike.map(({ partition: slice }) => slice),
        ),
        check,
        means,
        alike[0].status,
        formatTime(Math.max(...alike.map(({ at }) => at))),
        alike[0].message,
      ]);
    }),
  );
}
