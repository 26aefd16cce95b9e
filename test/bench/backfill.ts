import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkspace } from "../../server/open-workspace.ts";
import { notebook, temporaryWorkspace } from "../support/workspace.ts";
import { bareDuckDb } from "./bare-duckdb.ts";
import { type Figure, timed } from "./figure.ts";

const counts = [1_000, 10_000];
const rows = 1_000_000;
const began = Date.UTC(1990, 0, 1);
const dayMs = 24 * 60 * 60 * 1000;
const lookMs = 20;

/** A backfill of daily partitions, planned and carried out, against one bare DuckDB statement that writes as many files. */
export async function measureBackfill(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const days of counts) figures.push(...(await figuresOf(days)));
  return figures;
}

async function figuresOf(days: number): Promise<readonly Figure[]> {
  const events = `SELECT TIMESTAMP '1990-01-01' + INTERVAL (i * ${days} * 86400 // ${rows}) SECOND AS ts, i AS n, i % 7 AS k FROM range(${rows}) t(i)`;
  const to = new Date(began + days * dayMs).toISOString().slice(0, 10);
  await using folder = await temporaryWorkspace({
    "a.html": notebook(
      [
        ["sql", 'output="events"', events],
        [
          "sql",
          `output="day" partitions="daily from=1990-01-01 to=${to}"`,
          "SELECT k, count(*) AS c, sum(n) AS s FROM events WHERE ts >= ${partition.start} AND ts < ${partition.end} GROUP BY k",
        ],
      ],
      'timezone="UTC"',
    ),
  });
  const workspace = await openWorkspace(folder.path);
  const out = await mkdtemp(join(tmpdir(), "cellar-bench-"));
  try {
    const { backfiller, store } = workspace;
    const question = { select: "day", partition: null, only: [], params: {}, force: false, chunk: 2_000 };
    const planned = await timed(() => backfiller.plan(question));
    const carriedOut = await timed(async () => {
      const { id } = await backfiller.request(question);
      for (;;) {
        const state = (await store.backfill(id))?.state;
        if (state === "succeeded") return;
        if (state === "failed" || state === "cancelled") throw new Error(`the backfill ${state}`);
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
    });
    const copy = `COPY (SELECT ts::DATE AS day, k, count(*) AS c, sum(n) AS s FROM events GROUP BY ALL) TO '${join(out, "days")}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))`;
    const [made = NaN, written = NaN] = await bareDuckDb([`CREATE TABLE events AS ${events}`, copy]);
    const name = `${days.toLocaleString("en")}-partition backfill`;
    return [
      { name: `${name}: planned`, unit: "ms", ours: planned, bare: null, goal: "< 1 s", isReached: planned < 1000 },
      {
        name: `${name}: carried out against the one bare DuckDB statement`,
        ...{ unit: "ms", ours: carriedOut, bare: made + written, goal: "told", isReached: true },
      },
    ];
  } finally {
    await workspace.close();
    await rm(out, { recursive: true, force: true });
  }
}
