import { parsePositiveDuration } from "../format/duration.ts";
import { parseSelection } from "../select/parse.ts";
import type { Condition, CompositionName, OperandName } from "./condition.ts";

/**
 * Conditions written in JavaScript: the same data as their text gives, `parseCondition(printCondition(c))` is `c`.
 *
 *     and(named("in_latest_time_window"), since(newlyTrue(is("missing")), named("handled")))
 */
export const is = (name: OperandName): Condition => ({ type: "operand", name });
export const named = (name: CompositionName): Condition => ({ type: "composition", name });
/** `cron` in five fields; the time zone is the notebook's unless given */
export const onCron = (cron: string, timezone: string | null = null): Condition => ({
  type: "cron_composition",
  name: "on_cron",
  cron,
  timezone,
});
export const allDepsUpdatedSinceCron = (cron: string, timezone: string | null = null): Condition => ({
  type: "cron_composition",
  name: "all_deps_updated_since_cron",
  cron,
  timezone,
});
export const cronTickPassed = (cron: string, timezone: string | null = null): Condition => ({
  type: "cron_tick_passed",
  cron,
  timezone,
});
/** `lookback` as `3d`; throws `attribute_invalid` for what is no duration */
export const inLatestTimeWindow = (lookback: string | null = null): Condition => ({
  type: "in_latest_time_window",
  lookbackMs: lookback === null ? null : parsePositiveDuration(lookback),
});
export const executedWithTags = (tags: Readonly<Record<string, string | null>>): Condition => ({
  type: "executed_with_tags",
  tags,
});
export const signal = (name: string): Condition => ({ type: "signal", name });
export const anyDownstreamConditions: Condition = { type: "any_downstream_conditions" };
export const not = (of: Condition): Condition => ({ type: "not", of });
export const and = (...of: readonly Condition[]): Condition => list("and", of);
export const or = (...of: readonly Condition[]): Condition => list("or", of);
export const newlyTrue = (of: Condition): Condition => ({ type: "newly_true", of });
export const since = (of: Condition, reset: Condition): Condition => ({ type: "since", of, reset });
export const sinceLastHandled = (of: Condition): Condition => since(of, named("handled"));
export const anyDeps = (of: Condition): Condition => ({ type: "any_deps", of });
export const allDeps = (of: Condition): Condition => ({ type: "all_deps", of });
export const anyChecks = (of: Condition, { blockingOnly = false } = {}): Condition => ({
  type: "any_checks",
  of,
  blockingOnly,
});
export const allChecks = (of: Condition, { blockingOnly = false } = {}): Condition => ({
  type: "all_checks",
  of,
  blockingOnly,
});
export const assetMatches = (key: string, of: Condition): Condition => ({ type: "asset_matches", key, of });
export const anyJobRoots = (of: Condition): Condition => ({ type: "any_job_roots", of });
export const allJobRoots = (of: Condition): Condition => ({ type: "all_job_roots", of });
/** keeps the dependencies that a selection takes; throws `selection_invalid` */
export const allow = (of: Condition, selection: string): Condition => ({
  type: "allow",
  of,
  selection: parseSelection(selection),
});
/** leaves out the dependencies that a selection takes; throws `selection_invalid` */
export const ignore = (of: Condition, selection: string): Condition => ({
  type: "ignore",
  of,
  selection: parseSelection(selection),
});
export const without = (of: Condition, what: Condition | string): Condition => ({ type: "without", of, what });
export const replace = (of: Condition, what: Condition | string, by: Condition): Condition => ({
  type: "replace",
  of,
  what,
  by,
});
export const label = (of: Condition, text: string): Condition => ({ type: "label", of, label: text });

/** A list of one is that one, as in the text. */
function list(type: "and" | "or", of: readonly Condition[]): Condition {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { type, of };
}
