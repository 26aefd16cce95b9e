import { sayTime } from "../staleness/reason.ts";
import { isEmptySubset, keysIn, subsetCount, type PartitionSubset } from "../partition/subset.ts";
import type { AutomationGraph, Target } from "./graph.ts";
import type { Ledger } from "./ledger.ts";
import type { Because } from "./state.ts";
import type { Truth } from "./truth.ts";

/** What a sentence needs to be said. */
interface Telling {
  readonly graph: AutomationGraph;
  readonly ledger: Ledger;
  /** the target with the condition: its names and its clock are the sentence's */
  readonly root: Target;
  readonly now: number;
}

/** How an evaluation came out, as a sentence: `requested because orders was updated by run r7 (09:02)`, `waiting for orders, never materialized`. */
export function sayEvaluation(
  graph: AutomationGraph,
  ledger: Ledger,
  truth: Truth,
  requested: PartitionSubset,
  because: Because | null,
  now: number,
): string {
  const telling = { graph, ledger, root: truth.target, now };
  if (!isEmptySubset(requested)) {
    const why = because === null ? "its condition is true" : sayBecause(telling, because);
    return `requested${sayPartitions(truth.target, requested)} because ${why}`;
  }
  return sayWaiting(telling, truth);
}

/** ` for 2026-01-31`, ` for 3 partitions (a, b, …)`; nothing for what has no partitions. */
function sayPartitions({ cut }: Target, subset: PartitionSubset): string {
  if (!cut.hasPartitions) return "";
  const count = subsetCount(subset);
  const some: string[] = [];
  for (const key of keysIn(subset)) {
    if (some.length === 3) break;
    some.push(key);
  }
  if (count === 1) return ` for ${some.join("")}`;
  return ` for ${count} partitions (${some.join(", ")}${count > 3 ? ", …" : ""})`;
}

function sayBecause(telling: Telling, { operand, key, run, at }: Because): string {
  const { root } = telling;
  const name = key === root.key ? "it" : sayTarget(telling, key);
  const when = ` (${sayTime(at, { timezone: root.timezone, now: telling.now })})`;
  switch (operand) {
    case "newly_updated":
      return `${name} was updated${run === null ? "" : ` by run ${run}`}${when}`;
    case "data_version_changed":
      return `${name} has other data${when}`;
    case "missing":
      return `${name} is missing`;
    case "will_be_requested":
    case "newly_requested":
      return `${name} is requested`;
    case "code_version_changed":
    case "code_version_outdated":
      return `${key === root.key ? "its" : `${name}'s`} code changed`;
    case "initial_evaluation":
      return "its condition is new";
    case "execution_failed":
      return `the last run of ${name} failed`;
    case "run_in_progress":
    case "backfill_in_progress":
      return `${name} is in progress`;
    case "check_passed":
      return `check ${name} passed`;
    case "check_failed":
      return `check ${name} failed`;
    case "executed_with_root_target":
      return `the run that updated ${name} was also to make it`;
    case "freshness_passed":
      return `${name} is fresh`;
    case "freshness_warned":
      return `${name} is nearly too old`;
    case "freshness_failed":
      return `${name} is too old`;
    default:
      if (operand.startsWith("cron_tick_passed")) return `the clock passed ${inner(operand)}${when}`;
      if (operand.startsWith("signal")) return `signal ${inner(operand)} was given${when}`;
      if (operand.startsWith("executed_with_tags"))
        return `the run that updated ${name} had the tags ${inner(operand)}`;
      return `${operand} is true of ${name}`;
  }
}

/** What stands within the parentheses of a call, without quotes. */
function inner(call: string): string {
  return call.slice(call.indexOf("(") + 1, -1).replaceAll('"', "");
}

function sayTarget({ graph, root }: Telling, key: string): string {
  const target = graph.targets.get(key);
  if (!target) return key;
  return notebookOf(key) === notebookOf(root.key) ? target.name : key.replace(/^(check|job):/, "");
}

function notebookOf(key: string): string {
  return key.replace(/^(check|job):/, "").replace(/[^/]*$/, "");
}

/** What a condition that is not true waits for: first what should set it off, then what stands in its way. */
function sayWaiting(telling: Telling, truth: Truth): string {
  const { node, children } = truth;
  if (node.type === "operand" && node.name === "manual") return "made by hand only";
  if (node.type !== "and") return `waiting: ${sayFalse(telling, truth)}`;
  const wrong = children.filter((child) => isEmptySubset(child.now));
  const trigger = wrong.find(({ node: { type } }) => type === "since" || type === "newly_true");
  if (trigger) return `${wait(telling, trigger)}`;
  const [first, ...rest] = wrong.map((child) => sayFalse(telling, child));
  if (first === undefined) return "waiting: no partition meets all of its conditions";
  return [first, ...rest].map((text) => (text.startsWith("waiting") ? text : `waiting: ${text}`)).join("; ");
}

