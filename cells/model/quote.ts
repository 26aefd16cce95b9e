/** A longer text is cut in a message. */
const longest = 120;
// control characters beyond those that JSON escapes, and marks that turn or hide text
const invisible = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text in quotes as a message names it: nothing in it is invisible, and of a long one its beginning and length are shown. */
export function quote(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest / 2)}…` : text;
  const escaped = JSON.stringify(shown).replace(
    invisible,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > longest ? `${escaped} (${text.length} characters)` : escaped;
}
