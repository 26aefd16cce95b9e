import type { Workspace } from "../../cells/graph/workspace.ts";
import type { Clock } from "../clock.ts";
import type { RetainRule, Store } from "../store/store.ts";
import type { Lake } from "./lake.ts";

/** What collecting needs of the server. */
export interface CollectorParts {
  readonly store: Pick<Store, "retire" | "referencedFiles" | "oldestRunUnderWay" | "forget">;
  readonly lake: Pick<Lake, "collect">;
  readonly clock: Clock;
  /** the assets as the server runs them, with their `retain` */
  readonly assets: () => Promise<Workspace>;
  /** for how long the log is kept */
  readonly keepLogMs: () => number;
  readonly report: (error: unknown) => void;
}

/** What one collection did. */
export interface Collected {
  /** facts that were retired by their asset's `retain` */
  readonly retired: number;
  readonly freedBytes: number;
  /** events that were older than the log is kept */
  readonly forgotten: number;
}

/** nothing goes that was written, opened, or named by a fact that was not retired, within this time */
export const graceMs = 60 * 60_000;
const soonestMs = 10 * 60_000;
const dailyMs = 24 * 60 * 60_000;

/**
 * Retires what `retain` does not keep, removes from the lake what no fact names, and forgets the oldest part of the log: after runs, at most every ten minutes, and
 * once a day. A fact is retired first and its file goes an hour later, or when every run that was under way then has ended,
 * so that who found it before has its bytes. Killed at any moment, it leaves files that the next collection removes.
 */
export class Collector {
  readonly #parts: CollectorParts;
  #cancel: () => void = () => undefined;
  #collecting: Promise<Collected> | null = null;
  #last: number;
  #isStarted = false;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
    this.#last = parts.clock.now();
  }

  /** Begins: the first collection is ten minutes after the start. */
  start(): void {
    this.#isStarted = true;
    this.#wakeAt(this.#parts.clock.now() + soonestMs);
  }

  /** Told of each end of a run: what it replaced may go. */
  runEnded(): void {
    if (this.#isStarted) this.#wakeAt(this.#last + soonestMs);
  }

  /** Collects now; who asks meanwhile waits for the same. */
  collect(): Promise<Collected> {
    this.#collecting ??= this.#collect().finally(() => (this.#collecting = null));
    return this.#collecting;
  }

  /** Resolves once nothing is being collected any more. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#cancel();
    await this.#collecting?.catch(() => undefined);
  }

  #wakeAt(at: number): void {
    this.#cancel();
    this.#cancel = this.#parts.clock.wake(at, () => {
      void this.collect()
        .catch(this.#parts.report)
        .finally(() => this.#isStarted && this.#wakeAt(this.#last + dailyMs));
    });
  }

  async #collect(): Promise<Collected> {
    const { store, lake, clock, assets, keepLogMs } = this.#parts;
    this.#last = clock.now();
    const retired = await store.retire(rulesOf(await assets()), this.#last);
    const oldestRun = (await store.oldestRunUnderWay()) ?? Infinity;
    const kept = await store.referencedFiles(Math.min(this.#last - graceMs, oldestRun));
    const freedBytes = await lake.collect(kept, graceMs, this.#last);
    const forgotten = await store.forget(this.#last - keepLogMs());
    return { retired, freedBytes, forgotten };
  }
}

function rulesOf(workspace: Workspace): readonly RetainRule[] {
  return [...workspace.assets.values()].flatMap(({ key, options: { retain } }) =>
    retain === null ? [] : [{ asset: key, retention: retain }],
  );
}
