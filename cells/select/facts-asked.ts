import { assertNever } from "../errors.ts";
import type { SelectContext } from "./evaluate.ts";
import type { Selection } from "./grammar.ts";

/**
 * What a selection asks beside the graph: most ask for nothing, and then nothing need be looked up. What those ask that it names
 * (`job:`, `sensor:`, `schedule:`) `partsOf` tells.
 */
export function factsAsked(selection: Selection): ReadonlySet<keyof SelectContext> {
  switch (selection.type) {
    case "all":
    case "key":
    case "regex":
    case "file":
    case "tag":
      return new Set();
    case "column_tag":
      return new Set(["columnTags"] as const);
    case "not_materialized_in_hours":
      return new Set(["staleness", "facts"] as const);
    case "attribute":
      return ofAttribute(selection);
    case "is":
      return ofState(selection);
    case "and":
    case "or":
    case "minus":
      return new Set(selection.of.flatMap((part) => [...factsAsked(part)]));
    case "not":
    case "roots":
    case "sinks":
    case "traverse":
      return factsAsked(selection.of);
    default:
      return assertNever(selection);
  }
}

function ofAttribute({ name, value }: Extract<Selection, { type: "attribute" }>): ReadonlySet<keyof SelectContext> {
  switch (name) {
    case "status":
      return new Set(["staleness"] as const);
    case "column":
      return new Set([value?.includes("/") === true ? "readers" : "staleness", "staleness"] as const);
    case "changed":
    case "changed_in_branch":
      return new Set(["changes"] as const);
    case "automation_type":
    case "code_location":
    case "group":
    case "job":
    case "kind":
    case "notebook":
    case "owner":
    case "partitions":
    case "schedule":
    case "sensor":
    case "table_name":
      return new Set();
    default:
      return assertNever(name);
  }
}

function ofState({ value }: Extract<Selection, { type: "is" }>): ReadonlySet<keyof SelectContext> {
  switch (value) {
    case "external":
    case "materializable":
    case "virtual":
      return new Set();
    case "changed":
      return new Set(["changes"] as const);
    case "materialized":
    case "fresh":
    case "stale":
    case "missing":
    case "failed":
      return new Set(["staleness"] as const);
    default:
      return assertNever(value);
  }
}
