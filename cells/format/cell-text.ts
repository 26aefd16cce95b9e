/**
 * How the source of a cell stands between its tags. The ordinary escapes are Observable's: one backslash in every
 * `</script` that white space or `>` follows. They cannot carry `</script/`, nor an open `<!--<script`, behind which the
 * end tag would not end the cell. A tag that says `escaped` uses wider ones, which carry every text.
 */
const ordinary = { write: /<(?=\\*\/script[\s>])/gi, read: /<\\(?=\\*\/script[\s>])/gi };
const wide = { write: /<(?=\\*(?:!--|\/script[\s/>]))/gi, read: /<\\(?=\\*(?:!--|\/script[\s/>]))/gi };

const lineBreak = /\r\n?|\n/;

/** The source of a cell, from the text between its tags. The inverse of `encodeCellText`. */
export function decodeCellText(raw: string, escaped: boolean): string {
  const text = raw.replaceAll("\0", "\ufffd").replace(escaped ? wide.read : ordinary.read, "<");
  const lines = text.split(lineBreak);
  if (isBlank(lines.at(-1))) lines.pop();
  if (isBlank(lines[0])) lines.shift();
  return lines.map((line) => line.replace(/^ {4}/, "")).join("\n");
}

/**
 * The text between the tags for a source: each line indented by four spaces, blank ones emptied, `lastIndent` before the
 * end tag. `escaped` says that the tag must carry the attribute of this name.
 */
export function encodeCellText(
  source: string,
  lastIndent: string,
): { readonly text: string; readonly escaped: boolean } {
  const lines = source.split(lineBreak).map((line) => (isBlank(line) ? "" : `    ${line}`));
  const plain = `\n${lines.join("\n")}\n${lastIndent}`;
  const text = plain.replace(ordinary.write, "<\\");
  if (!outlivesEndTag(text)) return { text, escaped: false };
  return { text: plain.replace(wide.write, "<\\"), escaped: true };
}

/** A source as a file can hold it: lines joined by "\n", those of white space alone emptied. */
export function normalizeSource(source: string): string {
  const lines = source.split(lineBreak).map((line) => (isBlank(line) ? "" : line));
  return lines.join("\n").replaceAll("\0", "\ufffd");
}

/** Offsets into the text between the tags of every backslash that is no part of the source. */
export function escapeOffsets(raw: string, escaped: boolean): readonly number[] {
  return Array.from(raw.matchAll(escaped ? wide.read : ordinary.read), (match) => match.index + 1);
}

/**
 * Where each line of a source stands in the text between the tags: the offset of its first character there, behind the
 * indentation, and that of its end.
 */
export function sourceLines(raw: string): readonly { readonly start: number; readonly end: number }[] {
  const lines: { start: number; end: number }[] = [];
  let start = 0;
  for (const match of raw.matchAll(/\r\n?|\n/g)) {
    lines.push({ start, end: match.index });
    start = match.index + match[0].length;
  }
  lines.push({ start, end: raw.length });
  const textOf = (line: { start: number; end: number } | undefined) => line && raw.slice(line.start, line.end);
  const last = lines.at(-1);
  if (isBlank(textOf(last))) lines.pop();
  if (isBlank(textOf(lines[0]))) lines.shift();
  const indented = lines.map((line) =>
    raw.startsWith("    ", line.start) && line.start + 4 <= line.end ? { start: line.start + 4, end: line.end } : line,
  );
  return indented.length > 0 ? indented : last ? [last] : [];
}

/** Whether an HTML parser would end the text too early, or run past the end tag behind it (script data double escaped). */
function outlivesEndTag(text: string): boolean {
  let state: "data" | "escaped" | "double" = "data";
  const marks = /<!--|-->|<\/?script(?=[\t\n\f\r />])/gi;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    const mark = match[0].toLowerCase();
    if (mark === "-->") state = "data";
    else if (mark === "<!--") {
      if (state === "data") state = "escaped";
      // its dashes may be those of a `-->`
      marks.lastIndex = match.index + 2;
    } else if (mark === "<script") state = state === "escaped" ? "double" : state;
    else if (state === "double") state = "escaped";
    else return true;
  }
  return state === "double";
}

function isBlank(line: string | undefined): boolean {
  return line !== undefined && line.trim() === "";
}
