import { AppError, assertNever, encodeError } from "../../cells/errors.ts";
import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import { neededCells } from "../../cells/kernel/needed-cells.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { sliceOf } from "../../cells/partition/slice.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import type { KernelHost, Relation } from "../../cells/protocol/host.ts";
import type { KernelCell, TakenValue, TrialRequest } from "../../cells/protocol/kernel.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import type { DifferingRows, TestVerdict } from "../../cells/protocol/verdict.ts";
import { comparedColumns, judgeDifference, onlyInSql, shownRows } from "../../cells/tests/difference.ts";
import { surroundingsOf, testedAsset } from "../../cells/tests/surroundings.ts";
import { readSetting, readTestValue, type TestSetting } from "../../cells/tests/test-case.ts";
import { givenSql, readTestSql } from "../../cells/tests/test-sql.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import type { DataPorts } from "../host/ports.ts";
import { TestHost, type Stands } from "./test-host.ts";
import { TestTables, type TestTable } from "./test-tables.ts";

/** What tests are run with. */
export interface TestParts {
  readonly engine: EngineProvider;
  readonly data: DataPorts;
  /** computes cells apart from the notebook, with this host */
  readonly compute: (
    request: Omit<TrialRequest, "trial">,
    host: KernelHost,
    signal: AbortSignal,
  ) => Promise<TakenValue>;
  /** the time now, in milliseconds since 1970 */
  readonly now: () => number;
}

/** What a test gives and expects. */
interface Case extends TestSetting {
  readonly given: ReadonlyMap<string, TestTable>;
  /** null where nothing may come out */
  readonly expected: TestTable | null;
}

const noRows: DifferingRows = { count: 0, rows: null };
const nothingStands: Stands = { assets: new Map(), files: new Map() };

/**
 * Runs one test cell of a notebook: computes the asset that it is of from its tables, as a run of the server would, and holds what
 * came out against what it expects. Rejects only where `signal` says so.
 */
export async function runTest(
  parts: TestParts,
  graph: NotebookGraph,
  cell: GraphCell,
  name: string,
  signal: AbortSignal,
): Promise<TestVerdict> {
  // what it takes to start the engine is no time of the test; where it does not start, the test says so
  await parts.engine().catch(() => undefined);
  signal.throwIfAborted();
  const startedAt = performance.now();
  const cells = new Map(graph.cells.map((known) => [known.cell.id, known]));
  const tables = new TestTables(parts.engine, parts.data, (id) => {
    const known = cells.get(id);
    return known === undefined ? null : { sql: known.compiled.sql, source: known.cell.source };
  });
  try {
    const verdict = await new TestRun(parts, graph, tables, signal).run(cell, name);
    return { ...verdict, ms: performance.now() - startedAt };
  } catch (error) {
    signal.throwIfAborted();
    return { ...erredVerdict(error, cell.cell.id), ms: performance.now() - startedAt };
  } finally {
    void tables.close().catch(() => undefined);
  }
}

class TestRun {
  readonly #parts: TestParts;
  readonly #graph: NotebookGraph;
  readonly #tables: TestTables;
  readonly #signal: AbortSignal;

  constructor(parts: TestParts, graph: NotebookGraph, tables: TestTables, signal: AbortSignal) {
    this.#parts = parts;
    this.#graph = graph;
    this.#tables = tables;
    this.#signal = signal;
  }

  async run(cell: GraphCell, name: string): Promise<TestVerdict> {
    const graph = this.#graph;
    const [problem] = graph.problems.filter((found) => found.cell === cell.cell.id && found.severity === "error");
    if (problem !== undefined) throw new AppError(problem.code, problem.message);
    const workspace = buildWorkspace([graph]);
    const node = testedAsset(workspace, graph.path, name);
    const found = cell.compiled.sql === null ? await this.#javaScriptCase(cell) : await this.#sqlCase(cell);
    const { inputs, files } = surroundingsOf(workspace, node, found.given.keys());
    const stands: Stands = {
      assets: new Map(inputs.flatMap(({ key, given }) => tableOf(found, key, given))),
      files: new Map(files.flatMap(({ name: file, given }) => (given === null ? [] : tableOf(found, file, given)))),
    };
    const space = spacesOf(workspace, { at: this.#parts.now() })(node);
    const taken = await this.#compute(toKernelCells(graph), node.cell, stands, {
      params: { ...graph.options.params, ...found.params },
      partition: found.partition === null ? null : sliceOf(space, found.partition),
      name: node.name,
    });
    return this.#compare(name, found.expected, await this.#toRelation(node, taken));
  }

