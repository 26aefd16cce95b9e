import { AppError, encodeError } from "../../cells/errors.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { isBackfillEnded, unfinishedStates, type Backfill } from "../../cells/model/backfill.ts";
import { isTerminal, type RunState } from "../../cells/model/run.ts";
import { keysIn, knownSubset } from "../../cells/partition/subset.ts";
import { blockedIn, nextPart } from "../../cells/plan/backfill.ts";
import type { Targets } from "../../cells/plan/targets.ts";
import type { Clock } from "../clock.ts";
import { queuedRun, type Queue } from "../queue/queue.ts";
import { cancelRun } from "../runner/cancel-run.ts";
import type { Planner } from "../planning/planner.ts";
import type { Store } from "../store/store.ts";
import { newBackfill } from "./new-backfill.ts";
import {
  groundOf,
  planOf,
  storedTargets,
  targetsFor,
  without,
  type BackfillQuestion,
  type Ground,
} from "./plan-backfill.ts";

interface Parts {
  readonly store: Store;
  readonly planner: Planner;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/** What of a backfill has ended, by asset: kept between its parts, and read again by the next process. */
interface Progress {
  /** the number of the last run that is in it */
  through: number;
  readonly ended: Map<AssetKey, string[]>;
  readonly unfinished: Map<AssetKey, string[]>;
}

const retryMs = 10_000;
const mostUnderWay = 1_000;
/** runs that somebody waits for go first */
const priority = -1;

/**
 * Carries out backfills, each as runs of bounded size one after another: a part is planned when the one before it has ended, from what
 * is left then, and begun once (`Store.addBackfillRun`). So a server that dies loses nothing but the steps that were under way, a
 * cancel ends one run, and what failed blocks what reads it and nothing else.
 */
export class Backfiller {
  readonly #parts: Parts;
  readonly #progress = new Map<string, Progress>();
  #cancelWake: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Goes on with what a former process left: cancels whose run lives, and parts that were not begun. */
  async start(): Promise<void> {
    const { store } = this.#parts;
    for (const { id, trigger } of await store.runs({ limit: mostUnderWay, states: ["queued", "running", "starting"] }))
      if (trigger.type === "backfill" && (await store.backfill(trigger.backfill))?.state === "cancelled")
        await this.#cancelRun(id);
    await this.look();
  }

