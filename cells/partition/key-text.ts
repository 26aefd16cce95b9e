import { hasControlCharacter } from "../model/control-character.ts";
import { quote } from "../model/quote.ts";

/** What parts the dimensions of a key, in the order of their names: `2024-01-31|eu`. */
export const keySeparator = "|";

/** What parts the two ends of a range: `2024-01-01..2024-01-31`. */
export const rangeSeparator = "..";

/** Every partition of a dimension, where a range is asked for. */
export const everyKey = "*";

/** What is wrong with a text as a key of a static or dynamic definition; null where it can be one. */
export function problemOfName(key: string): string | null {
  if (key === "" || key.includes(keySeparator) || key.includes(rangeSeparator))
    return `invalid key: ${quote(key)}; a key is not empty and has neither "|" nor ".."`;
  if (hasControlCharacter(key)) return `invalid key: ${quote(key)}; a key has no control character; take it out`;
  if (key === everyKey) return 'invalid key: "*"; it stands for every key; choose another';
  if (key !== key.trim()) return `invalid key: ${quote(key)}; a key neither begins nor ends with a blank`;
  return null;
}
