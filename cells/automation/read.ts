import { AppError, messageOf } from "../errors.ts";
import { parsePositiveDuration } from "../format/duration.ts";
import { parseCron } from "../partition/cron-syntax.ts";
import { parseTimeZone } from "../partition/time-zone.ts";
import type { Selection } from "../select/grammar.ts";
import { parseSelection } from "../select/parse.ts";
import {
  compositions,
  cronCompositions,
  maxLength,
  maxNesting,
  operands,
  type ChecksType,
  type CompositionName,
  type Condition,
  type DepsType,
  type OperandName,
} from "./condition.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import { Scanner, type Check, type Token } from "./scanner.ts";

const calls = ["any_deps", "all_deps", "any_checks", "all_checks", "any_job_roots", "all_job_roots"] as const;
const others = ["cron_tick_passed", "in_latest_time_window", "executed_with_tags", "signal", "asset_matches"] as const;
const methods = ["newly_true", "since", "since_last_handled", "allow", "ignore", "without", "replace", "label"];
/** Dagster's names of what is shorter here. */
const synonyms: Readonly<Record<string, string>> = {
  any_deps_match: "any_deps",
  all_deps_match: "all_deps",
  any_checks_match: "any_checks",
  all_checks_match: "all_checks",
  any_job_root_assets_match: "any_job_roots",
  all_job_root_assets_match: "all_job_roots",
};
const names: readonly string[] = [
  ...Object.keys(compositions),
  ...Object.keys(cronCompositions),
  ...Object.keys(operands),
  ...calls,
  ...others,
  "any_downstream_conditions",
];

/** Reads the text of a condition. Throws `attribute_invalid` with the column, from 1, in message and `data.column`. */
export function readCondition(text: string, check: Check): Condition {
  if (text.length > maxLength)
    throw new AppError(
      "attribute_invalid",
      `a condition has at most ${maxLength} characters, not ${text.length}; write it shorter`,
      { data: { column: maxLength + 1 } },
    );
  const scanner = new Scanner(text, check);
  if (scanner.peek().type === "end")
    scanner.failAt(0, "it is empty; write a condition, as eager or on_cron(…), or take it out");
  const condition = parseList(scanner, "or", 0);
  if (scanner.peek().type !== "end") scanner.fail("an operator (and or or) or the end");
  return condition;
}

function parseList(scanner: Scanner, type: "and" | "or", depth: number): Condition {
  const operand = () => (type === "or" ? parseList(scanner, "and", depth) : parseNot(scanner, depth));
  const first = operand();
  const of = [first];
  while (type === "or" ? scanner.take("or", "|") : scanner.take("and", "&")) of.push(operand());
  return of.length === 1 ? first : { type, of };
}

function parseNot(scanner: Scanner, depth: number): Condition {
  const token = scanner.peek();
  if (!scanner.take("not", "!", "~")) return parseChain(scanner, depth);
  return { type: "not", of: parseNot(scanner, deeper(scanner, depth, token)) };
}

function deeper(scanner: Scanner, depth: number, token: Token): number {
  return depth < maxNesting
    ? depth + 1
    : scanner.failAt(token.at, `it is nested over ${maxNesting} deep at column ${token.at + 1}; make it flatter`);
}

function parseChain(scanner: Scanner, depth: number): Condition {
  let condition = parsePrimary(scanner, depth);
  for (let links = depth; scanner.take("."); links++)
    condition = parseMethod(scanner, condition, deeper(scanner, links, scanner.peek()));
  return condition;
}

