import { dueTicks, type DueTick } from "../../cells/schedule/due-ticks.ts";
import { nextTick } from "../../cells/schedule/cron.ts";
import { AppError, encodeError } from "../../cells/errors.ts";
import { readNotebookOptions } from "../../cells/format/options.ts";
import { parseNotebook } from "../../cells/format/parse.ts";
import type { NotebookOptions } from "../../cells/model/options.ts";
import type { Clock } from "../clock.ts";
import { type Queue, queuedRun } from "../queue/queue.ts";
import type { Planner } from "../runner/plan-run.ts";
import type { PublishedNotebook, Store, TickToDecide } from "../store/store.ts";

/** A published notebook with a schedule. */
export interface Schedule {
  /** stable name in the store: the notebook's id */
  readonly id: string;
  readonly path: string;
  readonly options: NotebookOptions;
  readonly publishedAt: number;
}

const retryMs = 10_000;
// what is decided together shares one durable commit
const ticksAtOnce = 50;

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
  }) {
    this.#parts = parts;
  }

  /** Looks now and then whenever a tick is due. Call again after a notebook was published. */
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
    const { store, clock, report } = this.#parts;
    let wakeAt = Infinity;
    try {
      for (const schedule of schedulesOf(await store.published())) {
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

  /** Decides what is due of one schedule; resolves with the time of its next tick. */
  async #decideSchedule(schedule: Schedule): Promise<number> {
    const { store, clock } = this.#parts;
    const { id, options, publishedAt } = schedule;
    await store.beginSchedule(id, definitionOf(options), publishedAt);
    const after = (await store.lastTick(id)) ?? publishedAt;
    const now = clock.now();
    const due = dueTicks({
      crons: options.schedule,
      timezone: options.timezone,
      catchup: options.catchup,
      after,
      now,
    });
    for (let at = 0; at < due.length && !this.#stopped; at += ticksAtOnce)
      await this.#decide(schedule, due.slice(at, at + ticksAtOnce));
    return nextTick(options.schedule, options.timezone, Math.max(after, now)) ?? Infinity;
  }

  async #decide(schedule: Schedule, due: readonly DueTick[]): Promise<void> {
    const { store, queue } = this.#parts;
    const ticks: TickToDecide[] = [];
    for (const tick of due) ticks.push(await this.#decisionOf(schedule, tick));
    const fresh = await store.decideTicks(ticks);
    await Promise.all(
      ticks.map(({ run }, i) => (run !== null && fresh[i] === true ? queue.send(queuedRun(run.run)) : null)),
    );
  }

  async #decisionOf({ id, path }: Schedule, { tick, decision }: DueTick): Promise<TickToDecide> {
    const { planner, clock } = this.#parts;
    const now = clock.now();
    const decided = { schedule: id, tick, at: now, run: null };
    if (decision === "skipped")
      return { ...decided, decision, reason: "missed while the server was down; catchup leaves it out" };
    try {
      const run = await planner.newRun({
        select: `key:"${path.replace(/\.html$/, "")}/*"`,
        partition: null,
        params: {},
        force: false,
        draft: false,
        trigger: { type: "schedule", schedule: id, tick },
      });
      const reason = now - tick > 60_000 ? "missed while the server was down; made up" : "due";
      return { ...decided, decision, reason, run };
    } catch (error) {
      if (error instanceof AppError && (error.code === "storage_full" || error.code === "storage_failed")) throw error;
      return { ...decided, decision: "failed", reason: encodeError(error).message };
    }
  }
}

/** The schedules of published notebooks. */
export function schedulesOf(published: readonly PublishedNotebook[]): readonly Schedule[] {
  return published.flatMap(({ id, path, text, publishedAt }) => {
    const options = optionsOf(text);
    return options.schedule.length === 0 ? [] : [{ id, path, options, publishedAt }];
  });
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

function definitionOf(options: NotebookOptions): string {
  return JSON.stringify([options.schedule, options.timezone]);
}

function optionsOf(text: string): NotebookOptions {
  return readNotebookOptions(parseNotebook(text).notebook).options;
}
