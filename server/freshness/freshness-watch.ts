import type { Workspace } from "../../cells/graph/workspace.ts";
import type { Clock } from "../clock.ts";
import type { FreshnessChange, LogEvent, Store } from "../store/store.ts";
import { assessFreshness } from "./assess-freshness.ts";

/** What the watch needs of the server. */
interface WatchParts {
  readonly store: Store;
  /** what the server runs, as it is now */
  readonly assets: () => Promise<Workspace>;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

const eventsAtOnce = 1000;
/** Events after which an asset may be as fresh as it was not before, or have another policy. */
const telling: ReadonlySet<LogEvent["type"]> = new Set([
  "materialized",
  "notebook_published",
  "notebook_unpublished",
  "notebook_changed",
  "notebook_removed",
  "asset_renamed",
  "wiped",
  "branch_changed",
]);

/**
 * Says in the log when an asset gets too old, or is in time again: one event a change, also over restarts. It wakes when the next
 * state changes by itself and when something happened, and asks at no other time.
 */
export class FreshnessWatch {
  readonly #parts: WatchParts;
  #seen = 0;
  #looking: Promise<void> | null = null;
  #isAsked = false;
  #isStopped = false;
  #sleep: (() => void) | null = null;
  #unsubscribe: (() => void) | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Begins to watch. Resolves once what changed meanwhile is said. */
  async start(): Promise<void> {
    const { store } = this.#parts;
    this.#seen = await store.lastSeq();
    this.#unsubscribe = store.onEvents(() => void this.#read());
    await this.look();
  }

  /** Says every change since the last time; calls that come meanwhile are one more look. */
  look(): Promise<void> {
    this.#isAsked = true;
    this.#looking ??= this.#goOn().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe?.();
    this.#sleep?.();
    await this.#looking;
  }

  async #goOn(): Promise<void> {
    while (this.#isAsked && !this.#isStopped) {
      this.#isAsked = false;
      await this.#say().catch(this.#parts.report);
    }
  }

  async #say(): Promise<void> {
    const { store, assets, clock } = this.#parts;
    const now = clock.now();
    const assessed = await assessFreshness(await assets(), store, now);
    const before = await store.freshness();
    const changes: FreshnessChange[] = [];
    for (const { asset, state: to, reason } of assessed.values()) {
      const from = before.get(asset) ?? "unknown";
      if (from !== to) changes.push({ asset, from, to, reason });
    }
    for (const [asset, from] of before)
      if (!assessed.has(asset)) changes.push({ asset, from, to: null, reason: "it has no policy any more" });
    if (changes.length > 0) await store.changeFreshness(changes, now);
    const deadlines = [...assessed.values()].flatMap(({ deadline }) => deadline ?? []);
    this.#sleep?.();
    this.#sleep =
      deadlines.length === 0 || this.#isStopped
        ? null
        : clock.wake(
            deadlines.reduce((first, deadline) => Math.min(first, deadline)),
            () => void this.look(),
          );
  }

  /** Looks again where something was said that may change an answer. */
  async #read(): Promise<void> {
    const { store, report } = this.#parts;
    try {
      for (;;) {
        const events = await store.eventsAfter(this.#seen, eventsAtOnce);
        const last = events.at(-1);
        if (last === undefined) return;
        this.#seen = Math.max(this.#seen, last.seq);
        if (events.some(({ event }) => isTelling(event))) await this.look();
      }
    } catch (error) {
      if (!this.#isStopped) report(error);
    }
  }
}

function isTelling(event: LogEvent): boolean {
  return telling.has(event.type) || (event.type === "step_changed" && event.state === "reused");
}
