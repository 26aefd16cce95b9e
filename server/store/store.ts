// Long because it is the whole port: everything that a backend must have, in one list.
import type { Identity, Rename } from "../../cells/graph/identities.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Backfill, BackfillState } from "../../cells/model/backfill.ts";
import type { Branch, BranchPointer, BranchRevision, Promotion } from "../../cells/model/branch.ts";
import type { CheckResult, CheckSeverity, CheckStatus, StoredCheckResult } from "../../cells/model/check.ts";
import type { FreshnessState } from "../../cells/freshness/freshness.ts";
import type { Metadata } from "../../cells/model/metadata.ts";
import type { ColumnStatistics } from "../../cells/model/statistics.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Retention } from "../../cells/model/options.ts";
import type { Run, RunState, Step, StepError, StepState } from "../../cells/model/run.ts";
import type { WireError } from "../../cells/errors.ts";
import type { QueuedRun } from "../queue/queue.ts";
import type { AutomationStore } from "./automation-store.ts";
import type { SensorStore } from "./sensor-store.ts";

/** A fact of the log. `seq` is gapless and ordered over the whole store: an SSE client resumes after any of them. */
export interface StoredEvent {
  readonly seq: number;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly event: LogEvent;
}

/** Everything that happens, as data. */
export type LogEvent =
  | { readonly type: "notebook_published"; readonly path: string; readonly revision: string }
  | { readonly type: "notebook_unpublished"; readonly path: string }
  | { readonly type: "notebook_changed"; readonly path: string; readonly revision: string }
  | { readonly type: "notebook_removed"; readonly path: string }
  | {
      readonly type: "tick_decided";
      readonly schedule: string;
      readonly tick: number;
      readonly decision: TickDecision;
      readonly reason: string;
      readonly run: string | null;
    }
  | { readonly type: "schedule_paused"; readonly schedule: string; readonly paused: boolean }
  | { readonly type: "run_changed"; readonly run: string; readonly state: RunState; readonly error: WireError | null }
  | {
      readonly type: "step_changed";
      readonly run: string;
      readonly asset: AssetKey;
      readonly partition: string;
      readonly state: StepState;
      readonly attempt: number;
      readonly reason: string;
      readonly error: StepError | null;
    }
  | {
      readonly type: "materialized";
      readonly run: string;
      readonly asset: AssetKey;
      readonly partition: string;
      readonly seqOfFact: number;
      readonly dataVersion: string;
      readonly rows: number | null;
      /** the branch that it was made in; left out where readers of what is published see it */
      readonly environment?: string;
    }
  /** a branch was made, changed, or became what readers of these assets see (or no longer) */
  | {
      readonly type: "branch_changed";
      readonly branch: string;
      readonly change: "created" | "updated" | "promoted" | "rolled_back" | "deleted";
      readonly assets: readonly AssetKey[];
    }
  /** keys of the dynamic partitions `name`, in the order in which they came */
  | {
      readonly type: "partitions_changed";
      readonly name: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | {
      readonly type: "backfill_changed";
      readonly backfill: string;
      readonly state: BackfillState;
      readonly error: WireError | null;
    }
  | {
      readonly type: "automation_decided";
      readonly evaluation: number;
      /** of all assets that were requested; `requested` names the first hundred */
      readonly count: number;
      readonly requested: readonly {
        readonly asset: string;
        readonly run: string | null;
        /** in place of a run, where very many partitions were asked for */
        readonly backfill?: string;
        readonly problem: string | null;
      }[];
    }
  /** a tick that made runs, or failed */
  | {
      readonly type: "sensor_ticked";
      readonly sensor: string;
      readonly state: "run" | "failed" | "skipped";
      readonly reason: string;
      readonly runs: readonly string[];
    }
  /** somebody who was to be told of an event refused it for good, so it is not told again */
  | {
      readonly type: "message_given_up";
      readonly outbox: string;
      /** the event that it was about */
      readonly event: number;
      readonly reason: string;
    }
  /** another program said something that conditions ask with `signal("name")`: on, off, or true for this moment */
  | {
      readonly type: "signalled";
      readonly name: string;
      /** null: every target */
      readonly asset: AssetKey | null;
      /** null: all of them */
      readonly partitions: readonly string[] | null;
      readonly value: boolean | "once";
    }
  | { readonly type: "automation_paused"; readonly name: string; readonly paused: boolean }
  | {
      readonly type: "checked";
      readonly run: string;
      readonly asset: AssetKey;
      readonly partition: string;
      readonly check: string;
      readonly status: CheckStatus;
      readonly severity: CheckSeverity;
      readonly blocking: boolean;
      readonly failing: number | null;
    }
  | {
      readonly type: "freshness_changed";
      readonly asset: AssetKey;
      readonly from: FreshnessState | null;
      readonly to: FreshnessState;
      readonly reason: string;
    }
  | { readonly type: "damaged"; readonly sha256: string; readonly asset: AssetKey; readonly found: string }
  | { readonly type: "asset_renamed"; readonly from: AssetKey; readonly to: AssetKey }
  /** readers see nothing of it any more; `partitions` is null where all of it went */
  | { readonly type: "wiped"; readonly asset: AssetKey; readonly partitions: readonly string[] | null }
  | {
      readonly type: "log";
      readonly run: string;
      readonly asset: AssetKey | null;
      readonly cell: number | null;
      readonly level: string;
      readonly text: string;
    };

export type TickDecision = "run" | "skipped" | "failed";

/** A notebook as the scheduler runs it: an immutable revision, by content hash. */
export interface PublishedNotebook {
  readonly path: string;
  /** the notebook's `id`, or its path where it has none */
  readonly id: string;
  /** SHA-256 of `text`, hex */
  readonly revision: string;
  readonly text: string;
  readonly publishedAt: number;
}

/** A link that shows lineage to someone without a login. The token is never stored, only its hash. */
export interface Share {
  readonly id: string;
  readonly tokenHash: string;
  readonly selection: string;
  /** a past run that is shown frozen; null is always now */
  readonly run: string | null;
  /** the lineage as it was when a run is frozen, JSON; null where it is computed at each visit */
  readonly snapshot: string | null;
  /** whether rows of the assets may be read */
  readonly withData: boolean;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** A right to work on a run until `expiresAt`. A holder with an older fence can commit nothing. */
export interface Lease {
  readonly run: string;
  readonly fence: number;
  readonly holder: string;
  readonly expiresAt: number;
}

/** What one finished step puts into the store, all or nothing. */
export interface MaterializationCommit {
  readonly fence: number;
  readonly materialization: Omit<Materialization, "seq">;
  readonly attempt: number;
  readonly reason: string;
  readonly at: number;
  /** what its checks said of it */
  readonly checks?: readonly CheckResult[];
  /** a check refused it: the fact is kept and no reader sees it; the step fails with this */
  readonly refusal?: StepError;
  readonly details?: NewFactDetails;
  /** as of `StepChange`: it is acknowledged once it is durable, and that may be 20 ms later */
  readonly canWait?: boolean;
}

/** What is told of a fact beside its bytes. */
export interface NewFactDetails {
  /** of the columns of a table, in their order; empty where it is none */
  readonly statistics: readonly ColumnStatistics[];
  /** what its cell told by `meta` */
  readonly metadata: Metadata;
}

export interface FactDetails extends NewFactDetails {
  /** whether a check kept it from its readers */
  readonly refused: boolean;
  /** whether its asset's `retain` keeps it no longer: its data are gone, or soon will be */
  readonly retired: boolean;
}

/** Which results of checks: the newest of an asset; those of facts, or of those that a run made or found; those with memo keys. */
export type CheckQuery =
  | { readonly by: "asset"; readonly asset: AssetKey; readonly limit: number }
  | { readonly by: "run"; readonly run: string }
  | { readonly by: "facts"; readonly facts: readonly number[] }
  | { readonly by: "memo"; readonly keys: readonly string[] };

/** How fresh an asset was said to be, and is; `to` is null where it has no policy any more. */
export interface FreshnessChange {
  readonly asset: AssetKey;
  readonly from: FreshnessState | null;
  readonly to: FreshnessState | null;
  readonly reason: string;
}

/** What many finished steps put into the store, all or nothing. */
export interface RangeCommit {
  readonly run: string;
  readonly fence: number;
  readonly facts: readonly Omit<Materialization, "seq">[];
  /** of each fact, in their order; none where it is left out */
  readonly statistics?: readonly (readonly ColumnStatistics[])[];
  /** results of the checks of each fact, in their order; none refuses it */
  readonly checks?: readonly (readonly CheckResult[])[];
  readonly attempt: number;
  readonly reason: string;
  /** when their computing began */
  readonly begunAt: number;
  readonly at: number;
}

export interface NewRun {
  readonly run: Run;
  readonly steps: readonly Step[];
}

/** Which runs to list, newest first. */
export interface RunQuery {
  readonly limit: number;
  /** only runs created before this instant, in milliseconds since 1970 */
  readonly before?: number;
  /** only runs after this one in the list: pages by it miss no run, where several were created in one millisecond */
  readonly beforeId?: string;
  readonly states?: readonly RunState[];
  /** only runs with every one of these tags; a value of null is any */
  readonly tags?: readonly (readonly [tag: string, value: string | null])[];
  /** only runs with a step of this asset */
  readonly asset?: AssetKey;
}

/** Which facts of an asset to list, newest first. */
export interface HistoryQuery {
  readonly asset: AssetKey;
  readonly partition?: string;
  readonly limit: number;
  /** only facts with a smaller `seq` */
  readonly before?: number;
  /** with what this branch made; without it, what was published or promoted */
  readonly environment?: string;
}

/** A branch to make, or what it is to run from now on. */
export interface NewBranch {
  readonly name: string;
  readonly revisions: readonly (BranchRevision & { readonly text: string })[];
  readonly at: number;
}

/** What a branch is to put in place of what is published: each with what that is as long as nobody changed it. */
export type PromotionRequest = Pick<Promotion, "id" | "branch" | "moves" | "revisions" | "at">;

/** Which backfills to list, newest first. */
export interface BackfillQuery {
  readonly limit: number;
  readonly states?: readonly BackfillState[];
}

/** A run that carries out a part of a backfill. */
export interface BackfillRun {
  /** which part it is, from 1 */
  readonly number: number;
  readonly run: string;
  readonly state: RunState;
}

/** What names a step. */
export interface StepName {
  readonly run: string;
  readonly asset: AssetKey;
  readonly partition: string;
}

/** What changes with a step's state. What is not given stays, but for the error, which belongs to the state. */
export interface StepChange {
  readonly at: number;
  readonly fence: number;
  readonly reason?: string;
  readonly error?: StepError;
  readonly attempt?: number;
  readonly ms?: number;
  readonly dataVersion?: string;
  readonly rows?: number | null;
  readonly bytes?: number | null;
  /** nobody waits for it: it may be synced with a write that comes within 20 ms, and is durable before that one is */
  readonly canWait?: boolean;
}

/** What is kept of an asset's facts, beside those that are seen. */
export interface RetainRule {
  readonly asset: AssetKey;
  readonly retention: Retention;
}

/** A step that found its result by memo key. */
export interface Reuse extends StepName {
  readonly fence: number;
  /** `seq` of the fact */
  readonly fact: number;
  readonly reason: string;
  readonly at: number;
  /** names of the checks that it was held against, now or before */
  readonly standing?: readonly string[];
  /** what checks that were carried out again said of it */
  readonly checks?: readonly CheckResult[];
  /** a check refused it: the asset is not pointed at it, and the step fails with this */
  readonly refusal?: StepError;
}

/** The latest failure of an asset and partition, where nothing succeeded after it. */
export interface Failure extends StepName {
  readonly at: number;
  readonly error: StepError | null;
}

/** What readers see otherwise of an asset since an event. */
export interface Moved {
  /** null where they are more than was asked for */
  readonly partitions: readonly string[] | null;
  /** how many partitions readers see now */
  readonly count: number;
}

/** A tick and what is to be done about it. */
export interface TickToDecide {
  readonly schedule: string;
  readonly tick: number;
  readonly decision: TickDecision;
  readonly reason: string;
  readonly at: number;
  readonly run: NewRun | null;
}

export interface DecidedTick {
  readonly tick: number;
  readonly decision: TickDecision;
  readonly reason: string;
  readonly run: string | null;
  readonly decidedAt: number;
}

/** A file that was hashed before: what `stat` said, and the hash that it had then. */
export interface FileVersion {
  readonly size: number;
  readonly mtimeMs: number;
  readonly version: string;
}

/**
 * The database of facts. Every method that writes is one transaction and resolves only once it is durable (P1).
 * Backends: SQLite embedded; PostgreSQL scaled out. One conformance suite: `test/conformance/store.ts`.
 */
export interface Store extends AutomationStore, SensorStore {
  // notebooks
  publish(notebook: PublishedNotebook): Promise<void>;
  unpublish(path: string, at: number): Promise<boolean>;
  published(): Promise<readonly PublishedNotebook[]>;
  /** Keeps the text of a revision that is run without being published (`cellar run` of a draft). Idempotent; no event. */
  keepRevision(revision: {
    readonly path: string;
    readonly revision: string;
    readonly text: string;
    readonly at: number;
  }): Promise<void>;
  /** Text of a revision that was ever published or kept, or null. */
  revision(hash: string): Promise<string | null>;

  // runs
  /** Creates a run with its steps; with `key`, a second call with the same key creates nothing and returns the first run's id. */
  createRun(run: NewRun, key?: string): Promise<string>;
  run(id: string): Promise<Run | null>;
  /** Newest first. */
  runs(query: RunQuery): Promise<readonly Run[]>;
  /** Notes how a queued run is to wait. Throws `run_conflict` where it is not queued. */
  enqueue(run: QueuedRun): Promise<void>;
  /** Every run in state `queued`: larger priority first, then first come, first served. */
  queued(): Promise<readonly QueuedRun[]>;
  steps(run: string): Promise<readonly Step[]>;
  /** Compare-and-set on the state; throws `run_conflict` where the legal-transition table or the present state forbids it. */
  changeRun(
    id: string,
    to: RunState,
    change: { readonly at: number; readonly fence?: number; readonly error?: WireError },
  ): Promise<Run>;
  /** Compare-and-set, as `changeRun`; throws `fence_lost`, `run_conflict`, `not_found`. A run that nobody took has fence 0. */
  changeStep(step: StepName, to: StepState, change: StepChange): Promise<void>;
  /** Adds steps that a later plan of the same run found. */
  addSteps(steps: readonly Step[]): Promise<void>;

  // leases: time is the store's own
  /** Takes the run where nobody holds it (or the lease ran out); the fence grows by one at each taking. Null where it is held. */
  lease(run: string, holder: string, ms: number, now: number): Promise<Lease | null>;
  /** Null where another took the run meanwhile, or it was released. */
  renew(lease: Lease, ms: number, now: number): Promise<Lease | null>;
  release(lease: Lease): Promise<void>;
  leases(now: number): Promise<readonly Lease[]>;

  // facts
  /** Checks the fence, then writes fact, step state, event and pointer. Throws `fence_lost`. Returns the fact with its `seq`. */
  commit(commit: MaterializationCommit): Promise<Materialization>;
  /**
   * As `commit` for many steps that wait, of one run that is no branch's, all or nothing: each begins and ends at once. Throws
   * `fence_lost`, and `run_conflict` where one of them waits no more.
   */
  commitRange(commits: RangeCommit): Promise<readonly Materialization[]>;
  /** A step that found its result by memo key, refused once or not: points the asset at that older fact and ends the step `reused`. */
  reuse(commit: Reuse): Promise<void>;
  /**
   * The fact that readers see, by asset and partition: those of the pointer, also where the fact was made for another asset. In a branch
   * (`environment`), its own pointers stand before those that are published.
   */
  pointers(assets?: readonly AssetKey[], environment?: string): Promise<readonly Materialization[]>;
  materializations(query: HistoryQuery): Promise<readonly Materialization[]>;
  /** What an asset was at the end of a past run: for each asset of the run, the fact that it made or reused. */
  materializationsOfRun(run: string): Promise<readonly Materialization[]>;
  /** The newest fact of each memo key that has one; with `refused` also of those that a check kept from their readers. */
  byMemoKeys(keys: readonly string[], options?: { readonly refused?: boolean }): Promise<readonly Materialization[]>;
  /** What is told of facts beside their bytes, by `seq`. */
  factDetails(facts: readonly number[]): Promise<ReadonlyMap<number, FactDetails>>;
  /** What checks said, newest first. */
  checkResults(query: CheckQuery): Promise<readonly StoredCheckResult[]>;
  /** What the checks of these assets last said of what their readers see, where that is not good; newest first. */
  failingChecks(assets: readonly AssetKey[]): Promise<readonly StoredCheckResult[]>;
  /** Latest failed step later than the asset's pointer, by asset and partition; of a branch, those of its own runs. */
  failures(environment?: string, asset?: AssetKey): Promise<readonly Failure[]>;
  /**
   * What the partitions of an asset came to, as text that `keepStanding` kept; null where nothing was. It is derived from the facts, and
   * says by itself up to which event: nothing is lost with it.
   */
  standing(asset: AssetKey): Promise<string | null>;
  keepStanding(asset: AssetKey, value: string): Promise<void>;
  /** Which partitions of an asset readers see otherwise since an event, at most so many. */
  movedSince(asset: AssetKey, seq: number, most: number): Promise<Moved>;
  /** As `pointers`, of these partitions of one asset, in no order. */
  pointersAt(asset: AssetKey, partitions: readonly string[]): Promise<readonly Materialization[]>;
  /** As `pointers`, of the first partitions of one asset behind one, or of the very first; in the order of their keys as text. */
  pointersAfter(asset: AssetKey, partition: string | null, limit: number): Promise<readonly Materialization[]>;
  /** As `pointers`, of those partitions of one asset whose fact is newer than one, by its `seq`; in the order of their keys as text. */
  pointersBehind(asset: AssetKey, fact: number, limit: number): Promise<readonly Materialization[]>;
  /** As `pointers`, of the last partitions of one asset in the order of their keys as text. */
  lastPointers(asset: AssetKey, limit: number): Promise<readonly Materialization[]>;
  /** The data version that readers see of each partition of an asset, and nothing else of it. */
  dataVersions(asset: AssetKey): Promise<ReadonlyMap<string, string>>;
  /** Those of the assets of which readers see more than `most` partitions. */
  wideAssets(assets: readonly AssetKey[], most: number): Promise<ReadonlySet<AssetKey>>;
  /** Median duration of the last ten computations, by asset. */
  durations(): Promise<ReadonlyMap<AssetKey, number>>;
  /**
   * Retires the facts that their asset's rule does not keep: they stay in the history, are found by memo key no more, and their
   * files may go. Never a fact that readers see, here or in a branch, that a promotion may be rolled back to, that a run under way made
   * or found, or that a link shows frozen with its data.
   * Returns how many.
   */
  retire(rules: readonly RetainRule[], at: number): Promise<number>;
  /**
   * Every content hash that a fact names which is not retired, or was not before `retiredBefore` (milliseconds since 1970; all
   * retired ones are left out where it is not given): the lake's collector keeps these.
   */
  referencedFiles(retiredBefore?: number): Promise<ReadonlySet<string>>;
  /** When the oldest run that has not ended was created, or null: it may read what was retired since. */
  oldestRunUnderWay(): Promise<number | null>;

  /**
   * Takes an asset, or some partitions of it, from its readers: it counts as never materialized, and is not found by memo key. The facts
   * stay in the history. Returns how many partitions went.
   */
  wipe(asset: AssetKey, partitions: readonly string[] | null, at: number): Promise<number>;

  // whose key is whose
  identities(): Promise<readonly Identity[]>;
  /**
   * Writes down whose keys there are, and moves the history of renamed assets to their new keys, in one transaction. Nothing moves to a
   * key that has a history of its own; one of a run under way waits for the next call. Returns what was moved.
   */
  keepIdentities(present: readonly Identity[], renames: readonly Rename[], at: number): Promise<readonly Rename[]>;
  // freshness
  /** How fresh each asset was last said to be. */
  freshness(): Promise<ReadonlyMap<AssetKey, FreshnessState>>;
  /** Says changes of freshness: states and events in one transaction. */
  changeFreshness(changes: readonly FreshnessChange[], at: number): Promise<void>;
  /** When each asset, or the latest of its partitions, last succeeded or was found to be as it would be made. */
  lastSuccesses(assets: readonly AssetKey[]): Promise<ReadonlyMap<AssetKey, number>>;

  // schedules
  /**
   * Decides a tick: tick, run and steps in one transaction, unique by (schedule, tick). Returns false, changing nothing, where
   * the tick was decided before.
   */
  decideTick(tick: TickToDecide): Promise<boolean>;
  /** Decides ticks, all or none of them: after a failure there is no gap before a later one. Returns as `decideTick`, for each. */
  decideTicks(ticks: readonly TickToDecide[]): Promise<readonly boolean[]>;
  /** Latest decided tick, or the beginning of the schedule's epoch where none is; null for an unknown schedule. */
  lastTick(schedule: string): Promise<number | null>;
  /** Begins (or, where the definition changed, begins anew) the epoch of a schedule: no tick before `at` is ever due. */
  beginSchedule(schedule: string, definition: string, at: number): Promise<void>;
  ticks(schedule: string, limit: number): Promise<readonly DecidedTick[]>;

  // branches
  /** Throws `branch_conflict` where there is one of this name. */
  createBranch(branch: NewBranch): Promise<void>;
  /** Gives a branch other revisions; its pointers stay. Throws `not_found`. */
  updateBranch(branch: NewBranch): Promise<void>;
  /** Its facts stay in the history of their assets. Throws `not_found`, `branch_conflict` where a run works in it. */
  deleteBranch(name: string, at: number): Promise<void>;
  /** By name. */
  branches(): Promise<readonly Branch[]>;
  branch(name: string): Promise<Branch | null>;
  /** What a branch reads in place of what is published, in order of asset and partition. */
  branchPointers(name: string): Promise<readonly BranchPointer[]>;
  /**
   * Publishes a branch's revisions and moves the published pointers, all or nothing; the branch then has no pointers of its own. Throws
   * `not_found`, `branch_conflict` where what is published is not what `from` says.
   */
  promote(request: PromotionRequest): Promise<Promotion>;
  /**
   * Puts back what a promotion replaced, and gives the branch its pointers again. Throws `not_found`, `branch_conflict` where it was
   * rolled back already, or where newer things stand in its place and not `force`.
   */
  rollback(promotion: string, at: number, force: boolean): Promise<Promotion>;
  /** Newest first; of all branches where none is named. */
  promotions(branch?: string): Promise<readonly Promotion[]>;

  // column lineage that was read before, by all that it depends on
  keptColumns(key: string): Promise<string | null>;
  keepColumns(entries: readonly { readonly key: string; readonly value: string }[]): Promise<void>;

  // dynamic partitions
  /**
   * Adds keys to the dynamic partitions of a name, behind those that it has; those it has already stay where they are. Returns what
   * was added. Throws `usage` for a key that cannot be one, and then adds none.
   */
  addPartitionKeys(name: string, keys: readonly string[], at: number): Promise<readonly string[]>;
  /** Takes keys away, where they are there; returns those that were. What was materialized for them stays in the history. */
  removePartitionKeys(name: string, keys: readonly string[], at: number): Promise<readonly string[]>;
  /** The keys of a name, in order; none for a name that nobody gave any. */
  partitionKeys(name: string): Promise<readonly string[]>;
  /** The keys of every name that has some, in order. */
  allPartitionKeys(): Promise<ReadonlyMap<string, readonly string[]>>;

  // backfills
  createBackfill(backfill: Backfill): Promise<void>;
  backfill(id: string): Promise<Backfill | null>;
  /** Newest first. */
  backfills(query: BackfillQuery): Promise<readonly Backfill[]>;
  /** Compare-and-set on the state. Throws `run_conflict` where the legal-transition table forbids it, `not_found`. */
  changeBackfill(
    id: string,
    to: BackfillState,
    change: { readonly at: number; readonly error?: WireError },
  ): Promise<Backfill>;
  /**
   * Creates the run that carries out part `number`, and the backfill runs. Returns false, changing nothing, where that part has a
   * run already or the backfill has ended: a part is begun once, whoever dies meanwhile.
   */
  addBackfillRun(id: string, number: number, run: NewRun, at: number): Promise<boolean>;
  /** In order of their numbers. */
  backfillRuns(id: string): Promise<readonly BackfillRun[]>;
  /** How many steps of an asset are in which state, over all runs of a backfill. */
  backfillCounts(
    id: string,
  ): Promise<readonly { readonly asset: AssetKey; readonly state: StepState; readonly count: number }[]>;
  /** Steps in one of these states of those runs of a backfill whose number is larger than `after`; the first `limit` of them. */
  backfillSteps(
    id: string,
    query: { readonly after?: number; readonly states?: readonly StepState[]; readonly limit?: number },
  ): Promise<readonly Step[]>;

  // the log
  /** Appends facts and returns the last `seq`; calls that come close together share one durable commit. */
  append(events: readonly LogEvent[], at: number): Promise<number>;
  eventsAfter(seq: number, limit: number, run?: string): Promise<readonly StoredEvent[]>;
  lastSeq(): Promise<number>;
  /**
   * Forgets the oldest part of the log: everything before the first event that is not older than `before` (milliseconds since 1970) or
   * is of a run under way; and decided ticks as old, but for the latest of each schedule. Numbers go on without a gap. Returns how
   * many events went.
   */
  forget(before: number): Promise<number>;
  /** Called after each durable commit that added events; returns what unsubscribes. */
  onEvents(listener: (last: number) => void): () => void;

  // shares and settings
  addShare(share: Share): Promise<void>;
  shares(): Promise<readonly Share[]>;
  shareByTokenHash(hash: string): Promise<Share | null>;
  revokeShare(id: string, at: number): Promise<boolean>;
  setting(name: string): Promise<string | null>;
  setSetting(name: string, value: string): Promise<void>;
  /** Files that were hashed before, by name. */
  fileVersions(): Promise<ReadonlyMap<string, FileVersion>>;
  setFileVersion(name: string, file: FileVersion): Promise<void>;

  close(): Promise<void>;
}
