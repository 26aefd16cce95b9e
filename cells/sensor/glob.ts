import { quote } from "../model/quote.ts";
/** Longer patterns are refused. */
const maxLength = 500;

/** What is wrong with a pattern of file names, or null. */
export function problemOfGlob(pattern: string): string | null {
  if (pattern.length > maxLength) return `the pattern has over ${maxLength} characters; write a shorter one`;
  if (pattern.startsWith("/") || pattern.split("/").some((part) => part === ".." || part === "." || part === ""))
    return `${quote(pattern)} leaves the workspace; write names from its root, as inbox/*.csv`;
  if (/[\\[\]{}]/.test(pattern))
    return `${quote(pattern)} has a character that is not understood; write * for any name, ** for any folders, ? for one character`;
  return null;
}

/**
 * A test for names of files: `*` is any text without `/`, `?` one character, `**` any folders. A folder or name that begins with a
 * dot is matched only where the pattern says the dot.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const parts = pattern.split("/");
  return (name) => matchParts(parts, name.split("/"), 0, 0, new Set());
}

function matchParts(
  parts: readonly string[],
  names: readonly string[],
  at: number,
  from: number,
  failed: Set<number>,
): boolean {
  const part = parts[at];
  if (part === undefined) return from === names.length;
  const place = at * (names.length + 1) + from;
  if (failed.has(place)) return false;
  const name = names[from];
  const isMatch =
    part === "**"
      ? matchParts(parts, names, at + 1, from, failed) ||
        (name !== undefined && !name.startsWith(".") && matchParts(parts, names, at, from + 1, failed))
      : name !== undefined && matchName(part, name) && matchParts(parts, names, at + 1, from + 1, failed);
  if (!isMatch) failed.add(place);
  return isMatch;
}

/** Each `*` takes as little as it can, and more where the rest does not fit: two indexes, no recursion. */
function matchName(part: string, name: string): boolean {
  if (name.startsWith(".") && !part.startsWith(".")) return false;
  let [at, from] = [0, 0];
  let star = -1;
  let taken = 0;
  while (from < name.length) {
    if (part[at] === "*") {
      star = at++;
      taken = from;
    } else if (at < part.length && (part[at] === "?" || part[at] === name[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++taken;
    } else return false;
  }
  while (part[at] === "*") at++;
  return at === part.length;
}
