import { formatDuration } from "../format/duration.ts";
import type { Selection } from "../select/grammar.ts";
import { printSelection } from "../select/print.ts";
import type { ChecksType, OperandName } from "./condition.ts";
import { printText } from "./print.ts";

/** What a condition is made of once compositions are spelled out and edits are done. */
export type CoreShape =
  | { readonly type: "operand"; readonly name: OperandName }
  | { readonly type: "cron_tick_passed"; readonly cron: string; readonly timezone: string | null }
  | { readonly type: "in_latest_time_window"; readonly lookbackMs: number | null }
  | { readonly type: "executed_with_tags"; readonly tags: Readonly<Record<string, string | null>> }
  | { readonly type: "signal"; readonly name: string }
  | { readonly type: "any_downstream_conditions" }
  | { readonly type: "not" | "newly_true"; readonly of: Core }
  | { readonly type: "and" | "or"; readonly of: readonly Core[] }
  | { readonly type: "since"; readonly of: Core; readonly reset: Core }
  | {
      readonly type: "any_deps" | "all_deps";
      readonly of: Core;
      /** null: all dependencies, none left out */
      readonly allow: Selection | null;
      readonly ignore: Selection | null;
    }
  | { readonly type: "any_job_roots" | "all_job_roots"; readonly of: Core }
  | { readonly type: ChecksType; readonly of: Core; readonly blockingOnly: boolean }
  | { readonly type: "asset_matches"; readonly key: string; readonly of: Core };

/** A node of what is evaluated. */
export type Core = CoreShape & {
  /** place in the tree, counted from the root: names its state */
  readonly id: number;
  /** how it is shown: the name of a composition, a label, or its text */
  readonly text: string;
  /** whether `text` is a name, and needs no parentheses */
  readonly isNamed: boolean;
};

/** The conditions that a node is made of, in order. */
export function coreChildren(core: CoreShape): readonly Core[] {
  if (isList(core)) return core.of;
  if (!("of" in core)) return [];
  return core.type === "since" ? [core.of, core.reset] : [core.of];
}

/** The same node with other children, as many as it had. */
export function withChildren(core: CoreShape, children: readonly Core[]): CoreShape {
  if (isList(core)) return { ...core, of: children };
  const [first, second] = children;
  if (first === undefined || !("of" in core)) return core;
  return core.type === "since" ? { ...core, of: first, reset: second ?? core.reset } : { ...core, of: first };
}

function isList(core: CoreShape): core is Extract<CoreShape, { readonly of: readonly Core[] }> {
  return core.type === "and" || core.type === "or";
}

/** A node under its own text; ids are given once the whole tree stands. */
export function toCore(shape: CoreShape): Core {
  return { ...shape, id: 0, text: textOf(shape), isNamed: false };
}

/** The nodes numbered from the root on. */
export function numbered(core: Core): Core {
  let next = 0;
  const visit = (node: Core): Core => {
    const id = next++;
    const shape = withChildren(node, coreChildren(node).map(visit));
    return { ...shape, id, text: node.text, isNamed: node.isNamed };
  };
  return visit(core);
}

function textOf(shape: CoreShape): string {
  switch (shape.type) {
    case "operand":
      return shape.name;
    case "cron_tick_passed":
      return `cron_tick_passed(${[shape.cron, ...(shape.timezone === null ? [] : [shape.timezone])].map(printText).join(", ")})`;
    case "in_latest_time_window":
      return shape.lookbackMs === null ? shape.type : `${shape.type}(${formatDuration(shape.lookbackMs)})`;
    case "executed_with_tags":
      return `executed_with_tags(${Object.entries(shape.tags)
        .map(([name, value]) => printText(name) + (value === null ? "" : `=${printText(value)}`))
        .join(", ")})`;
    case "signal":
      return `signal(${printText(shape.name)})`;
    case "any_downstream_conditions":
      return shape.type;
    case "not":
      return `not ${inList(shape.of)}`;
    case "newly_true":
      return `${inChain(shape.of)}.newly_true()`;
    case "and":
    case "or":
      return shape.of.map(inList).join(` ${shape.type} `);
    case "since":
      return `${inChain(shape.of)}.since(${shape.reset.text})`;
    case "any_deps":
    case "all_deps":
      return (
        `${shape.type}(${shape.of.text})` +
        (shape.allow === null ? "" : `.allow(${printSelection(shape.allow)})`) +
        (shape.ignore === null ? "" : `.ignore(${printSelection(shape.ignore)})`)
      );
    case "any_job_roots":
    case "all_job_roots":
      return `${shape.type}(${shape.of.text})`;
    case "any_checks":
    case "all_checks":
      return `${shape.type}(${shape.of.text}${shape.blockingOnly ? ", blocking" : ""})`;
    case "asset_matches":
      return `asset_matches(${printText(shape.key)}, ${shape.of.text})`;
  }
}

function inList(core: Core): string {
  return !core.isNamed && (core.type === "and" || core.type === "or") ? `(${core.text})` : core.text;
}

function inChain(core: Core): string {
  return !core.isNamed && core.type === "not" ? `(${core.text})` : inList(core);
}