function parsePrimary(scanner: Scanner, depth: number): Condition {
  const token = scanner.next();
  if (token.type === "mark" && token.text === "(") {
    const inner = parseList(scanner, "or", deeper(scanner, depth, token));
    scanner.expect(")");
    return inner;
  }
  if (token.type !== "name" || ["and", "or"].includes(token.text))
    return scanner.fail("a condition, as missing or on_cron(…)", token);
  const name = synonyms[token.text] ?? token.text;
  const inside = deeper(scanner, depth, token);
  if (isKey(operands, name) || isKey(compositions, name) || name === "any_downstream_conditions") {
    if (scanner.take("(")) scanner.expect(")");
    return toPlain(name);
  }
  if (isKey(cronCompositions, name)) return { type: "cron_composition", name, ...parseCronCall(scanner, name) };
  switch (name) {
    case "cron_tick_passed":
      return { type: name, ...parseCronCall(scanner, name) };
    case "in_latest_time_window":
      return { type: name, lookbackMs: parseLookback(scanner) };
    case "executed_with_tags":
      return { type: name, tags: parseTags(scanner) };
    case "signal": {
      open(scanner, 'its name, as signal("inbox")');
      const signal = text(scanner, 'its name in quotes, as "inbox"');
      scanner.expect(")");
      return { type: name, name: signal };
    }
    case "any_checks":
    case "all_checks":
      return parseChecks(scanner, name, inside);
    case "asset_matches": {
      open(scanner, 'a key and a condition, as asset_matches("sales/orders", missing)');
      const key = text(scanner, 'the key of an asset in quotes, as "sales/orders"');
      scanner.expect(",");
      const of = parseList(scanner, "or", inside);
      scanner.expect(")");
      return { type: name, key, of };
    }
    default: {
      const type = calls.find((call): call is DepsType => call === name);
      if (type === undefined) return unknown(scanner, token, "condition", names);
      open(scanner, `its condition, as ${name}(missing)`);
      const of = parseList(scanner, "or", inside);
      scanner.expect(")");
      return { type, of };
    }
  }
}

function parseMethod(scanner: Scanner, of: Condition, depth: number): Condition {
  const token = scanner.next();
  if (token.type !== "name") return scanner.fail('the name of a method behind "."', token);
  const argument = () => parseList(scanner, "or", depth);
  const what = () => (scanner.peek().type === "text" ? scanner.next().text : argument());
  if (!methods.includes(token.text)) return unknown(scanner, token, "method", methods);
  const isPlain = token.text === "newly_true" || token.text === "since_last_handled";
  if (isPlain && !scanner.take("(")) return toPlainMethod(token.text, of);
  if (!isPlain) open(scanner, `"(", as .${token.text}(…)`);
  const start = scanner.peek();
  const made = ((): Condition => {
    switch (token.text) {
      case "since":
        return { type: "since", of, reset: argument() };
      case "allow":
      case "ignore":
        return { type: token.text, of, selection: parseSelectionHere(scanner) };
      case "without":
        return { type: "without", of, what: what() };
      case "replace": {
        const old = what();
        scanner.expect(",");
        return { type: "replace", of, what: old, by: argument() };
      }
      case "label":
        return { type: "label", of, label: text(scanner, 'a text in quotes, as "night"') };
      default:
        return toPlainMethod(token.text, of);
    }
  })();
  if (!scanner.take(")")) scanner.fail(start === scanner.peek() ? '")": it takes nothing' : '")"');
  if (made.type !== "newly_true" && made.type !== "since" && made.type !== "label")
    at(scanner, () => scanner.check(made), start);
  return made;
}

function toPlainMethod(name: string, of: Condition): Condition {
  if (name === "newly_true") return { type: "newly_true", of };
  return { type: "since", of, reset: { type: "composition", name: "handled" } };
}

function parseChecks(scanner: Scanner, type: ChecksType, depth: number): Condition {
  open(scanner, `its condition, as ${type}(check_passed)`);
  const of = parseList(scanner, "or", depth);
  let blockingOnly = false;
  if (scanner.take(",")) {
    if (!scanner.take("blocking", "blocking_only")) scanner.fail("blocking, or no comma");
    blockingOnly = !(scanner.take("=") && scanner.next().text.toLowerCase() === "false");
  }
  scanner.expect(")");
  return { type, of, blockingOnly };
}

function parseCronCall(scanner: Scanner, name: string): { readonly cron: string; readonly timezone: string | null } {
  if (!scanner.take("(")) scanner.fail(`its cron, as ${name}("0 6 * * *")`);
  const cron = at(scanner, () => parseCron(text(scanner, 'a quoted cron, as "0 6 * * *"')));
  let timezone: string | null = null;
  if (scanner.take(",")) {
    if (scanner.take("timezone", "tz")) scanner.expect("=");
    timezone = at(scanner, () => parseTimeZone(text(scanner, 'a time zone in quotes, as "Europe/Berlin"')));
  }
  scanner.expect(")");
  return { cron, timezone };
}

