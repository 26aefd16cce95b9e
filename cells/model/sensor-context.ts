/** What the built-in `sensor` tells a cell that is evaluated as one. Times in milliseconds since 1970. */
export interface SensorContext {
  readonly name: string;
  /** what the last tick left; null before the first */
  readonly cursor: string | null;
  /** when the last tick was; null before the first */
  readonly lastTick: number | null;
  readonly now: number;
  /** of a cron: the instant that is due; null of all others */
  readonly tick: number | null;
  /** of a file sensor: files that are new or have other bytes */
  readonly files: readonly SensedFile[];
  /** of a webhook: bodies that came, JSON where they are, oldest first */
  readonly payloads: readonly unknown[];
  /** of an asset or run sensor: what happened, oldest first */
  readonly events: readonly SensedEvent[];
}

/** `key` is name and content: a run key for those who want one run for each. */
export interface SensedFile {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly key: string;
}

export type SensedEvent =
  | {
      readonly type: "updated";
      readonly at: number;
      readonly asset: string;
      /** null of an asset without partitions */
      readonly partition: string | null;
      readonly run: string;
    }
  | { readonly type: "run_ended"; readonly at: number; readonly run: string; readonly state: string };
