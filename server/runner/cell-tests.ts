import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeError, AppError } from "../../cells/errors.ts";
import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import { resolveFile } from "../../cells/graph/reference.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { sliceOf } from "../../cells/partition/slice.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import { judgeDifference, shownRows, type TestState } from "../../cells/tests/difference.ts";
import { surroundingsOf, testedAsset } from "../../cells/tests/surroundings.ts";
import { readSetting, readTestValue, type TestSetting } from "../../cells/tests/test-case.ts";
import type { Clock } from "../clock.ts";
import type { Limits, MaterializeRequest, StoredInput, TableDiff } from "../engine/messages.ts";
import type { CatalogEntry } from "../workspace/catalog.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import type { Engine, EnginePool } from "../engines/engine.ts";
import { inputName } from "./step-request.ts";

/** What tests are run with: an engine, and neither store nor lake. */
interface TestParts {
  readonly pool: EnginePool;
  readonly files: WorkspaceFiles;
  readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** How one test cell ended. */
interface TestResult {
  readonly path: string;
  readonly cell: number;
  /** name of the asset */
  readonly tests: string;
  readonly state: TestState;
  readonly ms: number;
  /** what is wrong, "" where it passed */
  readonly message: string;
  /** rows that were expected and did not come, and rows that came and were not expected */
  readonly missing: readonly unknown[];
  readonly unexpected: readonly unknown[];
}

/** What a test gives and expects. */
interface Case extends TestSetting {
  readonly given: ReadonlyMap<string, StoredInput>;
  /** null where nothing may come out */
  readonly expected: StoredInput | null;
}

/** Runs the test cells of notebooks, one after the other, each with its fixtures in place of what its asset reads. */
export async function runTests(
  parts: TestParts,
  entries: readonly CatalogEntry[],
  only: (path: string) => boolean,
  signal: AbortSignal,
): Promise<readonly TestResult[]> {
  const graphs = entries.flatMap((entry): NotebookGraph[] => (entry.type === "notebook" ? [entry.graph] : []));
  const workspace = buildWorkspace(graphs);
  const tests = graphs.flatMap((graph) =>
    only(graph.path)
      ? graph.cells.flatMap((cell) => (cell.options.test === null ? [] : [{ graph, cell, name: cell.options.test }]))
      : [],
  );
  if (tests.length === 0) return [];
  const session = new TestSession(parts, workspace);
  try {
    const results: TestResult[] = [];
    for (const { graph, cell, name } of tests) results.push(await session.run(graph, cell, name, signal));
    return results;
  } finally {
    session.close();
  }
}

class TestSession {
  readonly #parts: TestParts;
  readonly #workspace: Workspace;
  #engine: Promise<Engine> | null = null;
  #folders: { readonly staging: string; readonly temporary: string } | null = null;
  #count = 0;

  constructor(parts: TestParts, workspace: Workspace) {
    this.#parts = parts;
    this.#workspace = workspace;
  }

  async run(graph: NotebookGraph, cell: GraphCell, name: string, signal: AbortSignal): Promise<TestResult> {
    const startedAt = performance.now();
    const place = { path: graph.path, cell: cell.cell.id, tests: name };
    const ended = (state: TestResult["state"], message: string, diff?: TableDiff["samples"]): TestResult => ({
      ...place,
      ...{ state, ms: performance.now() - startedAt, message },
      missing: diff?.removed ?? [],
      unexpected: diff?.added ?? [],
    });
    try {
      const diff = await this.#compare(graph, cell, name, signal);
      const { rows, columns } = diff;
      const lacking = columns.removed.map((column) => column.name);
      const { state, message } = judgeDifference(name, { lacking, missing: rows.removed, unexpected: rows.added });
      return ended(state, message, lacking.length === 0 ? diff.samples : undefined);
    } catch (error) {
      signal.throwIfAborted();
      const { message, data } = encodeError(error);
      const line = data["line"];
      return ended(
        "errored",
        `${typeof line === "number" ? `cell ${String(data["cell"])}, line ${line}: ` : ""}${message}`,
      );
    }
  }

