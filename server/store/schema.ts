import type { BackfillState } from "../../cells/model/backfill.ts";
import type { FreshnessState } from "../../cells/freshness/freshness.ts";
import type { CheckSeverity, CheckStatus } from "../../cells/model/check.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { RunState, StepState } from "../../cells/model/run.ts";
import type { Kysely } from "./kysely.ts";
import type { TickDecision } from "./store.ts";

/** A connection (or open transaction) that queries run on. */
export type Db = Kysely<Schema>;

/**
 * The tables. Times are milliseconds since 1970, flags are 0 and 1, JSON is text, so that SQLite and PostgreSQL hold the
 * same values. "" is the partition of an asset without partitions.
 */
export interface Schema {
  readonly notebooks: NotebookRow;
  readonly revisions: { readonly hash: string; readonly text: string };
  readonly runs: RunRow;
  readonly run_tags: { readonly run: string; readonly tag: string; readonly value: string };
  readonly run_keys: { readonly key: string; readonly run: string; readonly created_at: number };
  readonly steps: StepRow;
  readonly leases: LeaseRow;
  readonly materializations: MaterializationRow;
  readonly pointers: PointerRow;
  readonly schedules: { readonly name: string; readonly definition: string; readonly begun_at: number };
  readonly ticks: TickRow;
  readonly events: EventRow;
  readonly shares: ShareRow;
  readonly settings: { readonly name: string; readonly value: string };
  readonly file_versions: FileVersionRow;
  readonly check_results: CheckResultRow;
  readonly fact_details: FactDetailsRow;
  readonly freshness: { readonly asset: string; readonly state: FreshnessState; readonly changed_at: number };
  readonly branches: { readonly name: string; readonly created_at: number };
  readonly branch_revisions: BranchRevisionRow;
  readonly branch_pointers: BranchPointerRow;
  readonly promotions: PromotionRow;
  readonly promotion_moves: PromotionMoveRow;
  readonly promotion_revisions: PromotionRevisionRow;
  readonly column_lineage: { readonly key: string; readonly value: string };
  readonly partition_keys: PartitionKeyRow;
  readonly backfills: BackfillRow;
  readonly backfill_runs: { readonly backfill: string; readonly number: number; readonly run: string };
  readonly identities: { readonly asset: string; readonly notebook: string; readonly cell: number };
  readonly standings: { readonly asset: string; readonly value: string };
  readonly wipes: { readonly asset: string; readonly partition: string; readonly seq: number };
  readonly automation_state: { readonly section: string; readonly key: string; readonly value: string };
  readonly automation_evaluations: EvaluationRow;
  readonly automation_pauses: { readonly name: string; readonly at: number };
  readonly sensors: SensorRow;
  readonly sensor_ticks: SensorTickRow;
  readonly sensor_keys: { readonly sensor: string; readonly key: string; readonly run: string; readonly at: number };
  readonly sensor_payloads: PayloadRow;
}

interface BranchRevisionRow {
  readonly branch: string;
  readonly path: string;
  /** id of the notebook */
  readonly notebook: string;
  readonly revision: string;
  readonly base: string | null;
}

interface BranchPointerRow extends PointerRow {
  readonly branch: string;
  /** what was published when it was made */
  readonly base: number | null;
}

interface PromotionRow {
  readonly id: string;
  readonly branch: string;
  readonly at: number;
  readonly rolled_back_at: number | null;
}

interface PromotionMoveRow {
  readonly promotion: string;
  readonly asset: string;
  readonly partition: string;
  readonly from_fact: number | null;
  readonly to_fact: number;
}

interface PromotionRevisionRow {
  readonly promotion: string;
  readonly path: string;
  readonly notebook: string;
  readonly from_revision: string | null;
  readonly to_revision: string;
}

/** A key of a dynamic definition. */
interface PartitionKeyRow {
  readonly name: string;
  readonly key: string;
  /** order of keys of one name */
  readonly position: number;
  readonly added_at: number;
}

export interface BackfillRow {
  readonly id: string;
  /** order of creation, from 1 */
  readonly position: number;
  readonly state: BackfillState;
  /** JSON of a `BackfillRequest` */
  readonly request: string;
  /** JSON: asset → set of partitions */
  readonly targets: string;
  readonly total: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  /** JSON of a `WireError` */
  readonly error: string | null;
}

interface EvaluationRow {
  readonly id: number;
  readonly evaluation: number;
  readonly asset: string;
  readonly at: number;
  readonly last_at: number;
  readonly count: number;
  /** how many partitions */
  readonly requested: number;
  readonly sentence: string;
  /** JSON of an `EvaluationReport` */
  readonly tree: string;
  readonly run: string | null;
  readonly backfill: string | null;
  readonly problem: string | null;
}

