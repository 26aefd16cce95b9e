import { AppError } from "../errors.ts";

/**
 * Cuts a text at separators that stand outside quotes (single or double) and parentheses; pieces are trimmed and empty
 * ones left out. Throws `attribute_invalid` for a quote or parenthesis that is never closed.
 */
export function splitOutside(text: string, separator: RegExp): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  let quote = "";
  let depth = 0;
  for (const character of text) {
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    if (depth < 0) throw new AppError("attribute_invalid", 'there is a ")" without its "("; take it out or open it');
    if (quote === "" && depth === 0 && separator.test(character)) {
      pieces.push(piece);
      piece = "";
    } else piece += character;
  }
  if (quote !== "") throw new AppError("attribute_invalid", `a ${quote} is never closed; write another ${quote}`);
  if (depth > 0) throw new AppError("attribute_invalid", 'a "(" is never closed; write its ")"');
  return [...pieces, piece].map((part) => part.trim()).filter((part) => part !== "");
}

/** The text within quotes, where the whole text is quoted; otherwise the text. */
export function unquote(text: string): string {
  const quote = text.charAt(0);
  return text.length >= 2 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text;
}
