import { nextWakeAt } from "../../cells/automation/clock.ts";
import { evaluateAutomation, type Evaluation } from "../../cells/automation/evaluate.ts";
import type { AutomationEvent } from "../../cells/automation/events.ts";
import { addFacts, stateOfFacts } from "../../cells/automation/known-facts.ts";
import type { AutomationState } from "../../cells/automation/state.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { subsetCount } from "../../cells/partition/subset.ts";
import type { Clock } from "../clock.ts";
import { type Queue, queuedRun } from "../queue/queue.ts";
import { automatedJobs } from "../jobs/automated-jobs.ts";
import type { JobConfig } from "../jobs/job-config.ts";
import type { PartitionReader } from "../partitions/partition-reader.ts";
import type { Planner } from "../planning/planner.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { Catalog } from "../workspace/catalog.ts";
import { servedGraph, type ServedGraph } from "./automation-graph.ts";
import { decideRuns } from "./decide.ts";
import { EvaluationLog } from "./evaluation-log.ts";
import { knownAssets, liveRuns } from "./known-assets.ts";
import { admit, mostRequests, nextTurn, type Pace } from "./pace.ts";
import { changedParts, lastEvaluationOf, paceOfParts, partOfPace, stateOfParts } from "./state-rows.ts";
import { changesGraph, toAutomationEvents } from "./to-events.ts";

/** What automation works with. */
export interface AutomationParts {
  readonly store: Store;
  readonly planner: Planner;
  readonly partitions: Pick<PartitionReader, "open">;
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly clock: Clock;
  /** begins backfills that were requested */
  readonly fill: () => void;
  /** those of `cellar.json` */
  readonly jobs: () => ReadonlyMap<string, JobConfig>;
  readonly report: (error: unknown) => void;
}

/** How far automation has come. */
interface Memory {
  readonly state: AutomationState;
  /** as the store has it: an evaluation that decided nothing is not written, and made again from the log after a restart */
  readonly stored: AutomationState | null;
  /** number of the last evaluation that was stored */
  readonly number: number;
  readonly log: EvaluationLog;
  readonly pace: Pace;
}

const retryMs = 10_000;
/** events that come within this time are one evaluation */
const gatherMs = 25;
const eventsAPage = 1000;
const eventsAnEvaluation = 5000;

/**
 * Starts the runs of conditions. Every event of the log is seen once and in order, also over a restart: how far it has come, what
 * was decided and the runs are one transaction. It wakes at events and when a clock may change something, and never polls.
 */
export class Automation {
  readonly #parts: AutomationParts;
  #cancelWake: () => void = () => undefined;
  #cancelGather: (() => void) | null = null;
  #looking: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;
  #memory: Memory | null = null;
  #graph: ServedGraph | null = null;
  #isGraphOld = true;
  /** assets whose values are keys of partitions */
  #keySources: ReadonlySet<string> = new Set();
  /** where functions map partitions: they are asked about those that came to be, and the graph has their answers */
  #mapped: Workspace | null = null;
  /** the graph whose assets are all known */
  #joined: ServedGraph["graph"] | null = null;
  /** the last event that was looked at while no condition was served */
  #idleAt: number | null = null;
  #isStopped = false;
  /** since the start */
  #counts = { evaluations: 0, requested: 0 };

  constructor(parts: AutomationParts) {
    this.#parts = parts;
  }

