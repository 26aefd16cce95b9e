import { runSucrase, type StrippedLine } from "./run-sucrase.ts";
import type { Mapping } from "./source-map.ts";
import { SourceError } from "./syntax.ts";

/** TypeScript without its types: JavaScript whose lines are those of the source. */
export interface ErasedTypes {
  readonly text: string;
  /** the offset in the source of an offset in `text` */
  readonly place: (offset: number) => number;
}

/**
 * Takes the types out of a TypeScript text. Everything keeps its line, and its column where no code had to be generated
 * before it on the line (`enum`, parameter properties). Types are not checked. Throws `SourceError`.
 */
export function eraseTypes(source: string): ErasedTypes {
  const lines = runSucrase(source);
  const originals = source.split("\n");
  if (lines.length !== originals.length)
    throw new SourceError("Unsupported TypeScript syntax", { start: 0, end: source.length });

  const aligned = lines.map((line, i) => alignLine(line, originals[i] ?? ""));
  const text = aligned.map((line) => line.text).join("\n");
  refuseNamespaces(source, text);
  if (aligned.every(({ shifts }) => shifts.length === 0)) return { text, place: (offset) => offset };
  return { text, place: placer(aligned, originals) };
}

interface AlignedLine {
  readonly text: string;
  /** tokens that could not keep their column */
  readonly shifts: readonly Mapping[];
}

/** Moves each token back to its original column by white space before it, where it is not behind it already. */
function alignLine({ text: line, tokens }: StrippedLine, source: string): AlignedLine {
  let text = line.slice(0, tokens[0]?.column);
  const shifts: Mapping[] = [];
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    const chunk = line.slice(token.column, next?.column);
    if (chunk.trim() !== "") {
      const { original, kept } = locate(chunk.trimEnd(), source, token.original, next?.original);
      // never inside a template: its text follows the brace before it, which has been moved
      if (kept && text.length < original) text = text.padEnd(original);
      if (text.length !== original || shifts.length > 0) shifts.push({ column: text.length, original });
    }
    text += chunk;
  }
  return { text: text.padEnd(source.length), shifts };
}

/**
 * Where a token stood. The map names the first token at a place of the output, which may be one that was taken out just
 * before; the kept one is then the last of its kind before what follows. Generated code stood nowhere.
 */
function locate(
  token: string,
  source: string,
  mapped: number,
  end = source.length,
): { original: number; kept: boolean } {
  if (source.startsWith(token, mapped)) return { original: mapped, kept: true };
  const found = source.lastIndexOf(token, end - token.length);
  return found < mapped ? { original: mapped, kept: false } : { original: found, kept: true };
}

function placer(lines: readonly AlignedLine[], originals: readonly string[]): (offset: number) => number {
  return (offset) => {
    let before = 0;
    let start = 0;
    for (const [i, { text, shifts }] of lines.entries()) {
      const original = originals[i] ?? "";
      if (offset <= start + text.length) {
        const column = offset - start;
        const token = shifts.findLast((shift) => shift.column <= column);
        const moved = token === undefined ? column : token.original + column - token.column;
        return before + Math.min(moved, original.length);
      }
      start += text.length + 1;
      before += original.length + 1;
    }
    return before;
  };
}

/** sucrase drops namespaces that hold values without a word. */
function refuseNamespaces(source: string, text: string): void {
  for (const { index, 0: found } of source.matchAll(/(?<!\bdeclare\s+)\b(?:namespace|module)\s+[\w$.]+\s*\{/g)) {
    const end = index + found.length;
    if (text.slice(index, end).trim() !== "") continue;
    throw new SourceError("TypeScript namespaces are not supported", { start: index, end });
  }
}
