import type { Selection } from "../select/grammar.ts";

/**
 * The automation language: text → `parse.ts` → Condition → `expand.ts` → what is evaluated. Conditions are Dagster's
 * (rows D1 to D16 and O1 to O23 of its declarative automation), written as sentences:
 *
 *     expr   := and ("or" and)*                                      also |
 *     and    := not ("and" not)*                                     also &
 *     not    := ("not" | "!" | "~") not | chain
 *     chain  := prim ("." method)*
 *     prim   := "(" expr ")" | NAME ["(" [arg ("," arg)*] ")"]
 *     method := ("newly_true" | "since_last_handled") ["(" ")"] | "since" "(" expr ")" | "allow" "(" selection ")"
 *             | "ignore" "(" selection ")" | "without" "(" what ")" | "replace" "(" what "," expr ")" | "label" "(" text ")"
 *     what   := expr | label in quotes
 *     arg    := expr | text in quotes | duration | NAME "=" arg
 *
 * A condition is plain data: whoever writes it in JavaScript makes the same objects with `build.ts`.
 */
export type Condition =
  | { readonly type: "operand"; readonly name: OperandName }
  /** a tick of the cron lies between the last evaluation and this one; timezone null is that of the notebook */
  | { readonly type: "cron_tick_passed"; readonly cron: string; readonly timezone: string | null }
  /** newest time partition, or all that end within `lookbackMs` of its end; all of what has no time */
  | { readonly type: "in_latest_time_window"; readonly lookbackMs: number | null }
  /** the run that updated it had these tags; a value of null is any value */
  | { readonly type: "executed_with_tags"; readonly tags: Readonly<Record<string, string | null>> }
  /** what another program said with a `signal` event: conditions of one's own */
  | { readonly type: "signal"; readonly name: string }
  | { readonly type: "composition"; readonly name: CompositionName }
  | {
      readonly type: "cron_composition";
      readonly name: CronCompositionName;
      readonly cron: string;
      readonly timezone: string | null;
    }
  | { readonly type: "any_downstream_conditions" }
  | { readonly type: "not" | "newly_true"; readonly of: Condition }
  | { readonly type: "and" | "or"; readonly of: readonly Condition[] }
  /** true from when `of` is until `reset` is */
  | { readonly type: "since"; readonly of: Condition; readonly reset: Condition }
  | { readonly type: DepsType; readonly of: Condition }
  | { readonly type: ChecksType; readonly of: Condition; readonly blockingOnly: boolean }
  | { readonly type: "asset_matches"; readonly key: string; readonly of: Condition }
  /** keep, or leave out, dependencies: of every `any_deps` and `all_deps` below that is not inside another */
  | { readonly type: "allow" | "ignore"; readonly of: Condition; readonly selection: Selection }
  /** takes an operand out of the `and`s and `or`s of a composed condition; a text means what has this label */
  | { readonly type: "without"; readonly of: Condition; readonly what: Condition | string }
  | { readonly type: "replace"; readonly of: Condition; readonly what: Condition | string; readonly by: Condition }
  | { readonly type: "label"; readonly of: Condition; readonly label: string };

/** `any_deps` is true of what has a matching dependency, `all_deps` of what has no other; so the roots of a job. */
export type DepsType = "any_deps" | "all_deps" | "any_job_roots" | "all_job_roots";
export type ChecksType = "any_checks" | "all_checks";

/** Conditions without arguments, and what each says. */
export const operands = {
  manual: "never by itself",
  missing: "never materialized",
  run_in_progress: "part of a live run",
  backfill_in_progress: "part of a live backfill",
  execution_failed: "its latest run failed",
  newly_updated: "materialized, or observed with other data, since the last evaluation",
  newly_requested: "requested by the last evaluation",
  code_version_changed: "its code is another than at the last evaluation",
  code_version_outdated: "its code is another than that of its latest materialization",
  data_version_changed: "materialized with other data since the last evaluation",
  will_be_requested: "requested by this evaluation, and able to share a run",
  initial_evaluation: "the first evaluation of this condition",
  check_passed: "the check ran against the latest materialization and passed",
  check_failed: "the check ran against the latest materialization and failed",
  executed_with_root_target: "updated by a run that also targeted the asset with this condition",
  freshness_passed: "fresh by its policy",
  freshness_warned: "nearly too old by its policy",
  freshness_failed: "too old by its policy",
} as const;
export type OperandName = keyof typeof operands;

/** Named conditions: each is the text behind it, in the same language. */
export const compositions = {
  eager:
    "in_latest_time_window and (newly_missing or any_deps_updated).since(handled) and not any_deps_missing" +
    " and not any_deps_in_progress and not in_progress",
  on_missing: "in_latest_time_window and missing.newly_true().since(handled) and not any_deps_missing",
  handled: "newly_requested or newly_updated or initial_evaluation",
  newly_missing: "missing.newly_true()",
  in_progress: "run_in_progress or backfill_in_progress",
  any_deps_updated: "any_deps(newly_updated and not executed_with_root_target or will_be_requested)",
  any_deps_missing: "any_deps(missing and not will_be_requested)",
  any_deps_in_progress: "any_deps(in_progress)",
  all_deps_blocking_checks_passed: "all_deps(all_checks(check_passed or will_be_requested, blocking))",
} as const;
export type CompositionName = keyof typeof compositions;

/** Named conditions of a cron, which stands in the text as `CRON`. */
export const cronCompositions = {
  on_cron: "in_latest_time_window and cron_tick_passed(CRON).since(handled) and all_deps_updated_since_cron(CRON)",
  all_deps_updated_since_cron: "all_deps(newly_updated.since(cron_tick_passed(CRON)) or will_be_requested)",
} as const;
type CronCompositionName = keyof typeof cronCompositions;

/** A text of more characters than this is refused. */
export const maxLength = 16_384;
/** Parentheses, calls and `not` may nest this deep: each costs a stack frame in whoever walks the tree. */
export const maxNesting = 100;
