/**
 * A test for texts like a pattern in which `*` stands for any text, `/` included. Each literal piece is looked for once,
 * as early as it can stand, so that `a*a*a*a*b` costs no more than reading the text.
 */
export function compileWildcard(pattern: string): (text: string) => boolean {
  const pieces = pattern.split("*");
  const [first = ""] = pieces;
  if (pieces.length === 1) return (text) => text === pattern;
  const last = pieces.at(-1) ?? "";
  const middle = pieces.slice(1, -1).filter((piece) => piece !== "");
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
