import { AppError, messageOf } from "../../cells/errors.ts";
import type { Clock } from "../clock.ts";
import { type Queue, queuedRun } from "../queue/queue.ts";
import type { Planner } from "../planning/planner.ts";
import { retryRequest } from "../planning/retry-run.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { Consumer } from "./outbox.ts";

interface Parts {
  readonly store: Store;
  readonly planner: Planner;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/** A run that failed, and when it is followed by another. */
interface Pending {
  readonly run: string;
  /** milliseconds since 1970 */
  readonly dueAt: number;
}

/** a disk that is full may have space soon */
const storageRetryMs = 10_000;

/**
 * Lets a run that failed be followed by another one, as often as its rules say (Dagster's R7), each at its own time. A restart loses none
 * and doubles none: what waits is remembered, and a run has at most one retry of this kind. One that cannot be planned is told in the
 * log of the run that failed.
 */
export class RunRetryConsumer implements Consumer {
  readonly #parts: Parts;
  /** run → what cancels its waiting */
  readonly #waiting = new Map<string, () => void>();
  /** those that have had their retry, and are remembered until the next is */
  readonly #done = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #isEnded = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  begin(memory: unknown): void {
    for (const pending of pendingOf(memory)) this.#wait(pending);
  }

  async deliver({ at, event }: StoredEvent, memory: unknown) {
    if (event.type !== "run_changed" || event.state !== "failed") return null;
    const run = await this.#parts.store.run(event.run);
    if (run === null || run.rules.retries <= 0) return null;
    const pending = { run: run.id, dueAt: at + run.rules.retryDelayMs };
    const others = pendingOf(memory).filter((other) => other.run !== run.id && !this.#done.has(other.run));
    this.#done.clear();
    this.#wait(pending);
    return { memory: [...others, pending] };
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    for (const cancel of this.#waiting.values()) cancel();
    await Promise.all(this.#underWay);
  }

  #wait({ run, dueAt }: Pending): void {
    const { clock } = this.#parts;
    this.#waiting.get(run)?.();
    if (dueAt <= clock.now()) this.#begin(run);
    else
      this.#waiting.set(
        run,
        clock.wake(dueAt, () => this.#begin(run)),
      );
  }

  #begin(run: string): void {
    this.#waiting.delete(run);
    if (this.#isEnded) return;
    const work = this.#retry(run).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #retry(id: string): Promise<void> {
    const { store, planner, queue, clock, report } = this.#parts;
    try {
      const run = await store.run(id);
      if (run !== null) {
        const { workspace } = await planner.effective(false, run.environment);
        const mode = { type: run.rules.retryFrom === "all" ? "all" : "failure" } as const;
        const request = retryRequest(run, await store.steps(id), workspace, mode);
        const next = await planner.newRun({ ...request, rules: { ...run.rules, retries: run.rules.retries - 1 } });
        if ((await store.createRun(next, `retry of ${id}`)) === next.run.id) await queue.send(queuedRun(next.run));
      }
      this.#done.add(id);
    } catch (error) {
      const { code } = error instanceof AppError ? error : { code: null };
      if (code === "storage_full" || code === "storage_failed") {
        report(error);
        if (!this.#isEnded) this.#wait({ run: id, dueAt: clock.now() + storageRetryMs });
        return;
      }
      this.#done.add(id);
      const text = `it is not tried again: ${messageOf(error)}`;
      await store
        .append([{ type: "log", run: id, asset: null, cell: null, level: "error", text }], clock.now())
        .catch(report);
    }
  }
}

function pendingOf(memory: unknown): readonly Pending[] {
  if (!Array.isArray(memory)) return [];
  return memory.filter(
    (each: unknown): each is Pending =>
      typeof each === "object" && each !== null && "run" in each && "dueAt" in each && typeof each.dueAt === "number",
  );
}