  async #compare(graph: NotebookGraph, cell: GraphCell, name: string, signal: AbortSignal): Promise<TableDiff> {
    const [problem] = graph.problems.filter((found) => found.cell === cell.cell.id && found.severity === "error");
    if (problem !== undefined) throw new AppError("attribute_invalid", problem.message);
    const node = testedAsset(this.#workspace, graph.path, name);
    const engine = await this.#ready();
    const folder = join(this.#folders?.staging ?? "", String(++this.#count));
    await mkdir(folder, { mode: 0o700 });
    const found =
      cell.compiled.sql === null
        ? await this.#javaScriptCase(engine, graph, cell, folder, signal)
        : await sqlCase(engine, cell, folder, signal);
    const actual = await this.#materialize(engine, graph, node, found, folder, signal);
    return engine.calls.diff({ before: found.expected, after: actual, key: [], limit: shownRows }, signal);
  }

  /** Computes the asset from its fixtures as a run would; null where a list without anything in it came out. */
  async #materialize(
    engine: Engine,
    graph: NotebookGraph,
    node: AssetNode,
    found: Case,
    folder: string,
    signal: AbortSignal,
  ): Promise<StoredInput | null> {
    const { inputs, files } = await this.#surroundings(node, found);
    await engine.calls.notebook(
      { path: graph.path, cells: toKernelCells(graph), params: { ...graph.options.params, ...found.params } },
      signal,
    );
    const target = join(folder, "actual");
    const space = spacesOf(this.#workspace, { at: this.#parts.clock.now() })(node);
    const result = await engine.calls.materialize(
      {
        ...{ asset: node.key, cell: node.cell, name: node.name, inputs, files, target },
        store: node.options.store === "parquet" || node.options.store === "json" ? node.options.store : "auto",
        partition: found.partition === null ? null : sliceOf(space, found.partition),
        metadata: {},
      },
      signal,
    );
    if (result.type === "virtual")
      throw new AppError("value_not_storable", `${node.name} gives no rows to compare: it is ${result.what}`);
    if (result.type === "table") return { format: "parquet", paths: [target] };
    return (await readFile(target, "utf8")) === "[]" ? null : { format: "json", paths: [target] };
  }

  /** The fixtures under the names by which the asset, or a virtual one that it looks through, reads. */
  async #surroundings(node: AssetNode, { given }: Case): Promise<Pick<MaterializeRequest, "inputs" | "files">> {
    const found = surroundingsOf(this.#workspace, node, given.keys());
    const inputs = found.inputs.flatMap(({ key, name, given: table }) => {
      const input = given.get(table);
      return input === undefined ? [] : [{ key, ...inputName(name), input }];
    });
    const files: Record<string, string> = {};
    for (const { name, file, given: table } of found.files)
      files[name] =
        (table === null ? undefined : given.get(table)?.paths[0]) ?? (await this.#parts.files.locate(file)).path;
    return { inputs, files };
  }

  /** What a JavaScript test returns: `{given: {orders: […]}, params, partition, expect: […]}`. */
  async #javaScriptCase(
    engine: Engine,
    graph: NotebookGraph,
    cell: GraphCell,
    folder: string,
    signal: AbortSignal,
  ): Promise<Case> {
    const name = cell.compiled.outputs[0]?.name ?? "test";
    const cells = toKernelCells(graph).map((own) =>
      own.compiled.id === cell.cell.id && own.compiled.outputs.length === 0
        ? { ...own, compiled: { ...own.compiled, output: name, outputs: [{ name, spans: [] }] } }
        : own,
    );
    await engine.calls.notebook({ path: graph.path, cells, params: graph.options.params, needsKernel: true }, signal);
    const target = join(folder, "case.json");
    await engine.calls.materialize(
      {
        ...{ asset: AssetKey.of(graph.path, name), cell: cell.cell.id, name, inputs: [], files: {}, target },
        ...{ store: "json", partition: null, metadata: {} },
      },
      signal,
    );
    const value: unknown = JSON.parse(await readFile(target, "utf8"));
    const { given, params, partition, expect } = readTestValue(value);
    const tables = new Map<string, StoredInput>();
    const write = async (rows: unknown): Promise<StoredInput> => {
      const path = join(folder, `${randomUUID()}.json`);
      await writeFile(path, JSON.stringify(rows));
      return { format: "json", paths: [path] };
    };
    for (const [input, rows] of Object.entries(given)) tables.set(input, await write(rows));
    return { given: tables, params, partition, expected: expect.length === 0 ? null : await write(expect) };
  }

  close(): void {
    const folders = this.#folders;
    this.#engine?.then(
      async (engine) => {
        engine.kill();
        await engine.died;
        for (const folder of folders === null ? [] : [folders.staging, folders.temporary])
          await rm(folder, { recursive: true, force: true });
      },
      () => undefined,
    );
  }

  /** The engine; another where a test ended the one before. */
  async #ready(): Promise<Engine> {
    this.#engine ??= this.#open();
    const engine = await this.#engine;
    void engine.died.then(() => (this.#engine = null));
    return engine;
  }

  async #open(): Promise<Engine> {
    const { pool, files, scratch, limits } = this.#parts;
    this.#folders = await scratch(`tests-${randomUUID()}`);
    const readable = new Set<string>();
    for (const graph of this.#workspace.notebooks.values())
      for (const { compiled } of graph.cells)
        for (const { name } of compiled.files) {
          const file = resolveFile(graph.path, name);
          for (const each of file === null ? [] : await files.closure(file)) {
            const located = await files.find(each);
            if (located !== null) readable.add(located.path);
          }
        }
    return pool.acquire({ readable: [...readable], ...this.#folders, limits });
  }
}

/** What a SQL test gives: each WITH is a fixture; `params` and `partition` are read from their one row. */
async function sqlCase(engine: Engine, { compiled }: GraphCell, folder: string, signal: AbortSignal): Promise<Case> {
  if (compiled.sql === null) throw new AppError("internal", "a test without SQL was read as SQL");
  const { given, expected } = await engine.calls.fixtures({ sql: compiled.sql, cell: compiled.id, folder }, signal);
  const first = (name: string) => given.find((fixture) => fixture.name === name)?.first;
  return {
    given: new Map(given.map(({ name, input }) => [name, input])),
    ...readSetting(first("params"), first("partition")),
    expected,
  };
}