  /** Computes a name of a cell, with tables of the test in place of what stands for them. */
  #compute(
    all: readonly KernelCell[],
    id: number,
    stands: Stands,
    request: Pick<TrialRequest, "params" | "partition" | "name">,
  ): Promise<TakenValue> {
    const { path } = this.#graph;
    const target = all.find(({ compiled }) => compiled.id === id);
    if (target === undefined) throw new AppError("internal", `${path} has no cell ${id}`);
    const cells = neededCells({ path, cells: all }, target, new Set(stands.assets.keys()));
    return this.#parts.compute({ ...request, path, cells }, new TestHost(this.#tables, stands, cells), this.#signal);
  }

  async #sqlCase({ cell, compiled }: GraphCell): Promise<Case> {
    const text = compiled.sql?.strings.join("") ?? "";
    const test = readTestSql(text, cell.id);
    const files = compiled.files.map(({ name }) => name);
    const run = (name: string, sql: string): Promise<Relation> =>
      this.#tables.run(cell.id, name, sql, files, this.#signal);
    // says what is wrong with it, and where
    const expected = await run("expected", text);
    const given = new Map<string, Relation>();
    for (const name of test.names) given.set(name, await run(`given ${name}`, givenSql(test, name)));
    const first = (name: string): Promise<unknown> | undefined => {
      const relation = given.get(name);
      return relation && this.#tables.firstRow(relation, this.#signal);
    };
    return {
      ...readSetting(await first("params"), await first("partition")),
      given: new Map([...given].map(([name, relation]) => [name, { type: "relation", relation }])),
      expected: { type: "relation", relation: expected },
    };
  }

  /** What a JavaScript test returns, which is computed with all that it reads. */
  async #javaScriptCase({ cell, compiled }: GraphCell): Promise<Case> {
    const name = compiled.outputs[0]?.name ?? "test";
    const cells = toKernelCells(this.#graph).map((own) =>
      own.compiled.id === cell.id && own.compiled.outputs.length === 0
        ? { ...own, compiled: { ...own.compiled, output: name, outputs: [{ name, spans: [] }] } }
        : own,
    );
    const { params } = this.#graph.options;
    const taken = await this.#compute(cells, cell.id, nothingStands, { params, partition: null, name });
    if (taken.type === "virtual")
      throw new AppError("value_not_storable", `a test returns plain rows, and this one has ${taken.what}`, {
        data: { cell: cell.id },
      });
    const value = readTestValue(taken.type === "json" ? JSON.parse(taken.text) : null);
    const given = Object.entries(value.given).map(([input, rows]) => {
      if (!Array.isArray(rows))
        throw new AppError("value_not_storable", `given: ${input} is no list of rows; write {${input}: [{…}]}`);
      return [input, { type: "rows", rows }] as const;
    });
    const { params: own, partition, expect } = value;
    return {
      ...{ params: own, partition },
      given: new Map(given),
      expected: expect.length === 0 ? null : { type: "rows", rows: expect },
    };
  }

  /** What came out; null where that is a list without anything in it. */
  async #toRelation({ cell, name }: AssetNode, taken: TakenValue): Promise<Relation | null> {
    const tables = this.#tables;
    switch (taken.type) {
      case "relation":
        return tables.host.relationOf(taken.relation, this.#signal);
      case "arrow":
        return tables.host.put({ cell, name, arrow: taken.bytes }, this.#signal);
      case "json": {
        const value: unknown = JSON.parse(taken.text);
        if (typeof value !== "object" || value === null) throw noRowsOf(name, `the value ${taken.text.slice(0, 80)}`);
        if (Array.isArray(value) && value.length === 0) return null;
        return tables.relationOf({ type: "rows", rows: Array.isArray(value) ? value : [value] }, this.#signal);
      }
      case "virtual":
        throw noRowsOf(name, taken.what);
      default:
        return assertNever(taken);
    }
  }

  async #compare(name: string, table: TestTable | null, actual: Relation | null): Promise<TestVerdict> {
    const expected = table && (await this.#tables.relationOf(table, this.#signal));
    const either = expected?.columns ?? actual?.columns ?? [];
    const { columns, lacking } = comparedColumns(either, actual?.columns ?? either);
    const only = async (of: string, other: string | null): Promise<DifferingRows> => {
      if (columns.length === 0 || lacking.length > 0) return noRows;
      const sql = `SELECT * FROM (${onlyInSql(columns, of, other)}) ORDER BY ALL`;
      const { id, rows } = await this.#tables.compare(sql, expected, actual, this.#signal);
      const count = rows ?? 0;
      const page = { relation: id, offset: 0, limit: shownRows };
      return { count, rows: count === 0 ? null : await this.#tables.host.rows(page, this.#signal) };
    };
    const missing = expected === null ? noRows : await only("expected", actual && "actual");
    const unexpected = actual === null ? noRows : await only("actual", expected && "expected");
    return {
      ...{ ms: 0, place: null, missing, unexpected, expected: expected === null ? 0 : expected.rows },
      ...judgeDifference(name, { lacking, missing: missing.count, unexpected: unexpected.count }),
    };
  }
}

function tableOf<K extends AssetKey | string>(
  found: Case,
  key: K,
  given: string,
): readonly (readonly [K, TestTable])[] {
  const table = found.given.get(given);
  return table === undefined ? [] : [[key, table]];
}

function noRowsOf(name: string, what: string): AppError {
  return new AppError("value_not_storable", `${name} gives no rows to compare: it is ${what}`);
}

/** The verdict of a test that could not be carried out. `cell` is where the error is, unless it says another. */
function erredVerdict(error: unknown, cell: number): TestVerdict {
  const { message, data } = encodeError(error);
  const { line, column, cell: of } = data;
  const place =
    typeof line === "number" && typeof column === "number"
      ? { cell: typeof of === "number" ? of : cell, line, column }
      : null;
  return {
    ...{ state: "errored", message, ms: 0, expected: null, place },
    ...{ missing: noRows, unexpected: noRows },
  };
}
