import { dueTicks } from "../../cells/schedule/due-ticks.ts";
import { nextTick } from "../../cells/schedule/cron.ts";
import { encodeError } from "../../cells/errors.ts";
import { readNotebookOptions } from "../../cells/format/options.ts";
import { parseNotebook } from "../../cells/format/parse.ts";
import type { NotebookOptions } from "../../cells/model/options.ts";
import type { Clock } from "../clock.ts";
import type { Queue } from "../queue/queue.ts";
import type { Planner } from "../runner/plan-run.ts";
import type { NewRun, PublishedNotebook, Store } from "../store/store.ts";

/** A published notebook with a schedule. */
export interface Schedule {
  /** stable name in the store: the notebook's id */
  readonly id: string;
  readonly path: string;
  readonly options: NotebookOptions;
  readonly publishedAt: number;
}

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
    const { store, clock } = this.#parts;
    let wakeAt = Infinity;
    for (const schedule of schedulesOf(await store.published())) {
      const { id, options, publishedAt } = schedule;
      const definition = JSON.stringify([options.schedule, options.timezone]);
      await store.beginSchedule(id, definition, publishedAt);
      const after = (await store.lastTick(id)) ?? publishedAt;
      const now = clock.now();
      for (const { tick, decision } of dueTicks({
        crons: options.schedule,
        timezone: options.timezone,
        catchup: options.catchup,
        after,
        now,
      }))
        await this.#decide(schedule, tick, decision);
      wakeAt = Math.min(wakeAt, nextTick(options.schedule, options.timezone, Math.max(after, now)) ?? Infinity);
    }
    if (wakeAt !== Infinity && !this.#stopped) this.#cancelWake = clock.wake(wakeAt, () => void this.look());
  }

  async #decide({ id, path }: Schedule, tick: number, decision: "run" | "skipped"): Promise<void> {
    const { store, planner, queue, clock } = this.#parts;
    const decided = { schedule: id, tick, at: clock.now() };
    if (decision === "skipped") {
      await store.decideTick({
        ...decided,
        decision,
        reason: "missed while the server was down; catchup leaves it out",
        run: null,
      });
      return;
    }
    let run: NewRun;
    try {
      run = await planner.newRun({
        select: `key:"${path.replace(/\.html$/, "")}/*"`,
        params: {},
        force: false,
        draft: false,
        trigger: { type: "schedule", schedule: id, tick },
      });
    } catch (error) {
      await store.decideTick({ ...decided, decision: "failed", reason: encodeError(error).message, run: null });
      return;
    }
    const late = clock.now() - tick > 60_000;
    const fresh = await store.decideTick({
      ...decided,
      decision,
      reason: late ? "missed while the server was down; made up" : "due",
      run,
    });
    if (fresh) await queue.send({ run: run.run.id, priority: 0, tags: {} });
  }
}

/** The schedules of published notebooks. */
export function schedulesOf(published: readonly PublishedNotebook[]): readonly Schedule[] {
  return published.flatMap(({ id, path, text, publishedAt }) => {
    const { options } = readNotebookOptions(parseNotebook(text).notebook);
    return options.schedule.length === 0 ? [] : [{ id, path, options, publishedAt }];
  });
}
