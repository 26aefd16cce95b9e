import { runStates } from "../../cells/model/run.ts";
import type { OpenWorkspace } from "../open-workspace.ts";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** The figures of a workspace in Prometheus's text format 0.0.4. */
export async function metricsText(workspace: OpenWorkspace): Promise<string> {
  const { store, queue, catalog, poolSlots, eventsOut, scheduler, clock } = workspace;
  const { running, waiting } = await queue.state();
  const recent = await store.runs({ limit: 1000 });
  const byState = Map.groupBy(recent, ({ state }) => state);
  const ended = recent.flatMap(({ startedAt, endedAt }) =>
    startedAt === null || endedAt === null ? [] : [(endedAt - startedAt) / 1000],
  );
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
    histogram("cellar_recent_run_duration_seconds", "how long the last thousand runs took that have ended", ended),
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
      "cellar_outbox_failing",
      "whether the last try of an outbox failed",
      outboxes.map(({ name, problem }): Sample => [{ outbox: name }, problem === null ? 0 : 1]),
    ),
    gauge("cellar_notebooks", "notebooks in the workspace", [[{}, catalog.entries().length]]),
    family("counter", "cellar_events_total", "events in the log", [[{}, await store.lastSeq()]]),
    gauge("cellar_time_seconds", "the server's clock", [[{}, clock.now() / 1000]]),
    family("counter", "process_cpu_seconds_total", "processor time of the server process", [
      [{}, (cpu.user + cpu.system) / 1e6],
    ]),
    gauge("process_resident_memory_bytes", "memory of the server process", [[{}, memory.rss]]),
    gauge("nodejs_heap_size_used_bytes", "heap in use", [[{}, memory.heapUsed]]),
  ].join("");
}

const buckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];

function histogram(name: string, help: string, values: readonly number[]): string {
  const lines = [...buckets, Infinity].map((bound) =>
    line(`${name}_bucket`, { le: numberOf(bound) }, values.filter((value) => value <= bound).length),
  );
  const sum = values.reduce((total, value) => total + value, 0);
  return `${head("histogram", name, help)}${lines.join("")}${line(`${name}_sum`, {}, sum)}${line(`${name}_count`, {}, values.length)}`;
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family("gauge", name, help, samples);
}

function family(type: string, name: string, help: string, samples: readonly Sample[]): string {
  return `${head(type, name, help)}${samples.map(([labels, value]) => line(name, labels, value)).join("")}`;
}

function head(type: string, name: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${numberOf(value)}\n`;
}

function escape(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

function numberOf(value: number): string {
  return value === Infinity ? "+Inf" : String(value);
}