  /** Begins the next part of every backfill whose last one has ended. To be called whenever a run has. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#advanceAll()).catch((error: unknown) => this.#parts.report(error));
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelWake();
    await this.#looking;
  }

  /** What a backfill would do. Throws what is wrong with the question. */
  async plan(question: BackfillQuestion, now = this.#parts.clock.now()) {
    const ground = await groundOf(this.#parts.planner, now);
    await this.#parts.planner.conform(question.params);
    return planOf(await targetsFor(this.#parts.planner, question, ground), ground, question);
  }

  /** Takes a backfill on, and begins it. Throws what is wrong with the question; nothing is stored then. */
  async request(question: BackfillQuestion): Promise<Backfill> {
    const { planner, clock } = this.#parts;
    const ground = await groundOf(planner, clock.now());
    await planner.conform(question.params);
    return this.#create(question, await targetsFor(planner, question, ground), null);
  }

  /** A new backfill of what an ended one left. Throws `not_found`, `run_conflict`. */
  async retry(id: string): Promise<Backfill> {
    const { store, planner, clock } = this.#parts;
    const backfill = await this.#existing(id);
    if (!isBackfillEnded(backfill.state))
      throw new AppError("run_conflict", `backfill ${id} is still ${backfill.state}; wait for it or cancel it first`, {
        data: { backfill: id },
      });
    const steps = await store.backfillSteps(id, { states: ["succeeded", "reused", "skipped"] });
    const done = Map.groupBy(steps, ({ asset }) => asset);
    const keys = new Map(Array.from(done, ([asset, own]) => [asset, own.map(({ partition }) => partition)]));
    const left = without(storedTargets(backfill, await groundOf(planner, clock.now())), keys);
    if (left.size === 0)
      throw new AppError("run_conflict", `backfill ${id} left nothing to do again; start a new one with --force`, {
        data: { backfill: id },
      });
    return this.#create(backfill.request, left, id);
  }

  /** Ends a backfill and the run under way. Resolves once the wish is durable. Throws `not_found`, `run_conflict`. */
  async cancel(id: string): Promise<void> {
    const { store, clock } = this.#parts;
    const { state } = await this.#existing(id);
    if (isBackfillEnded(state))
      throw new AppError("run_conflict", `backfill ${id} has already ended: ${state}`, { data: { backfill: id } });
    await store.changeBackfill(id, "cancelled", { at: clock.now() });
    this.#progress.delete(id);
    const last = (await store.backfillRuns(id)).at(-1);
    if (last !== undefined) await this.#cancelRun(last.run);
  }

  async #create(question: BackfillQuestion, targets: Targets, retryOf: string | null): Promise<Backfill> {
    const { store, clock } = this.#parts;
    const origin = retryOf === null ? {} : { retryOf };
    const backfill = newBackfill(question, targets, clock.now(), origin);
    await store.createBackfill(backfill);
    void this.look();
    return backfill;
  }

  async #advanceAll(): Promise<void> {
    if (this.#isStopped) return;
    this.#cancelWake();
    const { store, clock, report } = this.#parts;
    const failures: unknown[] = [];
    try {
      const found = await store.backfills({ limit: mostUnderWay, states: ["requested", "running"] });
      for (const backfill of found.toReversed())
        if (!this.#isStopped) await this.#advance(backfill).catch((error: unknown) => failures.push(error));
    } catch (error) {
      failures.push(error);
    }
    if (this.#isStopped || failures.length === 0) return;
    // a full disk, say, may be over soon, and is no reason to keep the others waiting
    this.#cancelWake = clock.wake(clock.now() + retryMs, () => void this.look());
    for (const error of failures) report(error);
  }

  async #advance(backfill: Backfill): Promise<void> {
    const last = (await this.#parts.store.backfillRuns(backfill.id)).at(-1);
    if (last !== undefined && !isOver(last.state)) return;
    try {
      await this.#next(backfill, last?.number ?? 0);
    } catch (error) {
      if (!(error instanceof AppError) || passing.has(error.code)) throw error;
      // the workspace is no longer what it was asked of
      await this.#end(backfill, "failed", error);
      this.#progress.delete(backfill.id);
    }
  }

  async #next(backfill: Backfill, begun: number): Promise<void> {
    const { store, planner, queue, clock } = this.#parts;
    const { id, request } = backfill;
    const now = clock.now();
    const progress = await this.#progressOf(id, begun);
    const ground = await groundOf(planner, now);
    const { workspace, spaceOf, mappings } = ground;
    const left = without(storedTargets(backfill, ground), progress.ended);
    if (left.size === 0) {
      this.#progress.delete(id);
      await this.#end(backfill, progress.unfinished.size > 0 ? "failed" : "succeeded");
      return;
    }
    const part = nextPart(workspace, left, spaceOf, mappings, request.chunk);
    const run = await planner.newRun({
      select: request.select,
      partition: request.partition,
      slices: new Map(Array.from(part, ([key, subset]) => [key, [...keysIn(subset)]])),
      exact: true,
      blocked: blockedIn(workspace, part, asTargets(progress.unfinished, ground), mappings),
      params: request.params,
      force: request.force,
      draft: false,
      trigger: { type: "backfill", backfill: id },
      priority,
    });
    if (run.steps.length === 0)
      throw new AppError("internal", `backfill ${id} has partitions left, and no step came of them`);
    if (!(await store.addBackfillRun(id, begun + 1, run, now))) return;
    await queue.send(queuedRun(run.run)).catch(unlessCancelled);
  }

  async #end(backfill: Backfill, state: "succeeded" | "failed", error?: AppError): Promise<void> {
    const change = { at: this.#parts.clock.now(), ...(error === undefined ? {} : { error: encodeError(error) }) };
    await this.#parts.store.changeBackfill(backfill.id, state, change).catch(unlessCancelled);
  }

  /** What has ended in the runs up to a number. */
  async #progressOf(id: string, through: number): Promise<Progress> {
    const progress = this.#progress.get(id) ?? { through: 0, ended: new Map(), unfinished: new Map() };
    this.#progress.set(id, progress);
    if (progress.through < through)
      for (const { asset, partition, state } of await this.#parts.store.backfillSteps(id, {
        after: progress.through,
      })) {
        add(progress.ended, asset, partition);
        if (unfinishedStates.has(state)) add(progress.unfinished, asset, partition);
      }
    progress.through = through;
    return progress;
  }

  async #cancelRun(id: string): Promise<void> {
    await cancelRun(id, this.#parts).catch(unlessCancelled);
  }

  async #existing(id: string): Promise<Backfill> {
    const backfill = await this.#parts.store.backfill(id);
    if (backfill === null)
      throw new AppError("not_found", `no backfill has the id ${id}; cellar backfills shows those there are`, {
        data: { backfill: id },
      });
    return backfill;
  }
}

/** What may be over when it is tried again. */
const passing: ReadonlySet<string> = new Set(["storage_full", "storage_failed"]);

/** An interrupted run goes on with the next server. */
function isOver(state: RunState): boolean {
  return isTerminal(state) && state !== "interrupted";
}

/** It was cancelled, or ended, meanwhile. */
function unlessCancelled(error: unknown): void {
  if (!(error instanceof AppError && error.code === "run_conflict")) throw error;
}

function add(map: Map<AssetKey, string[]>, asset: AssetKey, partition: string): void {
  const keys = map.get(asset);
  if (keys === undefined) map.set(asset, [partition]);
  else keys.push(partition);
}

function asTargets(keys: ReadonlyMap<AssetKey, readonly string[]>, { workspace, spaceOf }: Ground): Targets {
  return new Map(
    Array.from(keys).flatMap(([key, own]) => {
      const node = workspace.assets.get(key);
      return node === undefined ? [] : [[key, knownSubset(spaceOf(node), own)] as const];
    }),
  );
}