  /** Looks now, and from now on whenever something happened or a clock is due. */
  async start(): Promise<void> {
    const { store, catalog, clock } = this.#parts;
    const gather = () => {
      if (this.#isStopped) return;
      this.#cancelGather ??= clock.wake(clock.now() + gatherMs, () => {
        this.#cancelGather = null;
        void this.look();
      });
    };
    const ends = [
      store.onEvents(gather),
      catalog.onChange(() => {
        this.#isGraphOld = true;
        gather();
      }),
    ];
    this.#unsubscribe = () => ends.forEach((end) => end());
    await this.look();
  }

  /** Evaluations since the start, and the partitions that they requested. */
  get counts(): { readonly evaluations: number; readonly requested: number } {
    return this.#counts;
  }

  /** Looks again at what has a condition: `cellar.json` is another. */
  reconsider(): Promise<void> {
    this.#isGraphOld = true;
    return this.look();
  }

  /** Takes in what happened since the last look, and decides. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#decideNews());
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#cancelWake();
    this.#cancelGather?.();
    await this.#looking;
  }

  /**
   * How every condition stands at `at`, which may lie ahead: evaluated as it would be then, and nothing is decided. The served
   * conditions and those that are held.
   */
  async preview(at: number): Promise<{ readonly served: ServedGraph; readonly evaluation: Evaluation | null }> {
    const served = await this.#servedGraph();
    const { graph } = served;
    if (!hasConditions(served)) return { served, evaluation: null };
    const { state } = this.#memory ?? (await this.#remember(served));
    await this.#askMappings(at);
    const events: AutomationEvent[] = [];
    for (let after = state.position; ;) {
      const page = await this.#parts.store.eventsAfter(after, eventsAPage);
      events.push(...(await toAutomationEvents(this.#parts.store, page)));
      after = page.at(-1)?.seq ?? after;
      if (page.length < eventsAPage) break;
    }
    return { served, evaluation: evaluateAutomation({ graph, state, events, now: at, isThorough: true }) };
  }

  async #decideNews(): Promise<void> {
    if (this.#isStopped) return;
    this.#cancelWake();
    const { clock, report } = this.#parts;
    let wakeAt: number | null;
    try {
      wakeAt = await this.#takeIn();
    } catch (error) {
      // a full disk, say, may be over soon; what was read is read again then
      this.#memory = null;
      this.#joined = null;
      wakeAt = clock.now() + retryMs;
      report(error);
    }
    if (wakeAt !== null && !this.#isStopped) this.#cancelWake = clock.wake(wakeAt, () => void this.look());
  }

  /** Resolves with when the clock alone may change something, or null. */
  async #takeIn(): Promise<number | null> {
    const { clock } = this.#parts;
    let served = this.#memory === null ? await this.#idle() : await this.#servedGraph();
    // nothing to do, and nothing to remember: the first condition begins when it comes
    if (this.#memory === null && !hasConditions(served)) return null;
    let isNew = this.#memory === null;
    for (;;) {
      const memory = (this.#memory ??= await this.#remember(served));
      const { events, last, isWhole, isGraphOld } = await this.#read(memory.state.position);
      const before = served;
      if (isGraphOld) this.#isGraphOld = true;
      served = await this.#servedGraph();
      const isOther = isNew || served !== before;
      isNew = false;
      const now = clock.now();
      const due = wakeOf(served, memory, memory.state.at) ?? Infinity;
      if (events.length > 0 || isOther || due <= now || Object.keys(memory.state.requested).length > 0)
        await this.#evaluate(served, events, last, now);
      else this.#memory = { ...memory, state: { ...memory.state, position: last } };
      if (isWhole || this.#isStopped) return wakeOf(served, this.#memory, now);
    }
  }

  /** The graph, while nothing is remembered: read again where the log says that it may be another. */
  async #idle(): Promise<ServedGraph> {
    const { store } = this.#parts;
    let last = this.#idleAt ?? (await store.lastSeq());
    for (;;) {
      const page = await store.eventsAfter(last, eventsAPage);
      if (page.some((event) => this.#changesGraph(event))) this.#isGraphOld = true;
      last = page.at(-1)?.seq ?? last;
      if (page.length < eventsAPage) break;
    }
    this.#idleAt = last;
    return this.#servedGraph();
  }

  /** Whether the graph may be another: what is served, or keys that are values of an asset. */
  #changesGraph(stored: StoredEvent): boolean {
    const { event } = stored;
    return changesGraph(stored) || ("asset" in event && event.asset !== null && this.#keySources.has(event.asset));
  }

  /** What the log has after `position`, up to as much as one evaluation takes. */
  async #read(position: number) {
    const { store } = this.#parts;
    const events: AutomationEvent[] = [];
    let last = position;
    let isGraphOld = false;
    for (;;) {
      const page = await store.eventsAfter(last, eventsAPage);
      events.push(...(await toAutomationEvents(store, page)));
      isGraphOld ||= page.some((event) => this.#changesGraph(event));
      last = page.at(-1)?.seq ?? last;
      const isWhole = page.length < eventsAPage;
      if (isWhole || events.length >= eventsAnEvaluation) return { events, last, isWhole, isGraphOld };
    }
  }

  async #evaluate(
    { graph }: ServedGraph,
    events: readonly AutomationEvent[],
    last: number,
    now: number,
  ): Promise<void> {
    const memory = this.#memory;
    if (memory === null) return;
    const { store, planner, queue } = this.#parts;
    const joined = await this.#withJoined(graph, memory.state);
    await this.#askMappings(now);
    const evaluation = evaluateAutomation({ graph, state: joined, events, now });
    const state: AutomationState = { ...evaluation.state, position: last };
    const { evaluations, requested } = this.#counts;
    const more = [...evaluation.requested.values()].reduce((sum, subset) => sum + subsetCount(subset), 0);
    this.#counts = { evaluations: evaluations + 1, requested: requested + more };
    const number = memory.number + 1;
    const { admitted, pace } = admit(graph, evaluation.requested, memory.pace, now);
    const { runs, backfills, outcomes } = await decideRuns({ planner, jobs: this.#parts.jobs() }, graph, admitted, {
      number,
      now,
    });
    for (const key of Object.keys(pace.waiting)) outcomes.set(key, { run: null, backfill: null, problem: tooOften });
    const { rows, trees } = memory.log.news(evaluation, outcomes, now);
    const isBehind = last - (memory.stored?.position ?? -Infinity) > eventsAnEvaluation;
    if (trees.size === 0 && runs.length + backfills.length === 0 && !isBehind) {
      this.#memory = { ...memory, state };
      return;
    }
    const parts = [...changedParts(memory.stored, state), partOfPace(pace)];
    await store.decideAutomation({ after: memory.number, parts, evaluations: rows, runs, backfills, at: now });
    memory.log.stored(trees);
    this.#memory = { ...memory, state, stored: state, number, pace };
    // one that is not sent now is found in the store by the next server
    if (backfills.length > 0) this.#parts.fill();
    await Promise.all(runs.map(({ run }) => queue.send(queuedRun(run))));
  }

  /** Assets that joined the graph since, with their past. */
  async #withJoined(graph: ServedGraph["graph"], state: AutomationState): Promise<AutomationState> {
    if (this.#joined === graph) return state;
    const strangers = [...graph.targets.values()].filter(({ key, type }) => type === "asset" && !(key in state.facts));
    this.#joined = graph;
    if (strangers.length === 0) return state;
    const known = await knownAssets(
      this.#parts.store,
      strangers.map(({ key }) => key as AssetKey),
      state.at,
    );
    return known.size === 0 ? state : addFacts(graph, state, known);
  }
  /** How far the last server came; where there is none, what the store knows now. */
  async #remember({ graph }: ServedGraph): Promise<Memory> {
    const { store } = this.#parts;
    const parts = await store.automationParts();
    const stored = stateOfParts(parts);
    const trees = Array.from(await store.latestEvaluations(), ([key, { tree }]) => [key, tree] as const);
    const log = new EvaluationLog(trees);
    const number = lastEvaluationOf(parts);
    const pace = paceOfParts(parts);
    if (stored !== null) return { state: stored, stored, number, log, pace };
    const position = await store.lastSeq();
    const assets = [...graph.targets.values()].flatMap(({ key, type }) => (type === "asset" ? [key as AssetKey] : []));
    const known = await knownAssets(store, assets);
    return { state: stateOfFacts(graph, known, await liveRuns(store), position), stored: null, number, log, pace };
  }

  async #askMappings(at: number): Promise<void> {
    if (this.#mapped !== null) await this.#parts.partitions.open(this.#mapped, at);
  }

  async #servedGraph(): Promise<ServedGraph> {
    if (this.#graph !== null && !this.#isGraphOld) return this.#graph;
    this.#isGraphOld = false;
    const { store, planner } = this.#parts;
    const published = new Set((await store.published()).map(({ path }) => path));
    const { workspace } = await planner.effective();
    this.#keySources = new Set([...workspace.assets.values()].flatMap(({ keysFrom }) => keysFrom));
    const open = await this.#parts.partitions.open(workspace, this.#parts.clock.now());
    this.#mapped = open.answers.size === 0 ? null : workspace;
    return (this.#graph = servedGraph(
      workspace,
      published,
      await store.pauses(),
      open,
      automatedJobs(this.#parts.jobs(), workspace),
    ));
  }
}

function hasConditions({ conditions, held }: ServedGraph): boolean {
  return conditions.size > held.size;
}

const tooOften = `requested ${mostRequests} times within a minute; its run waits until that minute is over`;

/** When the clock alone may change something, or a request that waits has its turn. */
function wakeOf({ graph }: ServedGraph, { state, pace }: Memory, after: number): number | null {
  const wakes = [nextWakeAt(graph, state, after), nextTurn(pace)].flatMap((at) => at ?? []);
  return wakes.length === 0 ? null : Math.min(...wakes);
}
