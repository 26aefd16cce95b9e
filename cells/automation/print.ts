import { assertNever } from "../errors.ts";
import { formatDuration } from "../format/duration.ts";
import { printSelection } from "../select/print.ts";
import type { Condition } from "./condition.ts";

/** The canonical text of a condition: `parseCondition` reads it back as the same one. */
export function printCondition(condition: Condition): string {
  switch (condition.type) {
    case "operand":
    case "composition":
      return condition.name;
    case "cron_tick_passed":
      return `cron_tick_passed(${printCron(condition)})`;
    case "cron_composition":
      return `${condition.name}(${printCron(condition)})`;
    case "in_latest_time_window":
      return condition.lookbackMs === null
        ? "in_latest_time_window"
        : `in_latest_time_window(${formatDuration(condition.lookbackMs)})`;
    case "executed_with_tags":
      return `executed_with_tags(${Object.entries(condition.tags)
        .map(([name, value]) => printText(name) + (value === null ? "" : `=${printText(value)}`))
        .join(", ")})`;
    case "signal":
      return `signal(${printText(condition.name)})`;
    case "any_downstream_conditions":
      return "any_downstream_conditions";
    case "not":
      return `not ${printOperand(condition.of)}`;
    case "newly_true":
      return `${printChained(condition.of)}.newly_true()`;
    case "and":
    case "or":
      return condition.of.map(printOperand).join(` ${condition.type} `);
    case "since":
      return `${printChained(condition.of)}.since(${printCondition(condition.reset)})`;
    case "any_deps":
    case "all_deps":
    case "any_job_roots":
    case "all_job_roots":
      return `${condition.type}(${printCondition(condition.of)})`;
    case "any_checks":
    case "all_checks":
      return `${condition.type}(${printCondition(condition.of)}${condition.blockingOnly ? ", blocking" : ""})`;
    case "asset_matches":
      return `asset_matches(${printText(condition.key)}, ${printCondition(condition.of)})`;
    case "allow":
    case "ignore":
      return `${printChained(condition.of)}.${condition.type}(${printSelection(condition.selection)})`;
    case "without":
      return `${printChained(condition.of)}.without(${printWhat(condition.what)})`;
    case "replace":
      return `${printChained(condition.of)}.replace(${printWhat(condition.what)}, ${printCondition(condition.by)})`;
    case "label":
      return `${printChained(condition.of)}.label(${printText(condition.label)})`;
    default:
      return assertNever(condition);
  }
}

/** Text in quotes, in which `"` and `\` are escaped. */
export function printText(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function printWhat(what: Condition | string): string {
  return typeof what === "string" ? printText(what) : printCondition(what);
}

function printCron({ cron, timezone }: { readonly cron: string; readonly timezone: string | null }): string {
  return timezone === null ? printText(cron) : `${printText(cron)}, ${printText(timezone)}`;
}

/** `a and b` within `or` needs no parentheses to be read right, but a list within a list has them, so that it stays one. */
function printOperand(condition: Condition): string {
  const text = printCondition(condition);
  return condition.type === "and" || condition.type === "or" ? `(${text})` : text;
}

function printChained(condition: Condition): string {
  return condition.type === "not" ? `(${printCondition(condition)})` : printOperand(condition);
}
