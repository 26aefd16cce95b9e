import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../server/engines/engine.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import { mebi, notebookOf, openNotebook, startEngine, type EngineProcess } from "../server/engine/engine-process.ts";
import { bareDuckDb } from "./bare-duckdb.ts";
import { type Figure, median, timed } from "./figure.ts";

const flights = join(import.meta.dirname, "../../node_modules/vega-datasets/data/flights-3m.parquet");
const rounds = 7;
const smallAssets = 100;
const never = new AbortController().signal;

/** The engine process alone, without store and lake, against bare DuckDB doing the same statement and COPY in the same run. */
export async function measureEngine(): Promise<readonly Figure[]> {
  const process = await startEngine({ memoryBytes: 2048 * mebi });
  try {
    const bare = (sql: string, target: string): string => `COPY (${sql}) TO '${target}' (FORMAT parquet)`;
    const heavy = (from: string): string =>
      `SELECT origin, destination, date::DATE AS day, count(*) AS flights, avg(delay) AS delay FROM ${from} GROUP BY ALL ORDER BY ALL`;
    const copy = (from: string): string => `SELECT * FROM ${from}`;
    return [
      await large(process, "engine: 3 M rows grouped → Parquet", heavy, bare),
      await large(process, "engine: 3 M rows copied → Parquet", copy, bare),
      await small(process, bare),
      await javaScript(process),
    ];
  } finally {
    await process.close();
  }
}

async function large(
  process: EngineProcess,
  name: string,
  sql: (from: string) => string,
  bare: (sql: string, target: string) => string,
): Promise<Figure> {
  const [cell] = notebookOf([{ kind: "sql", output: "t", source: sql("'flights.parquet'") }]);
  if (cell === undefined) throw new Error("no cell was compiled");
  await openNotebook(process, [{ kind: "sql", output: "t", source: sql("'flights.parquet'") }]);
  // an engine opens only what is in its folders
  const path = join(process.data, "flights.parquet");
  await copyFile(flights, path);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timed(() => materialize(process.engine, cell, process.target(), { "flights.parquet": path })));
    theirs.push((await bareDuckDb(["SELECT 1", bare(sql(`'${flights}'`), process.target())]))[1] ?? NaN);
  }
  const [a, b] = [median(ours), median(theirs)];
  return { name, unit: "ms", ours: a, bare: b, goal: "≤ 1.15 × bare + 60 ms", isReached: a <= 1.15 * b + 60 };
}

async function small(process: EngineProcess, bare: (sql: string, target: string) => string): Promise<Figure> {
  const sql = (at: number): string => `SELECT i, i * ${at} AS value, 'r' || i AS name FROM range(1000) t(i)`;
  const cells = Array.from(
    { length: smallAssets },
    (_, at) => ({ kind: "sql", output: `t${at}`, source: sql(at) }) as const,
  );
  const compiled = notebookOf(cells);
  await openNotebook(process, cells);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(
      await timed(async () => {
        for (const cell of compiled) await materialize(process.engine, cell, process.target(), {});
      }),
    );
    const times = await bareDuckDb(["SELECT 1", ...cells.map((_, at) => bare(sql(at), process.target()))]);
    theirs.push(times.slice(1).reduce((sum, ms) => sum + ms, 0));
  }
  const [a, b] = [median(ours) / smallAssets, median(theirs) / smallAssets];
  return {
    name: `engine: ${smallAssets} small SQL assets, each`,
    unit: "ms",
    ours: a,
    bare: b,
    goal: "≤ bare + 3 ms",
    isReached: a <= b + 3,
  };
}

/** A kernel child for one small JavaScript asset, from its start; bare is Node's own start. */
async function javaScript(process: EngineProcess): Promise<Figure> {
  const cells = [{ source: "const x = [{a: 1}]" }] as const;
  const ours: number[] = [];
  const bare: number[] = [];
  const { execPath } = globalThis.process;
  const { spawnSync } = await import("node:child_process");
  for (let round = 0; round < rounds; round++) {
    ours.push(await timed(async () => (await openNotebook(process, cells))({ name: "x" })));
    bare.push(await timed(async () => spawnSync(execPath, ["-e", "0"], { env: {} })));
  }
  const [a, b] = [median(ours), median(bare)];
  return {
    name: "engine: first JavaScript asset of a notebook",
    unit: "ms",
    ours: a,
    bare: b,
    goal: "≤ 15 × an empty Node",
    isReached: a <= 15 * b,
  };
}

function materialize(
  engine: Engine,
  cell: KernelCell,
  target: string,
  files: Readonly<Record<string, string>>,
): Promise<unknown> {
  const name = cell.compiled.output ?? "";
  const request = {
    asset: AssetKey.of("test", name),
    cell: cell.compiled.id,
    name,
    store: "auto",
    inputs: [],
    partition: null,
    files,
    target,
    metadata: {},
  } as const;
  return engine.calls.materialize(request, never);
}
