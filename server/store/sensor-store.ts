import type { Run, Step } from "../../cells/model/run.ts";

/** Where a sensor stands. */
export interface SensorState {
  readonly cursor: string | null;
  /** the last event of the log that it has seen */
  readonly position: number;
  /** failed ticks since the last that did not */
  readonly failures: number;
  /** when its first state was kept */
  readonly begunAt: number;
  readonly lastAt: number | null;
}

/** One evaluation of a sensor. */
export interface SensorTick {
  readonly id: number;
  readonly at: number;
  readonly ms: number;
  readonly state: "run" | "skipped" | "failed";
  readonly reason: string;
  readonly runs: readonly string[];
  readonly cursor: string | null;
}

/** A run that a sensor asks for; it is made where one of its keys is new, or where it has none. */
export interface SensedRun {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly keys: readonly string[];
}

/** What one tick decides: all of it or nothing. */
export interface SensorDecision {
  readonly sensor: string;
  /** id of the tick before, 0 where there is none; another one there means that somebody else decided meanwhile */
  readonly after: number;
  readonly at: number;
  readonly ms: number;
  readonly failed: boolean;
  readonly reason: string;
  readonly cursor: string | null;
  readonly position: number;
  readonly failures: number;
  readonly runs: readonly SensedRun[];
  /** keys that are handled without a run of their own */
  readonly handled: readonly string[];
  readonly partitions: {
    readonly add: Readonly<Record<string, readonly string[]>>;
    readonly remove: Readonly<Record<string, readonly string[]>>;
  };
  /** payloads up to this one are handled */
  readonly payloadsUpTo: number | null;
}

/** A body that a webhook got, not handled yet. */
export interface Payload {
  readonly id: number;
  readonly at: number;
  readonly body: string;
}

/** The part of the store that sensors work with. Sensors go by `notebook id` + `#` + name, so that a moved file keeps its history. */
export interface SensorStore {
  /** Null before its first. */
  sensorState(sensor: string): Promise<SensorState | null>;
  /** Keeps where a sensor begins; does nothing where it has begun. */
  beginSensor(sensor: string, position: number, at: number): Promise<void>;
  /** Newest first; of each sensor the last 1,000 stay. */
  sensorTicks(sensor: string, limit: number): Promise<readonly SensorTick[]>;
  /** Those of `keys` that were handled before. */
  handledKeys(sensor: string, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Writes a tick with its runs, keys, cursor, partitions and what it has handled in one transaction. Returns the tick, with the runs
   * that were made: not those whose keys are known. Throws `run_conflict` where the last tick is another than `after`.
   */
  decideSensor(decision: SensorDecision): Promise<SensorTick>;
  /** Sets the cursor by hand; null begins anew. Run keys stay. */
  setSensorCursor(sensor: string, cursor: string | null): Promise<void>;
  /** Keeps a body until a tick has handled it; returns its id. Throws `payload_too_large` where 1,000 wait already. */
  addPayload(sensor: string, body: string, at: number): Promise<number>;
  /** Oldest first. */
  payloads(sensor: string, limit: number): Promise<readonly Payload[]>;
}
