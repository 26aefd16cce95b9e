import { dueTicks, type DueTick } from "../../cells/schedule/due-ticks.ts";
import { nextTick } from "../../cells/schedule/cron.ts";
import { AppError, encodeError } from "../../cells/errors.ts";
import type { Clock } from "../clock.ts";
import { type Queue, queuedRun } from "../queue/queue.ts";
import type { JobConfig } from "../jobs/job-config.ts";
import type { Planner } from "../planning/planner.ts";
import type { PublishedNotebook, Store, TickToDecide } from "../store/store.ts";
import { isPaused } from "./pause.ts";
import { definitionOf, jobScheduleId, jobSchedules, notebookSchedules, optionsOf, type Schedule } from "./schedule.ts";

const retryMs = 10_000;
// what is decided together shares one durable commit
const ticksAtOnce = 50;
const scheduledJobs = "scheduled jobs";

/**
 * Starts the runs of schedules. Each tick is one row, decided once (P5): tick, run and steps are one transaction, so neither a
 * restart nor a second look can lose or double it. Missed ticks are decided by the notebook's `catchup`.
 */
export class Scheduler {
  readonly #parts: {
    readonly store: Store;
    readonly planner: Planner;
    readonly queue: Queue;
    readonly clock: Clock;
    readonly report: (error: unknown) => void;
    readonly jobs: () => Iterable<JobConfig>;
  };
  #cancelWake: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: {
    readonly store: Store;
    readonly planner: Planner;
    readonly queue: Queue;
    readonly clock: Clock;
    readonly report: (error: unknown) => void;
    readonly jobs: () => Iterable<JobConfig>;
  }) {
    this.#parts = parts;
  }

  /** Everything that runs by the clock. */
  async schedules(): Promise<readonly Schedule[]> {
    const { store, planner, jobs } = this.#parts;
    const workspace = async () => (await planner.effective()).workspace;
    return [
      ...notebookSchedules(await store.published()),
      ...(await jobSchedules(jobs(), workspace, async (select) => planner.select(await workspace(), select))),
    ];
  }

  /** Looks now and then whenever a tick is due. Call again after a notebook was published or `cellar.json` changed. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#decideDue()).catch((error: unknown) => this.#parts.report(error));
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWake();
    await this.#looking;
  }

  async #decideDue(): Promise<void> {
    if (this.#stopped) return;
    this.#cancelWake();
    const { clock, report } = this.#parts;
    let wakeAt = Infinity;
    try {
      await this.#endOldJobs();
      for (const schedule of await this.schedules()) {
        try {
          wakeAt = Math.min(wakeAt, await this.#decideSchedule(schedule));
        } catch (error) {
          // what stops one schedule (a full disk, say) may be over soon, and is no reason to keep the others waiting
          wakeAt = Math.min(wakeAt, clock.now() + retryMs);
          report(error);
        }
      }
    } catch (error) {
      wakeAt = clock.now() + retryMs;
      report(error);
    }
    if (wakeAt !== Infinity && !this.#stopped) this.#cancelWake = clock.wake(wakeAt, () => void this.look());
  }

  /** A job that is in `cellar.json` no more, or has no schedule there, goes on from when it is there again. */
  async #endOldJobs(): Promise<void> {
    const { store, clock, jobs } = this.#parts;
    const now = JSON.stringify([...jobs()].flatMap(({ name, schedule }) => (schedule.length > 0 ? [name] : [])).sort());
    const before = (await store.setting(scheduledJobs)) ?? "[]";
    if (before === now) return;
    const left = new Set(JSON.parse(now) as readonly string[]);
    for (const name of JSON.parse(before) as readonly string[])
      if (!left.has(name)) await store.beginSchedule(jobScheduleId(name), "", clock.now());
    await store.setSetting(scheduledJobs, now);
  }

  /** Decides what is due of one schedule; resolves with the time of its next tick. */
  async #decideSchedule(schedule: Schedule): Promise<number> {
    const { store, clock } = this.#parts;
    const { id, crons, timezone, catchup } = schedule;
    const now = clock.now();
    const begunAt = schedule.begunAt ?? now;
    await store.beginSchedule(id, definitionOf(schedule), begunAt);
    const after = (await store.lastTick(id)) ?? begunAt;
    const due = dueTicks({ crons, timezone, catchup, after, now });
    for (let at = 0; at < due.length && !this.#stopped; at += ticksAtOnce)
      await this.#decide(schedule, due.slice(at, at + ticksAtOnce));
    return nextTick(crons, timezone, Math.max(after, now)) ?? Infinity;
  }

  async #decide(schedule: Schedule, due: readonly DueTick[]): Promise<void> {
    const { store, queue } = this.#parts;
    const ticks: TickToDecide[] = [];
    const paused = await isPaused(store, schedule.id);
    for (const tick of due)
      ticks.push(
        paused
          ? { ...this.#decided(schedule, tick), decision: "skipped", reason: "the schedule is paused", run: null }
          : await this.#decisionOf(schedule, tick),
      );
    const fresh = await store.decideTicks(ticks);
    await Promise.all(
      ticks.map(({ run }, i) => (run !== null && fresh[i] === true ? queue.send(queuedRun(run.run)) : null)),
    );
  }

  #decided({ id }: Schedule, { tick }: DueTick) {
    return { schedule: id, tick, at: this.#parts.clock.now() };
  }

  async #decisionOf(schedule: Schedule, due: DueTick): Promise<TickToDecide> {
    const { planner } = this.#parts;
    const { tick, decision } = due;
    const decided = { ...this.#decided(schedule, due), run: null };
    if (decision === "skipped")
      return { ...decided, decision, reason: "missed while the server was down; catchup leaves it out" };
    try {
      const run = await planner.newRun({
        ...schedule.request(tick),
        trigger: { type: "schedule", schedule: schedule.id, tick },
      });
      const reason = decided.at - tick > 60_000 ? "missed while the server was down; made up" : "due";
      return { ...decided, decision, reason, run };
    } catch (error) {
      if (error instanceof AppError && (error.code === "storage_full" || error.code === "storage_failed")) throw error;
      return { ...decided, decision: "failed", reason: encodeError(error).message };
    }
  }
}

/**
 * To be called before `next` is published. Where the notebook had no schedule until now (`before` is what was published of it),
 * an old schedule of the same definition does not go on: what would have been due meanwhile was not missed.
 */
export async function endOldSchedule(
  store: Store,
  before: PublishedNotebook | null,
  next: Pick<PublishedNotebook, "id" | "publishedAt">,
): Promise<void> {
  if (before !== null && before.id === next.id && optionsOf(before.text).schedule.length > 0) return;
  await store.beginSchedule(next.id, "", next.publishedAt);
}
