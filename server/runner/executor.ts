import { AppError, encodeError, type ErrorCode, type WireError } from "../../cells/errors.ts";
import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import { sourceKey, type AssetNode, type Workspace } from "../../cells/graph/workspace.ts";
import { formatDuration } from "../../cells/format/duration.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { isTerminal, type Run, type Step } from "../../cells/model/run.ts";
import { retryDelayMs } from "../../cells/schedule/retry-delay.ts";
import type { Lease } from "../store/store.ts";
import { type CatalogEntry, readEntry } from "../workspace/catalog.ts";
import { type Outcome, Outcomes } from "./outcomes.ts";
import { executionOrder, readBesideChecked } from "./execution-order.ts";
import { cancelSteps } from "./cancel-run.ts";
import type { ExecutorParts } from "./executor-parts.ts";
import { pause } from "./pause.ts";
import { RunEngine } from "./run-engine.ts";
import { runRanges } from "./range-step.ts";
import { loadRunFacts, readingsOf } from "./load-run-facts.ts";
import type { StepContext } from "./step-context.ts";
import { runStep, toStepError } from "./step-runner.ts";
import { UnderWay } from "./under-way.ts";

const leaseMs = 12_000;
const renewMs = 3_000;
const stepsAtOnce = 4;
const compiledRevisions = 64;

const storageRetryMs = 1_000;

