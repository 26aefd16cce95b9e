import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocal } from "../support/local.ts";
import { notebook } from "../support/workspace.ts";
import { bareDuckDb } from "./bare-duckdb.ts";
import { type Figure, median, timed } from "./figure.ts";

const flights = join(import.meta.dirname, "../../node_modules/vega-datasets/data/flights-3m.parquet");
const heavy = (from: string) =>
  `SELECT origin, destination, date::DATE AS day, count(*) AS flights, avg(delay) AS delay, quantile_cont(delay, 0.9) AS worst FROM ${from} GROUP BY ALL ORDER BY ALL`;
const rounds = 5;
const smallAssets = 100;

/** Headless SQL → Parquet, through run, engine, lake and store, against bare DuckDB doing the same statement and COPY. */
export async function measureAssets(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "cellar-bench-"));
  try {
    return [await oneHeavy(folder), await manySmall(folder)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function oneHeavy(folder: string): Promise<Figure> {
  await using workspace = await openLocal({
    "cellar.json": JSON.stringify({ files: { "flights.parquet": "npm:vega-datasets/data/flights-3m.parquet" } }),
    "a.html": notebook([["sql", 'output="routes"', heavy("'flights.parquet'")]]),
  });
  await workspace.run({ force: true });
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timed(() => workspace.run({ force: true })));
    const copy = `COPY (${heavy(`'${flights}'`)}) TO '${join(folder, `heavy-${round}.parquet`)}' (FORMAT parquet)`;
    bare.push((await bareDuckDb(["SELECT 1", copy]))[1] ?? NaN);
  }
  const [a, b] = [median(ours), median(bare)];
  return {
    name: "SQL over 3 M rows → Parquet, one run",
    unit: "ms",
    ours: a,
    bare: b,
    goal: "≤ 1.15 × bare + 60 ms",
    isReached: a <= 1.15 * b + 60,
  };
}

async function manySmall(folder: string): Promise<Figure> {
  const sql = (at: number, salt: number) => `SELECT i, i * ${at} + ${salt} AS value FROM range(1000) t(i)`;
  const cells = Array.from({ length: smallAssets }, (_, at) => ["sql", `output="asset${at}"`, sql(at, 0)] as const);
  await using workspace = await openLocal({ "a.html": notebook(cells) });
  await workspace.run({ force: true });
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timed(() => workspace.run({ force: true })));
    const times = await bareDuckDb([
      "SELECT 1",
      ...cells.map(
        (_, at) => `COPY (${sql(at, round)}) TO '${join(folder, `small-${round}-${at}.parquet`)}' (FORMAT parquet)`,
      ),
    ]);
    bare.push(times.slice(1).reduce((sum, ms) => sum + ms, 0));
  }
  const [a, b] = [median(ours) / smallAssets, median(bare) / smallAssets];
  return {
    name: `${smallAssets} small SQL assets in one run, each`,
    unit: "ms",
    ours: a,
    bare: b,
    goal: "≤ bare + 3 ms",
    isReached: a <= b + 3,
  };
}