/** What would set a `since` or `newly_true` off. */
function wait(telling: Telling, truth: Truth): string {
  const triggers = new Set<string>();
  const visit = ({ node, target, children }: Truth, isReset: boolean): void => {
    if (isReset) return;
    if (node.type === "since") return children.forEach((child, i) => visit(child, i === 1));
    if (node.type === "not") return;
    if (node.type === "cron_tick_passed") triggers.add(`the next tick of ${inner(node.text)}`);
    else if (node.type === "signal") triggers.add(`signal ${node.name}`);
    else if (node.type === "operand") {
      const name = target.key === telling.root.key ? "it" : sayTarget(telling, target.key);
      if (node.name === "newly_updated" || node.name === "data_version_changed")
        triggers.add(`an update of ${name}${sayLast(telling, target)}`);
      else if (node.name === "code_version_changed") triggers.add(`other code of ${name}`);
      else if (node.name.startsWith("freshness") || node.name.startsWith("check_"))
        triggers.add(`${node.name} of ${name}`);
    }
    children.forEach((child) => visit(child, false));
  };
  visit(truth, false);
  const [first, second, third, ...rest] = [...triggers];
  if (first === undefined) return `waiting: nothing new for ${truth.node.text}`;
  const shown = [first, second, third].filter((text) => text !== undefined).join(" or ");
  return `waiting for ${shown}${rest.length > 0 ? ` or ${rest.length} more` : ""}`;
}

function sayLast(telling: Telling, target: Target): string {
  const { updatedAt } = telling.ledger.of(target);
  if (updatedAt === null) return ", never materialized";
  return `, last ${sayTime(updatedAt, { timezone: telling.root.timezone, now: telling.now })}`;
}

/** Why a condition is true nowhere. */
function sayFalse(telling: Telling, truth: Truth): string {
  const { node, target, children } = truth;
  const name = target.key === telling.root.key ? "it" : sayTarget(telling, target.key);
  if (node.type === "in_latest_time_window") return "it has no partition yet";
  if (node.type === "since" || node.type === "newly_true") return wait(telling, truth);
  if (node.type === "and") return sayWaiting(telling, truth).replace(/^waiting: /, "");
  if (node.type === "operand") return `${node.name} is false of ${name}`;
  if (node.type === "not") {
    const [of] = children;
    const blockers = of === undefined ? [] : blockersOf(telling, of);
    return blockers.length === 0 ? `${node.text} is false` : blockers.join(" and ");
  }
  if (node.type !== "all_deps") return `${node.text} is false`;
  const left = children.filter((child) => isEmptySubset(child.now));
  if (left.length === 0) return `${node.text} is true of no partition`;
  const names = left
    .slice(0, 3)
    .map((child) => `${sayTarget(telling, child.target.key)}${sayLast(telling, child.target)}`);
  const more = left.length > 3 ? ` and ${left.length - 3} more` : "";
  const isUpdate = node.of.text.includes("newly_updated");
  return `waiting for ${isUpdate ? "an update of " : ""}${names.join(" and ")}${more}`;
}

/** What makes something true that should not be: `waiting for orders, never materialized`. */
function blockersOf(telling: Telling, truth: Truth): readonly string[] {
  if (isEmptySubset(truth.now)) return [];
  const { node, target, children } = truth;
  const isRoot = target.key === telling.root.key;
  const name = isRoot ? "it" : sayTarget(telling, target.key);
  if (node.type === "operand") {
    const missing = target.cut.hasPartitions ? "of which partitions are missing" : "never materialized";
    if (node.name === "missing") return [isRoot ? "it is missing" : `waiting for ${name}, ${missing}`];
    if (node.name === "run_in_progress" || node.name === "backfill_in_progress")
      return [isRoot ? "it is in progress" : `waiting for ${name}, in progress${sayLast(telling, target)}`];
    if (node.name === "check_failed") return [`check ${name} failed`];
    if (node.name === "execution_failed") return [`the last run of ${name} failed`];
    return [`${node.name} is true of ${name}`];
  }
  if (node.type === "not") return [];
  return [...new Set(children.flatMap((child) => blockersOf(telling, child)))].slice(0, 3);
}
