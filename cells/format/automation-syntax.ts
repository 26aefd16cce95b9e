import { parseCondition } from "../automation/parse.ts";

/**
 * Checks an `automation` attribute and answers its text, trimmed: `manual`, `eager`, `on_missing`, `on_cron("0 6 * * *")`, or
 * an expression of the language in `automation/condition.ts`. Throws `attribute_invalid` naming the column.
 */
export function parseAutomation(text: string): string {
  parseCondition(text);
  return text.trim();
}