function parseLookback(scanner: Scanner): number | null {
  if (!scanner.take("(") || scanner.take(")")) return null;
  if (scanner.take("lookback")) scanner.expect("=");
  const token = scanner.peek();
  if (token.type !== "number") scanner.fail("a duration, as 3d");
  const ms = at(scanner, () => parsePositiveDuration(scanner.next().text));
  scanner.expect(")");
  return ms;
}

function parseTags(scanner: Scanner): Readonly<Record<string, string | null>> {
  open(scanner, 'its tags, as executed_with_tags("team"="core")');
  const tags: [string, string | null][] = [];
  do {
    const name = word(scanner, "the name of a tag");
    tags.push([name, scanner.take("=") ? word(scanner, "the value of a tag") : null]);
  } while (scanner.take(","));
  scanner.expect(")");
  return Object.fromEntries(tags);
}

function parseSelectionHere(scanner: Scanner): Selection {
  const { text: source, at: start } = scanner.upToClose();
  if (source.trim() === "")
    return scanner.failAt(
      start,
      `there is no selection at column ${start + 1}; write one, as sales/orders or tag:core`,
    );
  try {
    const selection = parseSelection(source);
    const fact = factIn(selection);
    if (fact !== null)
      scanner.failAt(
        start,
        `${fact} is no property of the graph; name keys, tags, groups, owners or kinds (column ${start + 1})`,
      );
    return selection;
  } catch (error) {
    if (error instanceof AppError && error.code === "attribute_invalid") throw error;
    if (!(error instanceof AppError)) throw error;
    const column = start + Number(error.data["column"] ?? 1);
    return scanner.failAt(column - 1, error.message.replace(/\(column \d+\)$/, `(column ${column})`));
  }
}

/**
 * What a selection asks that the graph alone cannot answer, or null: who is meant must not change with each run. `ofJob` tells it of the
 * selection of a job (null: of all jobs) where jobs are known.
 */
export function factIn(selection: Selection, ofJob?: (name: string | null) => string | null): string | null {
  const { type } = selection;
  if (type === "attribute" && selection.name === "job" && ofJob !== undefined) return ofJob(selection.value);
  if (type === "column_tag" || type === "not_materialized_in_hours") return `${type}:`;
  if (type === "attribute") return factual.includes(selection.name) ? `${selection.name}:` : null;
  if (type === "is")
    return ["virtual", "external", "materializable"].includes(selection.value) ? null : `is:${selection.value}`;
  if (!("of" in selection)) return null;
  const inner: readonly Selection[] = "type" in selection.of ? [selection.of] : selection.of;
  return inner.map((one) => factIn(one, ofJob)).find((fact) => fact !== null) ?? null;
}

const factual: readonly string[] = [
  ...["status", "column", "table_name", "changed", "changed_in_branch"],
  // what has a name may ask any of these
  ...["job", "sensor", "schedule"],
];

function open(scanner: Scanner, wanted: string): void {
  if (!scanner.take("(")) scanner.fail(wanted);
}

function text(scanner: Scanner, wanted: string): string {
  const token = scanner.peek();
  return token.type === "text" ? scanner.next().text : scanner.fail(wanted);
}

function word(scanner: Scanner, wanted: string): string {
  const token = scanner.peek();
  return token.type === "text" || token.type === "name" ? scanner.next().text : scanner.fail(wanted);
}

/** Reads one value, naming its column where another reader refuses it. */
function at<T>(scanner: Scanner, read: () => T, token: Token = scanner.peek()): T {
  const start = token.at;
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError && "column" in error.data) throw error;
    return scanner.failAt(start, `${messageOf(error)} (column ${start + 1})`);
  }
}

function unknown(scanner: Scanner, token: Token, what: string, allowed: readonly string[]): never {
  return scanner.failAt(
    token.at,
    `there is no ${what} ${quote(token.text)} (column ${token.at + 1}); ${didYouMean(token.text, allowed)}write one of ${allowed.join(", ")}`,
  );
}

function toPlain(name: OperandName | CompositionName | "any_downstream_conditions"): Condition {
  if (name === "any_downstream_conditions") return { type: name };
  return isKey(operands, name) ? { type: "operand", name } : { type: "composition", name };
}

function isKey<T extends object>(object: T, name: string): name is Extract<keyof T, string> {
  return Object.hasOwn(object, name);
}
