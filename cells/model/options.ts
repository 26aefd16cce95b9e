import type { Expectation } from "./check.ts";

/** How an asset is kept: `auto` = tables as Parquet, other JSON-able values as JSON, the rest virtual. */
type StoreMode = "auto" | "parquet" | "json" | "view" | "none";
/** When a cell runs in the browser by itself. */
export type RunPolicy = "auto" | "visible" | "manual" | "confirm" | "server" | "frozen";
/** What a schedule does about ticks that were missed: how many of the latest to make up. */
export type Catchup =
  | { readonly type: "latest" }
  | { readonly type: "all" }
  | { readonly type: "none" }
  | { readonly type: "count"; readonly count: number };
/** What the lake keeps of an asset. */
export type Retention =
  { readonly type: "age"; readonly ms: number } | { readonly type: "versions"; readonly count: number };
/** When data is too old. */
export type FreshnessPolicy =
  | { readonly type: "within"; readonly ms: number; /** warns before it fails */ readonly warnMs?: number }
  | { readonly type: "by"; readonly cron: string; readonly withinMs: number };

/** A sensor: its name, and what wakes it. */
export interface SensorOption {
  readonly name: string;
  readonly source: SensorSource;
}

/** What wakes a sensor: its interval alone (`code`), a clock (`cron`), new files, calls from outside, updates of assets, ends of runs. */
export type SensorSource =
  | { readonly type: "code" }
  /** in the time zone of its notebook */
  | { readonly type: "cron"; readonly crons: readonly string[] }
  /** glob of names in the workspace */
  | { readonly type: "file"; readonly pattern: string }
  /** name of the secret, and the header of its HMAC-SHA256 where the caller signs rather than tells it */
  | { readonly type: "webhook"; readonly secret: string; readonly signature: string | null }
  | { readonly type: "asset"; readonly select: string }
  | { readonly type: "run"; readonly states: readonly SensedState[]; readonly select: string | null };
export type SensedState = "succeeded" | "failed" | "cancelled";

/** The options of a cell that its attributes give, read and complete. Durations in milliseconds. */
export interface CellOptions {
  readonly store: StoreMode;
  /** source text of the partitions definition; the partition module reads it further */
  readonly partitions: string | null;
  readonly upstream: Readonly<Record<string, string>>;
  /** names of assets that come before it in a run, whose data it does not read */
  readonly after: readonly string[];
  readonly automation: string;
  readonly check: string | null;
  readonly severity: "error" | "warn";
  readonly blocking: boolean;
  /** rules that the rows of its asset are held against */
  readonly expect: readonly Expectation[];
  readonly fresh: FreshnessPolicy | null;
  readonly retries: number;
  readonly delayMs: number;
  readonly backoff: "constant" | "linear" | "exponential";
  /** what chance does to the delay, so that many steps do not try again at once */
  readonly jitter: "none" | "full" | "plus-minus";
  /** null is the server's default */
  readonly timeoutMs: number | null;
  readonly pool: string | null;
  readonly priority: number;
  readonly retain: Retention | null;
  readonly run: RunPolicy;
  /** name of the asset that this cell is a test of: it gives fixtures and what must come out of them */
  readonly test: string | null;
  readonly sensor: SensorOption | null;
  readonly everyMs: number | null;
  /** of a sensor: what a request of it runs where it does not say; null: its notebook */
  readonly select: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  readonly group: string | null;
  readonly description: string | null;
}

/** The options of a notebook that its attributes give, read and complete. */
export interface NotebookOptions {
  /** cron expressions; empty where the notebook has no schedule */
  readonly schedule: readonly string[];
  readonly timezone: string;
  readonly catchup: Catchup;
  readonly params: Readonly<Record<string, unknown>>;
  /** hosts that the notebook asks to reach with `fetch` */
  readonly hosts: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  readonly description: string | null;
}