/** Carries out queued runs, one plan each: the only thing that computes on the server. */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #stopping = new AbortController();
  /** by path and revision, the one used last at the end */
  readonly #compiled = new Map<string, CatalogEntry>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /**
   * Carries out a run from its state in the store, whatever a former process left of it. Resolves when it is terminal, or at once
   * where someone else holds it. `signal` cancels it.
   */
  async execute(id: string, signal: AbortSignal): Promise<void> {
    const { store, clock, holder } = this.#parts;
    if (this.#stopping.signal.aborted) return;
    const lease = await store.lease(id, holder, leaseMs, clock.now());
    if (lease === null) return;
    const ended = new AbortController();
    const stop = () => ended.abort(signal.reason);
    const letGo = () => ended.abort(this.#stopping.signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    if (this.#stopping.signal.aborted) letGo();
    else this.#stopping.signal.addEventListener("abort", letGo, { once: true });
    const keepAlive = setInterval(() => {
      store.renew(lease, leaseMs, clock.now()).then(
        (renewed) => renewed === null && ended.abort(new AppError("fence_lost", "another server took this run over")),
        () => undefined,
      );
    }, renewMs);
    try {
      await this.#persist(id, lease, ended.signal);
    } finally {
      clearInterval(keepAlive);
      signal.removeEventListener("abort", stop);
      this.#stopping.signal.removeEventListener("abort", letGo);
      if (this.#stopping.signal.aborted) await this.#leave(id, lease).catch(() => undefined);
      await store.release(lease).catch(() => undefined);
    }
  }

  /** Lets go of every run as it is: the next server goes on with what is committed. */
  stop(): void {
    this.#stopping.abort(new AppError("runner_died", "the server is stopping; the run goes on with the next one"));
  }

  /** Says of a run under way that its server stopped: unlike one that died, this is not held against the run. */
  async #leave(id: string, lease: Lease): Promise<void> {
    const { store, clock } = this.#parts;
    const state = (await store.run(id))?.state;
    if (state === "starting" || state === "running")
      await store.changeRun(id, "interrupted", { at: clock.now(), fence: lease.fence });
  }

  /** Goes on until the run has ended: a disk that is full or refuses is asked again, since nobody else has this run. */
  async #persist(id: string, lease: Lease, signal: AbortSignal): Promise<void> {
    for (;;)
      try {
        return await this.#carryOut(id, lease, signal);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (!(error instanceof AppError && (error.code === "storage_full" || error.code === "storage_failed")))
          throw error;
        await pause(this.#parts.clock, storageRetryMs, this.#stopping.signal).catch(() => undefined);
      }
  }

  async #carryOut(id: string, lease: Lease, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    const run = await store.run(id);
    if (run === null || isTerminal(run.state)) return;
    const change = (error?: WireError) => ({
      at: clock.now(),
      fence: lease.fence,
      ...(error === undefined ? {} : { error }),
    });
    // a server that died while it ended the run had got as far as its steps
    const isEnding = (await store.steps(id)).some(({ state }) => state === "cancelled");
    if (run.state === "cancelling" || isEnding) {
      await cancelSteps(store, lease, clock.now(), "the run was ended");
      if (run.state === "starting" || run.state === "running") await store.changeRun(id, "cancelling", change());
      await store.changeRun(id, "cancelled", change());
      return;
    }
    try {
      if (run.state === "queued") await store.changeRun(id, "starting", change());
      if (run.state !== "running") await store.changeRun(id, "running", change());
      const workspace = await this.#workspaceOf(run);
      const failed = await this.#inTime(run, signal, (either) => this.#runSteps(run, lease, workspace, either));
      if (signal.aborted) throw signal.reason;
      await store.changeRun(id, failed ? "failed" : "succeeded", change());
    } catch (error) {
      if (this.#stopping.signal.aborted || (error instanceof AppError && error.code === "fence_lost")) return;
      const now = await store.run(id);
      if (now === null || isTerminal(now.state)) return;
      await cancelSteps(store, lease, clock.now(), "the run was ended");
      if (signal.aborted) {
        // unless whoever cancelled it was faster
        if (now.state !== "cancelling") await store.changeRun(id, "cancelling", change()).catch(unless("run_conflict"));
        await store.changeRun(id, "cancelled", change());
      } else await store.changeRun(id, "failed", change(encodeError(error)));
    }
  }

  /** Ends the work on a run that is under way for longer than its rules say. Throws `run_timeout`. */
  async #inTime<T>(run: Run, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = run.rules;
    if (timeoutMs === null) return work(signal);
    const { clock } = this.#parts;
    const limit = new AbortController();
    const stopClock = clock.wake((run.startedAt ?? clock.now()) + timeoutMs, () =>
      limit.abort(
        new AppError(
          "run_timeout",
          `run ${run.id} was under way for longer than ${formatDuration(timeoutMs)} and was ended; give its job a longer timeout, or all runs by runTimeout in queue of cellar.json`,
          { data: { run: run.id } },
        ),
      ),
    );
    try {
      const done = await work(AbortSignal.any([signal, limit.signal]));
      limit.signal.throwIfAborted();
      return done;
    } finally {
      stopClock();
    }
  }

  async #workspaceOf(run: Run): Promise<Workspace> {
    const graphs: NotebookGraph[] = [];
    for (const [path, revision] of Object.entries(run.revisions)) {
      const text = await this.#parts.store.revision(revision);
      if (text === null)
        throw new AppError(
          "notebook_not_found",
          `revision ${revision.slice(0, 12)} of ${path} is not in the store; publish it again`,
        );
      const entry = this.#compiled.get(`${path}\n${revision}`) ?? readEntry(path, text, revision);
      this.#remember(`${path}\n${revision}`, entry);
      if (entry.type === "damaged")
        throw new AppError("notebook_invalid", `notebook ${path} cannot be read: ${entry.error.message}`);
      graphs.push(entry.graph);
    }
    return buildWorkspace(graphs);
  }

  /** A revision never changes, so it is compiled once for as long as it is used. */
  #remember(key: string, entry: CatalogEntry): void {
    this.#compiled.delete(key);
    this.#compiled.set(key, entry);
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > compiledRevisions && oldest !== undefined) this.#compiled.delete(oldest);
  }

  /** Resolves with whether a step failed or was blocked. */
  async #runSteps(run: Run, lease: Lease, workspace: Workspace, signal: AbortSignal): Promise<boolean> {
    const { store, clock } = this.#parts;
    const steps = Map.groupBy(await store.steps(run.id), ({ asset }) => asset);
    const spaceOf = await this.#parts.partitions.spaces(workspace, run.createdAt, run.environment);
    const { environment: branch } = run;
    const ground = { store, workspace, spaceOf, ...(branch === undefined ? {} : { branch }) };
    const facts = await loadRunFacts(ground, readingsOf(workspace, steps));
    const engine = new RunEngine(run, workspace, steps.keys(), this.#parts);
    const context: StepContext = {
      ...this.#parts,
      run,
      staging: engine.staging,
      lease,
      workspace,
      facts,
      underWay: new UnderWay(readInRun(workspace, steps.keys())),
      fileVersions: new Map(),
      materialize: (node, request, onStart, stop) => {
        const { pool, priority } = node.options;
        const compute = () => engine.materialize(node, request, onStart, stop);
        if (pool === null) return compute();
        const partition = request.partition?.key ?? "";
        return this.#parts.poolSlots.use(pool, { run: run.id, asset: node.key, partition, priority }, stop, compute);
      },
      range: (node, request, stop) => engine.range(node, request, stop),
      check: (node, request, timeoutMs, stop) => engine.check(node, request, timeoutMs, stop),
    };
    try {
      const outcomes = await this.#inOrder(executionOrder(workspace, new Set(steps.keys())), steps, context, signal);
      // assets that a later revision no longer has, or that stand in a circle
      const lost = [...steps.values()].flat().filter((step) => !outcomes.has(step) && step.state === "waiting");
      for (const { asset, partition } of lost)
        await store.changeStep({ run: run.id, asset, partition }, "blocked", {
          at: clock.now(),
          fence: lease.fence,
          reason: "it depends on itself, or its notebook no longer defines it",
        });
      return lost.length > 0 || outcomes.isAnyLost;
    } finally {
      engine.close();
    }
  }

  /**
   * Every step after those that it reads, notebook by notebook. A few are under way at once: while one computes, others are
   * written to the lake and the store.
   */
  async #inOrder(
    order: readonly AssetNode[],
    steps: ReadonlyMap<AssetKey, readonly Step[]>,
    context: StepContext,
    signal: AbortSignal,
  ): Promise<Outcomes> {
    const outcomes = new Outcomes();
    const { underWay } = context;
    let notebook: string | null = null;
    try {
      for (const node of order) {
        // the engine has one notebook open at a time
        if (notebook !== node.notebook) await underWay.ended();
        notebook = node.notebook;
        const inputs = new Set<string>([
          ...node.sources.map(sourceKey),
          ...node.comesAfter,
          ...readBesideChecked(context.workspace, node.key),
        ]);
        await underWay.ended(({ asset }) => inputs.has(asset));
        const own = steps.get(node.key) ?? [];
        const isReady = (partition: string): boolean =>
          outcomes.lostBefore(node) === null &&
          node.sources.every(
            (source) =>
              source.type === "file" ||
              context.facts
                .readBy(node, source.key, partition)
                .every((read) => outcomes.of(source.key, read) === "done"),
          );
        if (own.length > 1) await underWay.ended();
        for (const partition of await runRanges(context, node, own, isReady, signal))
          outcomes.set({ asset: node.key, partition }, "done");
        for (const step of own) {
          if (outcomes.has(step)) continue;
          if (node.readsItself) {
            const earlier = new Set(context.facts.readBy(node, node.key, step.partition));
            await underWay.ended((one) => one.asset === node.key && earlier.has(one.partition));
          }
          await underWay.room(stepsAtOnce);
          signal.throwIfAborted();
          underWay.add(step, async () => {
            outcomes.set(step, await this.#step(context, node, step, outcomes, signal));
          });
        }
      }
      await underWay.ended();
    } finally {
      await underWay.settled();
    }
    return outcomes;
  }

  async #step(
    context: StepContext,
    node: AssetNode,
    step: Step,
    outcomes: Outcomes,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { store, clock } = this.#parts;
    const change = { at: clock.now(), fence: context.lease.fence };
    if (step.state === "succeeded" || step.state === "reused" || step.state === "skipped") return "done";
    if (step.state === "failed" || step.state === "blocked") return step.state;
    const id = { run: step.run, asset: node.key, partition: step.partition };
    const before = outcomes.lostBefore(node);
    if (before !== null && context.run.checksOnly !== true) {
      const reason = `blocked by ${before.asset}, which it comes after and which ${before.outcome === "failed" ? "failed" : "was blocked itself"}`;
      await store.changeStep(id, "blocked", { ...change, reason });
      return "blocked";
    }
    // checks alone read what there is, whatever the checks of others say
    for (const source of context.run.checksOnly === true ? [] : node.sources)
      for (const slice of source.type === "asset" ? context.facts.readBy(node, source.key, step.partition) : []) {
        const asset = sourceKey(source);
        const outcome = source.type === "asset" ? outcomes.of(source.key, slice) : "done";
        if (outcome === "done") continue;
        const name = slice === "" ? asset : `${asset} (${slice})`;
        if (outcome === "skipped") {
          if (source.type === "asset" && context.facts.latest(source.key, slice) !== null) continue;
          await store.changeStep(id, "skipped", {
            ...change,
            reason: `${name} was skipped, and has no data of before`,
          });
          return "skipped";
        }
        const reason = `blocked by ${name}, which ${outcome === "failed" ? "failed" : "was blocked itself"}`;
        await store.changeStep(id, "blocked", { ...change, reason });
        return "blocked";
      }
    // what a process that died left behind is begun again
    if (step.state !== "waiting") await store.changeStep(id, "waiting", change);
    const fact = await this.#attempt(context, node, step, signal);
    if (fact === "failed" || fact === "skipped") return fact;
    context.facts.set(node.key, step.partition, fact);
    return "done";
  }

  /** One step with its retries. What did not come to a fact is in the store with its reason. */
  async #attempt(context: StepContext, node: AssetNode, step: Step, signal: AbortSignal) {
    const { store, clock } = this.#parts;
    const id = { run: step.run, asset: step.asset, partition: step.partition };
    for (let attempt = step.attempt + 1; ; attempt++) {
      try {
        if (node.problem !== null) throw new AppError("cell_syntax", node.problem, { data: { cell: node.cell } });
        return await runStep(context, node, step, attempt, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof AppError && error.code === "fence_lost") throw error;
        const state = (await store.steps(step.run)).find(
          ({ asset, partition }) => asset === step.asset && partition === step.partition,
        )?.state;
        // its checks refused it, and the store says so already: the same data would be refused again
        if (state === "failed") return "failed";
        if (state === "waiting")
          await store.changeStep(id, "running", { at: clock.now(), fence: context.lease.fence, attempt });
        if (error instanceof AppError && error.code === "cell_skipped") {
          const change = { at: clock.now(), fence: context.lease.fence, attempt, reason: error.message };
          await store.changeStep(id, "skipped", change);
          return "skipped";
        }
        if (attempt <= node.options.retries) {
          await store.changeStep(id, "waiting", {
            at: clock.now(),
            fence: context.lease.fence,
            attempt,
            reason: `attempt ${attempt} failed: ${encodeError(error).message}`,
          });
          await pause(clock, retryDelayMs(node.options, attempt, this.#parts.random()), signal);
          continue;
        }
        await store.changeStep(id, "failed", {
          at: clock.now(),
          fence: context.lease.fence,
          attempt,
          error: toStepError(error, node),
        });
        return "failed";
      }
    }
  }
}

/** Assets that another step of the run reads. */
function readInRun(workspace: Workspace, steps: Iterable<AssetKey>): ReadonlySet<string> {
  return new Set(
    [...steps].flatMap((key) => [
      ...(workspace.assets.get(key)?.sources.map(sourceKey) ?? []),
      ...(workspace.assets.get(key)?.comesAfter ?? []),
      ...readBesideChecked(workspace, key),
    ]),
  );
}

/** Rethrows every other error. */
function unless(code: ErrorCode): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof AppError && error.code === code)) throw error;
  };
}
