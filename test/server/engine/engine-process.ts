import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGraph } from "../../../cells/graph/build.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { toCell, type CellSpec } from "../../../cells/model/cell.ts";
import { emptyNotebook } from "../../../cells/model/notebook.ts";
import { toKernelCells } from "../../../cells/protocol/kernel-cells.ts";
import type { KernelCell } from "../../../cells/protocol/kernel.ts";
import type {
  EngineEvent,
  Limits,
  MaterializeRequest,
  MaterializeResult,
  StoredInput,
} from "../../../server/engine/messages.ts";
import { createEnginePool } from "../../../server/engines/engine-pool.ts";
import type { Engine } from "../../../server/engines/engine.ts";

/** A real engine process, opened with folders of its own. */
export interface EngineProcess {
  readonly engine: Engine;
  readonly root: string;
  readonly data: string;
  readonly staging: string;
  readonly events: EngineEvent[];
  target(extension?: string): string;
  close(): Promise<void>;
}

export const mebi = 2 ** 20;

export async function startEngine(limits: Partial<Limits> = {}): Promise<EngineProcess> {
  const root = mkdtempSync(join(tmpdir(), "cellar-process-"));
  const [data, staging, temporary] = [join(root, "data"), join(root, "staging"), join(root, "temporary")];
  for (const folder of [data, staging, temporary]) mkdirSync(folder);
  const pool = createEnginePool({ spareMs: 0 });
  const engine = await pool.acquire({
    readable: [data],
    staging,
    temporary,
    limits: {
      memoryBytes: 512 * mebi,
      threads: 2,
      temporaryBytes: 1024 * mebi,
      kernelHeapBytes: 128 * mebi,
      ...limits,
    },
  });
  const events: EngineEvent[] = [];
  engine.onEvent((event) => events.push(event));
  let targets = 0;
  return {
    engine,
    root,
    data,
    staging,
    events,
    target: (extension = "out") => join(staging, `t${++targets}.${extension}`),
    async close() {
      await pool.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export interface Asset {
  readonly name: string;
  readonly inputs?: Readonly<Record<string, StoredInput>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly store?: MaterializeRequest["store"];
  readonly signal?: AbortSignal;
}

/** A notebook of cells as an engine is told of it, compiled as the server does. */
export function notebookOf(cells: readonly Omit<CellSpec, "id">[]): readonly KernelCell[] {
  return toKernelCells(
    buildGraph("test.html", { ...emptyNotebook, cells: cells.map((cell, i) => toCell({ id: i + 1, ...cell })) }),
  );
}

/** Opens a notebook in an engine, to materialize names of it. */
export async function openNotebook(
  { engine, target }: EngineProcess,
  cells: readonly Omit<CellSpec, "id">[],
  params: Readonly<Record<string, unknown>> = {},
): Promise<(asset: Asset) => Promise<{ readonly result: MaterializeResult; readonly target: string }>> {
  const compiled = notebookOf(cells);
  const never = new AbortController().signal;
  await engine.calls.notebook({ path: "test.html", cells: compiled, params }, never);
  return async ({ name, inputs = {}, files = {}, store = "auto", signal = never }) => {
    const cell = compiled.find((other) => other.compiled.outputs.some((output) => output.name === name));
    const path = target();
    const request: MaterializeRequest = {
      asset: AssetKey.of("test", name),
      cell: cell?.compiled.id ?? 0,
      name,
      store,
      inputs: Object.entries(inputs).map(([key, input]) => ({
        key: AssetKey.parse(key.includes("/") ? key : `test/${key}`),
        schema: key.includes("/") ? AssetKey.notebook(AssetKey.parse(key)) : null,
        name: key.slice(key.lastIndexOf("/") + 1),
        input,
      })),
      partition: null,
      files,
      target: path,
      metadata: { "cellar.asset": `test/${name}` },
    };
    return { result: await engine.calls.materialize(request, signal), target: path };
  };
}

/** Rows of a stored table, as Arrow gives them. */
export async function rowsOf(process: EngineProcess, path: string, sql = "from t"): Promise<readonly unknown[]> {
  const { arrow } = await process.engine.calls.query(
    {
      sql,
      params: [],
      tables: [{ schema: null, name: "t", input: { format: "parquet", paths: [path] } }],
      limit: 1000,
    },
    new AbortController().signal,
  );
  const { tableFromIPC } = await import("apache-arrow");
  return tableFromIPC(arrow)
    .toArray()
    .map((row: { toJSON(): unknown }) => row.toJSON());
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

export function writeData({ data }: EngineProcess, name: string, text: string): string {
  const path = join(data, name);
  writeFileSync(path, text);
  return path;
}
