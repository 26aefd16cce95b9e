import type { SubsetJson } from "../partition/subset-json.ts";

/**
 * What happened, as far as automation minds: the event log's entries in their order. Events of one position happened at
 * once, as those of one transaction. Partitions are keys, `[""]` of what has none.
 */
export type AutomationEvent = {
  /** place in the log, ascending */
  readonly position: number;
  /** milliseconds since 1970 */
  readonly at: number;
} & AutomationFact;

export type AutomationFact =
  | {
      readonly type: "materialized";
      readonly key: string;
      readonly partitions: readonly string[];
      readonly run: string | null;
      readonly codeVersion: string | null;
      /** its data version is another than before */
      readonly isNewData: boolean;
    }
  /** looked at from outside: an update only where the data is new */
  | {
      readonly type: "observed";
      readonly key: string;
      readonly partitions: readonly string[];
      readonly isNewData: boolean;
    }
  /** its materializations are gone; `partitions` null: all of them */
  | { readonly type: "deleted"; readonly key: string; readonly partitions: readonly string[] | null }
  | {
      readonly type: "run_started";
      readonly run: string;
      /** what it is to make: key → partitions */
      readonly targets: Readonly<Record<string, readonly string[]>>;
      readonly tags: Readonly<Record<string, string>>;
    }
  /** what a failed run was to make and did not counts as failed */
  | { readonly type: "run_ended"; readonly run: string; readonly state: "succeeded" | "failed" | "cancelled" }
  | {
      readonly type: "step_failed";
      readonly run: string | null;
      readonly key: string;
      readonly partitions: readonly string[];
    }
  | {
      readonly type: "backfill_started";
      readonly backfill: string;
      /** key → partitions, by their keys or as a set */
      readonly targets: Readonly<Record<string, readonly string[] | SubsetJson>>;
    }
  | { readonly type: "backfill_ended"; readonly backfill: string }
  /** a check ran against what is materialized now; `key` is the check's */
  | {
      readonly type: "checked";
      readonly key: string;
      readonly partitions: readonly string[];
      readonly passed: boolean;
      readonly run: string | null;
    }
  /** said by another program: on, off, or true for this moment only; of one target, or (`key` null) of all */
  | {
      readonly type: "signal";
      readonly name: string;
      readonly key: string | null;
      /** null: all of them */
      readonly partitions: readonly string[] | null;
      readonly value: boolean | "once";
    };
