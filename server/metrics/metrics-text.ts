import { runStates } from "../../cells/model/run.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { counter, gauge, Histogram, type Sample } from "./exposition.ts";

/** seconds */
const durations = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const mostQueued = 10_000;

/** The figures of a workspace in Prometheus's text format 0.0.4. */
export async function metricsText(workspace: OpenWorkspace): Promise<string> {
  const { store, queue, catalog, poolSlots, eventsOut, scheduler, automation, sensors, counts, clock } = workspace;
  const { running, waiting } = await queue.state();
  const recent = await store.runs({ limit: 1000 });
  const oldest = (await store.runs({ limit: mostQueued, states: ["queued"] })).at(-1);
  const byState = Map.groupBy(recent, ({ state }) => state);
  const ended = recent.flatMap(({ startedAt, endedAt }) =>
    startedAt === null || endedAt === null ? [] : [(endedAt - startedAt) / 1000],
  );
  const recentSeconds = new Histogram(durations);
  for (const seconds of ended) recentSeconds.add(seconds);
  const fresh = Map.groupBy((await store.freshness()).values(), (state) => state);
  const ticks = sensors.ticks();
  const pools = poolSlots.state();
  const outboxes = await eventsOut.state();
  const schedules = await scheduler.schedules();
  const lag = await Promise.all(
    schedules.map(async ({ id, notebook }): Promise<Sample> => {
      const [last] = await store.ticks(id, 1);
      return [{ schedule: notebook ?? id }, last === undefined ? 0 : Math.max(0, last.decidedAt - last.tick) / 1000];
    }),
  );
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return [
    gauge("cellar_runs_running", "runs that are being carried out", [[{}, running.length]]),
    gauge("cellar_runs_waiting", "runs that wait for a slot", [[{}, waiting.length]]),
    gauge(
      "cellar_recent_runs",
      "of the last thousand runs, how many are in which state",
      runStates.map((state): Sample => [{ state }, byState.get(state)?.length ?? 0]),
    ),
    recentSeconds.text("cellar_recent_run_duration_seconds", "how long the last thousand runs took that have ended"),
    gauge("cellar_queue_oldest_wait_seconds", "how long the run has waited that waits longest", [
      [{}, oldest === undefined ? 0 : Math.max(0, clock.now() - oldest.createdAt) / 1000],
    ]),
    counts.text(),
    gauge(
      "cellar_freshness_assets",
      "assets with a freshness policy, by state",
      (["pass", "warn", "fail", "unknown"] as const).map((state): Sample => [{ state }, fresh.get(state)?.length ?? 0]),
    ),
    counter("cellar_automation_evaluations_total", "evaluations of the conditions", [
      [{}, automation.counts.evaluations],
    ]),
    counter("cellar_automation_requested_total", "partitions that conditions requested", [
      [{}, automation.counts.requested],
    ]),
    counter(
      "cellar_sensor_ticks_total",
      "ticks of sensors, by state",
      Object.entries(ticks).map(([state, count]): Sample => [{ state }, count]),
    ),
    gauge(
      "cellar_pool_used",
      "steps of a pool that compute",
      pools.map((pool): Sample => [{ pool: pool.pool }, pool.used]),
    ),
    gauge(
      "cellar_pool_waiting",
      "steps that wait for a pool",
      pools.map((pool): Sample => [{ pool: pool.pool }, pool.waiting]),
    ),
    gauge(
      "cellar_pool_limit",
      "how many steps of a pool may compute",
      pools.map((pool): Sample => [{ pool: pool.pool }, pool.limit]),
    ),
    gauge("cellar_schedule_lag_seconds", "how long after its time the last tick of a schedule was decided", lag),
    gauge(
      "cellar_outbox_behind",
      "events that an outbox has not told yet",
      outboxes.map(({ name, behind }): Sample => [{ outbox: name }, behind]),
    ),
    gauge(
      "cellar_outbox_lag_seconds",
      "how long ago the first event happened that an outbox has not told yet",
      outboxes.map(({ name, behindSince }): Sample => [
        { outbox: name },
        behindSince === null ? 0 : Math.max(0, clock.now() - behindSince) / 1000,
      ]),
    ),
    gauge(
      "cellar_outbox_failing",
      "whether the last try of an outbox failed",
      outboxes.map(({ name, problem }): Sample => [{ outbox: name }, problem === null ? 0 : 1]),
    ),
    gauge("cellar_notebooks", "notebooks in the workspace", [[{}, catalog.entries().length]]),
    counter("cellar_events_total", "events in the log", [[{}, await store.lastSeq()]]),
    gauge("cellar_time_seconds", "the server's clock", [[{}, clock.now() / 1000]]),
    counter("process_cpu_seconds_total", "processor time of the server process", [[{}, (cpu.user + cpu.system) / 1e6]]),
    gauge("process_resident_memory_bytes", "memory of the server process", [[{}, memory.rss]]),
    gauge("nodejs_heap_size_used_bytes", "heap in use", [[{}, memory.heapUsed]]),
  ].join("");
}
