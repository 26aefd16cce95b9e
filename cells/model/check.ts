import type { AssetKey } from "./asset-key.ts";
import type { MetadataValue } from "./metadata.ts";

/** What a failed check means: `error` makes an asset degraded and may block, `warn` only warns. */
export type CheckSeverity = "error" | "warn";
/** `errored`: it could not be carried out, so that nothing is known of the rows. */
export type CheckStatus = "passed" | "failed" | "errored";

/** A value as a rule has it: what a person wrote as a number is one, anything else is text. */
export type RuleValue = string | number;

/** What a rule of an `expect` attribute asks of the rows of its asset. */
export type Rule =
  | { readonly type: "not_null"; readonly columns: readonly string[] }
  /** no two rows have the same values in all of these columns */
  | { readonly type: "unique"; readonly columns: readonly string[] }
  | { readonly type: "accepted"; readonly column: string; readonly values: readonly RuleValue[] }
  | { readonly type: "relationship"; readonly column: string; readonly to: RuleTarget }
  /** both bounds belong to what is allowed; null is no bound */
  | {
      readonly type: "between";
      readonly column: string;
      readonly min: RuleValue | null;
      readonly max: RuleValue | null;
    }
  | { readonly type: "rows"; readonly min: number | null; readonly max: number | null }
  | { readonly type: "schema_unchanged" };

/** A column of another asset, by the name that a SQL cell would read it by: `customers`, or `sales.customers`. */
export interface RuleTarget {
  readonly schema: string | null;
  readonly name: string;
  readonly column: string;
}

/** One rule of an `expect` attribute. `name` is stable: bounds and values may change without a new one. */
export interface Expectation {
  readonly name: string;
  readonly severity: CheckSeverity;
  readonly rule: Rule;
  /** the rule in its canonical form */
  readonly text: string;
}

/** The first rows that are wrong, as a Parquet file of the lake. */
export interface FailingRows {
  readonly sha256: string;
  readonly bytes: number;
  /** how many rows the file holds */
  readonly rows: number;
}

/** What a check said of one materialization. */
export interface CheckResult {
  readonly asset: AssetKey;
  /** "" for an asset without partitions */
  readonly partition: string;
  readonly run: string;
  /** name of the check among those of its asset */
  readonly check: string;
  readonly status: CheckStatus;
  readonly severity: CheckSeverity;
  readonly blocking: boolean;
  /** how many rows are wrong; null where the check gave no rows */
  readonly failing: number | null;
  /** null where no row is wrong, or none was given */
  readonly rows: FailingRows | null;
  /** a sentence */
  readonly message: string;
  /** what a JavaScript check gave beside `passed` */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly codeVersion: string;
  /** hash of code, data and inputs: as long as it is the same, so is the result */
  readonly memoKey: string;
  readonly ms: number;
  /** milliseconds since 1970 */
  readonly at: number;
}

/** A result in the store, with the fact that it is about. */
export interface StoredCheckResult extends CheckResult {
  readonly seq: number;
  readonly fact: number;
}

/** Whether a result keeps the data from its readers. */
export function refuses({
  status,
  severity,
  blocking,
}: Pick<CheckResult, "status" | "severity" | "blocking">): boolean {
  return status !== "passed" && severity === "error" && blocking;
}

/** The most failing rows that are kept of one check. */
export const mostFailingRows = 10_000;
