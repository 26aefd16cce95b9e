import { AppError, assertNever } from "../errors.ts";
import type { Selection } from "../select/grammar.ts";
import { compositions, cronCompositions, type Condition } from "./condition.ts";
import { coreChildren, numbered, toCore, withChildren, type Core, type CoreShape } from "./core.ts";
import { printCondition, printText } from "./print.ts";
import { readCondition } from "./read.ts";

/**
 * Spells out compositions and carries out edits. What was composed keeps its name as its text. Throws `attribute_invalid`
 * where `without` or `replace` names something that is not there, or `without` would leave nothing.
 */
export function expand(condition: Condition): Core {
  return numbered(toTree(condition));
}

function toTree(condition: Condition): Core {
  switch (condition.type) {
    case "operand":
    case "cron_tick_passed":
    case "in_latest_time_window":
    case "executed_with_tags":
    case "signal":
    case "any_downstream_conditions":
      return toCore(condition);
    case "composition":
      return composed(condition.name, compositions[condition.name]);
    case "cron_composition": {
      const cron = [condition.cron, ...(condition.timezone === null ? [] : [condition.timezone])].map(printText);
      return composed(
        printCondition(condition),
        cronCompositions[condition.name].replaceAll("CRON", () => cron.join(", ")),
      );
    }
    case "not":
    case "newly_true":
    case "any_job_roots":
    case "all_job_roots":
      return toCore({ type: condition.type, of: toTree(condition.of) });
    case "any_deps":
    case "all_deps":
      return toCore({ type: condition.type, of: toTree(condition.of), allow: null, ignore: null });
    case "any_checks":
    case "all_checks":
    case "asset_matches":
      return toCore({ ...condition, of: toTree(condition.of) });
    case "and":
    case "or":
      return toCore({ type: condition.type, of: condition.of.map(toTree) });
    case "since":
      return toCore({ type: "since", of: toTree(condition.of), reset: toTree(condition.reset) });
    case "allow":
    case "ignore":
      return narrowed(toTree(condition.of), condition.type, condition.selection);
    case "without":
      return edit(toTree(condition.of), condition.what, null);
    case "replace":
      return edit(toTree(condition.of), condition.what, toTree(condition.by));
    case "label":
      return { ...toTree(condition.of), text: condition.label, isNamed: true };
    default:
      return assertNever(condition);
  }
}

/** The bodies of compositions, read once: they are constants of the program. */
const bodies = new Map<string, Core>();

function composed(name: string, text: string): Core {
  let body = bodies.get(text);
  if (body === undefined) {
    body = toTree(readCondition(text, () => null));
    if (bodies.size < 1000) bodies.set(text, body);
  }
  return { ...body, text: name, isNamed: true };
}

function narrowed(core: Core, kind: "allow" | "ignore", selection: Selection): Core {
  const result = narrow(core, kind, selection);
  if (result !== core) return result;
  throw new AppError(
    "attribute_invalid",
    `${kind} narrows any_deps and all_deps, and ${core.text} has neither; leave it out`,
  );
}

/** Narrows every condition on dependencies that is not inside another; several selections of a kind add up. */
function narrow(core: Core, kind: "allow" | "ignore", selection: Selection): Core {
  if (core.type === "any_deps" || core.type === "all_deps") {
    const before = core[kind];
    const both: Selection = before === null ? selection : { type: "or", of: [before, selection] };
    return toCore({ ...shapeOf(core), [kind]: both });
  }
  if (
    core.type === "and" ||
    core.type === "or" ||
    core.type === "not" ||
    core.type === "since" ||
    core.type === "newly_true"
  ) {
    const children = coreChildren(core);
    const inner = children.map((child) => narrow(child, kind, selection));
    return inner.every((child, i) => child === children[i]) ? core : toCore(withChildren(shapeOf(core), inner));
  }
  return core;
}

/** Puts `by` in place of `what`, or takes it out of the lists that it stands in. */
function edit(core: Core, what: Condition | string, by: Core | null): Core {
  const wanted = typeof what === "string" ? what : toTree(what).text;
  let found = 0;
  const visit = (node: Core): Core | null => {
    if (node.text === wanted) {
      found++;
      return by;
    }
    // what stands below another operator is not an operand that could be left out
    const children = by !== null || node.type === "and" || node.type === "or" ? coreChildren(node) : [];
    const edited = children.map(visit);
    if (edited.every((child, i) => child === children[i])) return node;
    const left = edited.filter((child) => child !== null);
    if (node.type === "and" || node.type === "or") {
      const [only] = left;
      if (only === undefined) return null;
      return left.length === 1 ? only : toCore({ type: node.type, of: left });
    }
    return left.length === edited.length ? toCore(withChildren(shapeOf(node), left)) : null;
  };
  const result = visit(core);
  const name = typeof what === "string" ? printText(what) : wanted;
  if (found === 0)
    throw new AppError(
      "attribute_invalid",
      `${name} is no part of ${core.text}; name one of ${[...new Set(coreChildren(core).map((child) => child.text))].join(", ") || core.text}`,
    );
  if (result === null)
    throw new AppError("attribute_invalid", `nothing is left of ${core.text} without ${name}; write manual instead`);
  return result;
}

function shapeOf(core: Core): CoreShape {
  const { id: _id, text: _text, isNamed: _isNamed, ...shape } = core;
  return shape;
}
