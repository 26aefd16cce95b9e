import type { Store, StoredEvent } from "../store/store.ts";
import { counter, Histogram, type Sample } from "./exposition.ts";

const eventsAPage = 500;
/** seconds */
const durations = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 10_800];

/**
 * Counts what happens from its start on, from the log: nobody waits for it, and a restart begins at zero, as Prometheus expects of
 * counters. Labels are of few values each: no asset, run or notebook is one.
 */
export class Counts {
  readonly #store: Pick<Store, "eventsAfter" | "lastSeq" | "onEvents" | "run">;
  readonly #report: (error: unknown) => void;
  readonly #counters = new Map<string, Map<string, number>>();
  readonly #runSeconds = new Histogram(durations);
  readonly #waitSeconds = new Histogram(durations);
  readonly #stepSeconds = new Histogram(durations);
  /** run → steps under way, and since when */
  readonly #begun = new Map<string, Map<string, number>>();
  #last = 0;
  #rows = 0;
  #isStopped = false;
  #wake: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, "eventsAfter" | "lastSeq" | "onEvents" | "run">, report: (error: unknown) => void) {
    this.#store = store;
    this.#report = report;
  }

  async start(): Promise<void> {
    this.#last = await this.#store.lastSeq();
    const unsubscribe = this.#store.onEvents(() => this.#wake());
    this.#working = this.#work().catch(this.#report).finally(unsubscribe);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#working;
  }

  /** The last event that is counted. */
  get position(): number {
    return this.#last;
  }

  text(): string {
    const runs = ["succeeded", "failed", "cancelled", "interrupted"];
    const steps = ["succeeded", "reused", "skipped", "failed", "blocked", "cancelled"];
    const statuses = ["passed", "failed", "errored"];
    const all = (name: string, label: string, values: readonly string[]): readonly Sample[] =>
      values.map((value) => [{ [label]: value }, this.#counters.get(name)?.get(value) ?? 0]);
    return [
      counter("cellar_runs_ended_total", "runs that have ended, by state", all("runs", "state", runs)),
      this.#runSeconds.text("cellar_run_duration_seconds", "how long runs took from their start"),
      this.#waitSeconds.text("cellar_run_wait_seconds", "how long runs waited in the queue"),
      counter("cellar_steps_ended_total", "steps that have ended, by state", all("steps", "state", steps)),
      this.#stepSeconds.text("cellar_step_duration_seconds", "how long steps computed that succeeded or failed"),
      counter("cellar_rows_materialized_total", "rows of what was materialized", [[{}, this.#rows]]),
      counter(
        "cellar_checks_total",
        "results of checks, by severity and status",
        ["error", "warn"].flatMap((severity) =>
          all(`checks ${severity}`, "status", statuses).map(([labels, n]): Sample => [{ severity, ...labels }, n]),
        ),
      ),
      counter(
        "cellar_schedule_ticks_total",
        "ticks of schedules, by decision",
        all("ticks", "decision", ["run", "skipped", "failed"]),
      ),
      counter(
        "cellar_freshness_changes_total",
        "changes of freshness, by new state",
        all("freshness", "to", ["pass", "warn", "fail"]),
      ),
      counter(
        "cellar_backfills_ended_total",
        "backfills that have ended, by state",
        all("backfills", "state", ["succeeded", "failed", "cancelled"]),
      ),
    ].join("");
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      const news = new Promise<void>((resolve) => (this.#wake = resolve));
      const events = await this.#store.eventsAfter(this.#last, eventsAPage);
      for (const event of events) {
        await this.#count(event);
        this.#last = event.seq;
      }
      if (events.length === 0 && !this.#isStopped) await news;
    }
  }

  async #count({ at, event }: StoredEvent): Promise<void> {
    switch (event.type) {
      case "run_changed": {
        if (event.state !== "starting" && !["succeeded", "failed", "cancelled", "interrupted"].includes(event.state))
          return;
        const run = await this.#store.run(event.run);
        // one that was interrupted starts again, and did not wait for that in the queue
        if (event.state === "starting") {
          if (run?.startedAt === at) this.#waitSeconds.add(Math.max(0, at - run.createdAt) / 1000);
          return;
        }
        this.#add("runs", event.state);
        const startedAt = run?.startedAt ?? null;
        if (startedAt !== null) this.#runSeconds.add(Math.max(0, at - startedAt) / 1000);
        this.#begun.delete(event.run);
        return;
      }
      case "step_changed": {
        const step = `${event.asset} ${event.partition}`;
        const begun = this.#begun.get(event.run) ?? new Map<string, number>();
        this.#begun.set(event.run, begun);
        if (event.state === "running") begun.set(step, at);
        if (["waiting", "running", "committing"].includes(event.state)) return;
        const begunAt = begun.get(step);
        begun.delete(step);
        this.#add("steps", event.state);
        if (begunAt !== undefined && (event.state === "succeeded" || event.state === "failed"))
          this.#stepSeconds.add(Math.max(0, at - begunAt) / 1000);
        return;
      }
      case "materialized":
        this.#rows += event.rows ?? 0;
        return;
      case "checked":
        return this.#add(`checks ${event.severity}`, event.status);
      case "tick_decided":
        return this.#add("ticks", event.decision);
      case "freshness_changed":
        return this.#add("freshness", event.to);
      case "backfill_changed":
        return this.#add("backfills", event.state);
      case "asset_renamed":
      case "automation_decided":
      case "automation_paused":
      case "branch_changed":
      case "damaged":
      case "log":
      case "message_given_up":
      case "signalled":
      case "notebook_changed":
      case "notebook_published":
      case "notebook_removed":
      case "notebook_unpublished":
      case "partitions_changed":
      case "schedule_paused":
      case "sensor_ticked":
      case "wiped":
        return;
    }
  }

  #add(name: string, value: string): void {
    const values = this.#counters.get(name) ?? new Map<string, number>();
    values.set(value, (values.get(value) ?? 0) + 1);
    this.#counters.set(name, values);
  }
}
