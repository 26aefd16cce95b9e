import { argumentName, type CompiledCell } from "../../../cells/compile/compiled-cell.ts";
import { compileSql } from "../../../cells/compile/sql.ts";
import { statementText } from "../../../cells/compile/sql-template.ts";
import { queryCachePath } from "../../../cells/data/observable-cache.ts";
import { toCell, type Cell } from "../../../cells/model/cell.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

interface SqlCase {
  readonly id: string;
  readonly input: string;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
  readonly call?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface CachePathCase {
  readonly database: string;
  readonly strings: readonly string[];
  readonly params: readonly unknown[];
  readonly path: string;
}

/**
 * A SQL cell of Observable reads its client and `Inputs` as names, and a visible one with an output is a view of a table.
 * Ours asks the kernel and gives a relation, which the page shows: the recorded members follow from ours.
 */
export const suite: VectorSuite = {
  name: "observable-sql-cells",
  run: async (document) => {
    const { cases, cachePaths } = document as {
      readonly cases: readonly SqlCase[];
      readonly cachePaths: readonly CachePathCase[];
    };
    return [...(await Promise.all(cases.map(runCase))), ...cachePaths.map(runCachePath)];
  },
};

async function runCase(recorded: SqlCase): Promise<VectorResult> {
  const { id, input, attributes, bindings, source: _source, ...expected } = recorded;
  const text = (name: string): string | null => (typeof attributes[name] === "string" ? attributes[name] : null);
  const cell = toCell({
    id: 1,
    kind: "sql",
    source: input,
    hidden: attributes["hidden"] === true,
    output: text("output"),
    database: text("database"),
    since: text("since"),
  });
  const compiled = compileSql(cell);
  const error = compiled.diagnostics.find((diagnostic) => diagnostic.severity === "error");
  const got = error
    ? { error: { name: "SyntaxError", message: error.message } }
    : await describeCell(cell, compiled, bindings);
  return { id, passed: same(expected, got), expected, got };
}

async function describeCell(
  cell: Cell,
  compiled: CompiledCell,
  bindings: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const connection = compiled.databases.find((name) => name === cell.database);
  const displaysAsTable = compiled.autodisplay;
  const view = displaysAsTable && compiled.output !== null;
  const strings = compiled.sql?.strings ?? [];
  const params = await paramsOf(compiled, bindings);
  return {
    references: [
      connection === undefined ? "db" : "DatabaseClient",
      ...compiled.inputs.map(({ name }) => name),
      ...(displaysAsTable ? ["Inputs"] : []),
    ],
    ...(compiled.output === null ? {} : { output: `${view ? "viewof$" : ""}${compiled.output}` }),
    autodisplay: compiled.autodisplay,
    autoview: view,
    ...(connection === undefined ? {} : { databases: compiled.databases }),
    displaysAsTable,
    ...(params === null
      ? {}
      : {
          call: {
            ...(connection === undefined
              ? {}
              : {
                  client: connection,
                  options: { id: cell.id, ...(cell.since === null ? {} : { since: new Date(cell.since) }) },
                  cachePath: queryCachePath(connection, strings, params),
                }),
            strings,
            params: params.map((value) => (value instanceof Date ? { $date: value } : value)),
            questionMarkSql: strings.join("?"),
            dollarSql: statementText(strings),
          },
        }),
  };
}

/** What the body hands to the kernel; null where it asks for nothing. */
async function paramsOf(
  compiled: CompiledCell,
  bindings: Readonly<Record<string, unknown>>,
): Promise<readonly unknown[] | null> {
  const names = compiled.inputs.map(({ name }) => name);
  const make: unknown = new Function(`"use strict"; return (${compiled.body})`)();
  if (typeof make !== "function") return null;
  let params: readonly unknown[] | null = null;
  const query = (values: readonly unknown[]): void => void (params = values);
  await make(query, ...names.map((name) => bindings[argumentName(name)]));
  return params;
}

function runCachePath({ database, strings, params, path }: CachePathCase, index: number): VectorResult {
  const got = `dir/${queryCachePath(database, strings, params.map(decode))}`;
  return { id: `cachePaths-${index}`, passed: path === got, expected: path, got };
}

function decode(value: unknown): unknown {
  return value !== null && typeof value === "object" && "$undefined" in value ? undefined : value;
}
