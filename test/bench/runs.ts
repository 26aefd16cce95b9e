import type { LogEvent } from "../../server/store/store.ts";
import { openLocal, runEnded, type LocalWorkspace } from "../support/local.ts";
import { settableClock } from "../support/clock.ts";
import { notebook } from "../support/workspace.ts";
import { bareDuckDb } from "./bare-duckdb.ts";
import { type Figure, median, timed } from "./figure.ts";

const manyRuns = 1000;
const someRuns = 100;
const ticks = 10;
const callers = 64;
const appendMs = 2000;
const rounds = 5;

/** What a run costs beside its work: planned, begun, ended, and written down. */
export async function measureRuns(): Promise<readonly Figure[]> {
  return [await planned(), ...(await oneRow()), await tickToStart(), await appended()];
}

/** A hundred notebooks of a hundred SQL cells, each reading the one before and one of the notebook before. */
async function planned(): Promise<Figure> {
  const files: Record<string, string> = {};
  for (let n = 0; n < 100; n++)
    files[`n${n}.html`] = notebook(
      Array.from({ length: 100 }, (_, i) => {
        const near = i === 0 ? "SELECT 1 AS a" : `SELECT a FROM c${i - 1}`;
        const far = n === 0 ? "" : ` UNION ALL SELECT a FROM n${n - 1}.c${i}`;
        return ["sql", `output="c${i}"`, near + far] as const;
      }),
    );
  await using workspace = await openLocal(files, { concurrency: 0 });
  await workspace.call("plan", {});
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) ours.push(await timed(() => workspace.call("plan", {})));
  const value = median(ours);
  return {
    name: "10,000 assets: planned",
    unit: "ms",
    ours: value,
    bare: null,
    goal: "< 200 ms",
    isReached: value < 200,
  };
}

async function oneRow(): Promise<readonly Figure[]> {
  await using workspace = await openLocal({ "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS a"]]) });
  const start = async (): Promise<string> => (await workspace.call("startRun", { force: true })).run;
  await runEnded(workspace.open, await start());
  const waits: number[] = [];
  for (let i = 0; i < someRuns; i++) {
    const id = await start();
    await runEnded(workspace.open, id);
    const run = await workspace.open.store.run(id);
    waits.push((run?.startedAt ?? NaN) - (run?.createdAt ?? NaN));
  }
  const ms = await timed(async () => {
    const ids: string[] = [];
    for (let i = 0; i < manyRuns; i++) ids.push(await start());
    for (const id of ids) await runEnded(workspace.open, id);
  });
  const bare = await bareDuckDb(
    Array.from(
      { length: manyRuns },
      (_, i) => `COPY (SELECT 1 AS a) TO '${workspace.path}/bare-${i}.parquet' (FORMAT parquet)`,
    ),
  );
  const perSecond = manyRuns / (ms / 1000);
  const wait = median(waits);
  return [
    {
      name: "1,000 one-row runs end to end, each",
      unit: "ms",
      ours: ms / manyRuns,
      bare: bare.reduce((sum, one) => sum + one, 0) / manyRuns,
      goal: "≤ 50 ms",
      isReached: ms / manyRuns <= 50,
    },
    {
      name: "the same, runs a second",
      unit: "/s",
      ours: perSecond,
      bare: null,
      goal: "≥ 20",
      isReached: perSecond >= 20,
    },
    {
      name: "one run: asked for → begun, p50",
      unit: "ms",
      ours: wait,
      bare: null,
      goal: "< 20 ms",
      isReached: wait < 20,
    },
  ];
}

/** The clock is set to a tick; how long until its run is running. */
async function tickToStart(): Promise<Figure> {
  const minute = 60_000;
  const clock = settableClock(Date.UTC(2026, 0, 1));
  await using workspace = await openLocal(
    { "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS a"]], 'schedule="* * * * *"') },
    { clock },
  );
  await workspace.call("publish", { path: "a.html" });
  await workspace.open.scheduler.look();
  const ours: number[] = [];
  for (let tick = 1; tick <= ticks; tick++) {
    ours.push(
      await timed(async () => {
        const running = nextRunning(workspace);
        clock.set(clock.now() + minute);
        await running;
      }),
    );
    const [run] = await workspace.open.store.runs({ limit: 1 });
    if (run !== undefined) await runEnded(workspace.open, run.id);
  }
  const value = median(ours);
  return {
    name: "tick → its run is running",
    unit: "ms",
    ours: value,
    bare: null,
    goal: "< 50 ms",
    isReached: value < 50,
  };
}

async function nextRunning({ open: { store } }: LocalWorkspace): Promise<void> {
  const began = await store.lastSeq();
  const running = Promise.withResolvers<void>();
  const unsubscribe = store.onEvents(() => {
    void store.eventsAfter(began, 1000).then((events) => {
      if (events.some(({ event }) => event.type === "run_changed" && event.state === "running")) running.resolve();
    });
  });
  await running.promise;
  unsubscribe();
}

async function appended(): Promise<Figure> {
  await using workspace = await openLocal({}, { concurrency: 0 });
  const { store } = workspace.open;
  const event: LogEvent = { type: "log", run: "r", asset: null, cell: null, level: "info", text: "a line of a log" };
  let count = 0;
  const end = performance.now() + appendMs;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await store.append(
        Array.from({ length: 16 }, () => event),
        Date.now(),
      );
      count += 16;
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: callers }, caller)));
  const value = count / (ms / 1000);
  return {
    name: `events appended and durable, ${callers} callers × 16`,
    unit: "/s",
    ours: value,
    bare: null,
    goal: "≥ 20,000 a second",
    isReached: value >= 20_000,
  };
}
