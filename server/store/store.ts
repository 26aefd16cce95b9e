import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Run, RunState, Step, StepError, StepState } from "../../cells/model/run.ts";
import type { WireError } from "../../cells/errors.ts";

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
    }
  | { readonly type: "damaged"; readonly sha256: string; readonly asset: AssetKey; readonly found: string }
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
}

export interface NewRun {
  readonly run: Run;
  readonly steps: readonly Step[];
}

/**
 * The database of facts. Every method that writes is one transaction and resolves only once it is durable (P1).
 * Backends: SQLite embedded; PostgreSQL scaled out. One conformance suite: `test/conformance/store.ts`.
 */
export interface Store {
  // notebooks
  publish(notebook: PublishedNotebook): Promise<void>;
  unpublish(path: string, at: number): Promise<boolean>;
  published(): Promise<readonly PublishedNotebook[]>;
  /** Text of a revision that was ever published, or null. */
  revision(hash: string): Promise<string | null>;

  // runs
  /** Creates a run with its steps; with `key`, a second call with the same key creates nothing and returns the first run's id. */
  createRun(run: NewRun, key?: string): Promise<string>;
  run(id: string): Promise<Run | null>;
  runs(query: {
    readonly limit: number;
    readonly before?: number;
    readonly states?: readonly RunState[];
  }): Promise<readonly Run[]>;
  steps(run: string): Promise<readonly Step[]>;
  /** Compare-and-set on the state; throws `run_conflict` where the legal-transition table or the present state forbids it. */
  changeRun(
    id: string,
    to: RunState,
    change: { readonly at: number; readonly fence?: number; readonly error?: WireError },
  ): Promise<Run>;
  changeStep(
    step: { readonly run: string; readonly asset: AssetKey; readonly partition: string },
    to: StepState,
    change: {
      readonly at: number;
      readonly fence: number;
      readonly reason?: string;
      readonly error?: StepError;
      readonly attempt?: number;
      readonly ms?: number;
      readonly dataVersion?: string;
      readonly rows?: number | null;
      readonly bytes?: number | null;
    },
  ): Promise<void>;
  /** Adds steps that a later plan of the same run found. */
  addSteps(steps: readonly Step[]): Promise<void>;

  // leases: time is the store's own
  /** Takes the run where nobody holds it (or the lease ran out); the fence grows by one at each taking. Null where it is held. */
  lease(run: string, holder: string, ms: number, now: number): Promise<Lease | null>;
  renew(lease: Lease, ms: number, now: number): Promise<Lease | null>;
  release(lease: Lease): Promise<void>;
  leases(now: number): Promise<readonly Lease[]>;

  // facts
  /** Checks the fence, then writes fact, step state, event and pointer. Throws `fence_lost`. Returns the fact with its `seq`. */
  commit(commit: MaterializationCommit): Promise<Materialization>;
  /** A step that found its result by memo key: points the asset at that older fact and ends the step `reused`. */
  reuse(commit: {
    readonly fence: number;
    readonly run: string;
    readonly asset: AssetKey;
    readonly partition: string;
    readonly fact: number;
    readonly reason: string;
    readonly at: number;
  }): Promise<void>;
  /** The fact that readers see, by asset and partition. */
  pointers(assets?: readonly AssetKey[]): Promise<readonly Materialization[]>;
  materializations(query: {
    readonly asset: AssetKey;
    readonly partition?: string;
    readonly limit: number;
    readonly before?: number;
  }): Promise<readonly Materialization[]>;
  /** What an asset was at the end of a past run: for each asset of the run, the fact that it made or reused. */
  materializationsOfRun(run: string): Promise<readonly Materialization[]>;
  byMemoKeys(keys: readonly string[]): Promise<readonly Materialization[]>;
  /** Latest failed step later than the asset's pointer, by asset and partition. */
  failures(): Promise<
    readonly {
      readonly asset: AssetKey;
      readonly partition: string;
      readonly at: number;
      readonly error: StepError | null;
      readonly run: string;
    }[]
  >;
  /** Median duration of the last ten computations, by asset. */
  durations(): Promise<ReadonlyMap<AssetKey, number>>;
  /** Every content hash that a fact names: the lake's collector keeps these. */
  referencedFiles(): Promise<ReadonlySet<string>>;

  // schedules
  /**
   * Decides a tick: tick, run and steps in one transaction, unique by (schedule, tick). Returns false, changing nothing, where
   * the tick was decided before.
   */
  decideTick(tick: {
    readonly schedule: string;
    readonly tick: number;
    readonly decision: TickDecision;
    readonly reason: string;
    readonly at: number;
    readonly run: NewRun | null;
  }): Promise<boolean>;
  /** Latest decided tick, or the beginning of the schedule's epoch where none is; null for an unknown schedule. */
  lastTick(schedule: string): Promise<number | null>;
  /** Begins (or, where the definition changed, begins anew) the epoch of a schedule: no tick before `at` is ever due. */
  beginSchedule(schedule: string, definition: string, at: number): Promise<void>;
  ticks(
    schedule: string,
    limit: number,
  ): Promise<
    readonly {
      readonly tick: number;
      readonly decision: TickDecision;
      readonly reason: string;
      readonly run: string | null;
      readonly decidedAt: number;
    }[]
  >;

  // the log
  /** Appends facts; calls that come close together share one durable commit. */
  append(events: readonly LogEvent[], at: number): Promise<number>;
  eventsAfter(seq: number, limit: number, run?: string): Promise<readonly StoredEvent[]>;
  lastSeq(): Promise<number>;
  /** Called after each durable commit that added events; returns what unsubscribes. */
  onEvents(listener: (last: number) => void): () => void;

  // shares and settings
  addShare(share: Share): Promise<void>;
  shares(): Promise<readonly Share[]>;
  shareByTokenHash(hash: string): Promise<Share | null>;
  revokeShare(id: string, at: number): Promise<boolean>;
  setting(name: string): Promise<string | null>;
  setSetting(name: string, value: string): Promise<void>;
  /** File versions that were hashed before: name → what `stat` said and the hash it had then. */
  fileVersions(): Promise<
    ReadonlyMap<string, { readonly size: number; readonly mtimeMs: number; readonly version: string }>
  >;
  setFileVersion(
    name: string,
    file: { readonly size: number; readonly mtimeMs: number; readonly version: string },
  ): Promise<void>;

  close(): Promise<void>;
}
