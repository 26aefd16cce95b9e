import type { Condition } from "./condition.ts";
import { expand } from "./expand.ts";
import { readCondition } from "./read.ts";

/**
 * Reads a condition; the language is in `condition.ts`. Throws `attribute_invalid` with the column, from 1, in message and
 * `data.column`, and with what may stand there. `parseCondition(printCondition(c))` is `c`.
 */
export function parseCondition(text: string): Condition {
  return readCondition(text, expand);
}
