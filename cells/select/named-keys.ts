import { assertNever } from "../errors.ts";
import type { Selection } from "./grammar.ts";

/** The keys and names that a selection takes one by one, without a wildcard: who writes `orders or ordrs` means both to be there. */
export function namedKeys(selection: Selection): readonly string[] {
  switch (selection.type) {
    case "key":
      return selection.pattern.includes("*") ? [] : [selection.pattern];
    case "or":
      return selection.of.flatMap(namedKeys);
    case "and":
    case "minus": {
      // what is taken of the first alone
      const [first] = selection.of;
      return first === undefined ? [] : namedKeys(first);
    }
    case "roots":
    case "sinks":
    case "traverse":
      return namedKeys(selection.of);
    case "all":
    case "regex":
    case "file":
    case "tag":
    case "column_tag":
    case "attribute":
    case "is":
    case "not_materialized_in_hours":
    case "not":
      return [];
    default:
      return assertNever(selection);
  }
}