interface SensorRow {
  readonly id: string;
  readonly cursor: string | null;
  /** the last event that it has seen */
  readonly position: number;
  /** failed ticks since the last that did not */
  readonly failures: number;
  readonly begun_at: number;
  readonly last_at: number | null;
}

interface SensorTickRow {
  readonly id: number;
  readonly sensor: string;
  readonly at: number;
  readonly ms: number;
  readonly state: "run" | "skipped" | "failed";
  readonly reason: string;
  /** JSON: ids */
  readonly runs: string;
  readonly cursor: string | null;
}

interface PayloadRow {
  readonly id: number;
  readonly sensor: string;
  readonly at: number;
  readonly body: string;
}

interface NotebookRow {
  readonly path: string;
  readonly id: string;
  readonly revision: string;
  readonly published_at: number;
}

export interface RunRow {
  readonly id: string;
  /** order of creation, from 1 */
  readonly position: number;
  readonly state: RunState;
  /** JSON of a `Trigger` */
  readonly trigger: string;
  readonly selection: string;
  readonly partition: string | null;
  /** JSON */
  readonly params: string;
  readonly force: number;
  /** JSON */
  readonly revisions: string;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  /** JSON of a `WireError` */
  readonly error: string | null;
  readonly priority: number;
  /** JSON */
  readonly tags: string;
  /** JSON of `RunRules`; null for the default ones */
  readonly rules: string | null;
  /** the branch; null for what is published */
  readonly environment: string | null;
  /** whether nothing is computed, and the checks of what there is are carried out again */
  readonly checks_only: number;
}

export interface StepRow {
  readonly run: string;
  readonly asset: string;
  readonly partition: string;
  /** order within the run, from 1 */
  readonly position: number;
  readonly state: StepState;
  readonly attempt: number;
  readonly reason: string;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly ms: number | null;
  readonly data_version: string | null;
  /** JSON of a `StepError` */
  readonly error: string | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  /** the fact that the step made or reused */
  readonly fact: number | null;
  /** the event of the latest change; 0 before the first */
  readonly changed_seq: number;
  /** JSON: the names of its checks, once they were held against the fact */
  readonly checks: string | null;
}

interface LeaseRow {
  readonly run: string;
  readonly fence: number;
  /** null once it was given back */
  readonly holder: string | null;
  readonly expires_at: number;
}

export interface MaterializationRow {
  readonly seq: number;
  readonly asset: string;
  readonly partition: string;
  readonly run: string;
  readonly code_version: string;
  readonly data_version: string;
  /** JSON */
  readonly inputs: string;
  readonly bound: string;
  readonly memo_key: string;
  readonly format: Materialization["format"];
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number | null;
  /** JSON */
  readonly schema: string;
  readonly ms: number;
  readonly engine: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  /** since when the lake need not keep its file, by the asset's `retain` */
  readonly retired_at: number | null;
  /** whether a check kept it from its readers */
  readonly refused: number;
}

export interface CheckResultRow {
  readonly seq: number;
  readonly fact: number;
  readonly asset: string;
  readonly partition: string;
  readonly run: string;
  readonly check_name: string;
  readonly status: CheckStatus;
  readonly severity: CheckSeverity;
  readonly blocking: number;
  readonly failing: number | null;
  /** content address of the failing rows */
  readonly rows_sha256: string | null;
  readonly rows_bytes: number | null;
  readonly rows_count: number | null;
  readonly message: string;
  /** JSON */
  readonly metadata: string;
  readonly code_version: string;
  readonly memo_key: string;
  readonly ms: number;
  readonly at: number;
}

interface FactDetailsRow {
  readonly fact: number;
  /** JSON: statistics of columns */
  readonly statistics: string;
  /** JSON: what the cell told by `meta` */
  readonly metadata: string;
}

interface PointerRow {
  readonly asset: string;
  readonly partition: string;
  readonly fact: number;
  /** the event that moved it: the order of moves and failures */
  readonly moved_seq: number;
}

interface TickRow {
  readonly schedule: string;
  readonly tick: number;
  readonly decision: TickDecision;
  readonly reason: string;
  readonly run: string | null;
  readonly decided_at: number;
}

interface EventRow {
  readonly seq: number;
  readonly at: number;
  /** the run that the event is about, where it is about one */
  readonly run: string | null;
  /** JSON of a `LogEvent` */
  readonly body: string;
}

export interface ShareRow {
  readonly id: string;
  readonly token_hash: string;
  readonly selection: string;
  readonly run: string | null;
  readonly snapshot: string | null;
  readonly with_data: number;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

interface FileVersionRow {
  readonly name: string;
  readonly size: number;
  readonly mtime_ms: number;
  readonly version: string;
}
