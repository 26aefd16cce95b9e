import { transform } from "sucrase";
import { readMappings, type Mapping } from "./source-map.ts";
import { SourceError, sourceError } from "./syntax.ts";

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
  const { code, mappings } = runSucrase(source);
  const tokens = readMappings(mappings);
  const lines = code.split("\n");
  const originals = source.split("\n");
  if (tokens === null || lines.length !== originals.length)
    throw new SourceError("Unsupported TypeScript syntax", { start: 0, end: source.length });

  const aligned = lines.map((line, i) => alignLine(line, originals[i] ?? "", tokens[i] ?? []));
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
function alignLine(line: string, source: string, tokens: readonly Mapping[]): AlignedLine {
  let text = line.slice(0, tokens[0]?.column);
  const shifts: Mapping[] = [];
  for (const [i, { column, original }] of tokens.entries()) {
    // never inside a template: its text follows the brace before it, which has been moved
    if (text.length < original) text = text.padEnd(original);
    if (text.length !== original || shifts.length > 0) shifts.push({ column: text.length, original });
    text += line.slice(column, tokens[i + 1]?.column);
  }
  return { text: text.padEnd(source.length), shifts };
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

function runSucrase(source: string): { readonly code: string; readonly mappings: string } {
  try {
    const { code, sourceMap } = transform(source, {
      transforms: ["typescript"],
      disableESTransforms: true,
      keepUnusedImports: true,
      filePath: "cell",
      sourceMapOptions: { compiledFilename: "cell" },
    });
    return { code, mappings: sourceMap?.mappings ?? "" };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const pos = "pos" in error ? error.pos : 0;
    const message = error.message.replace(/^Error transforming cell: /, "");
    throw sourceError(Object.assign(new SyntaxError(message), { pos }), source);
  }
}

/** sucrase drops namespaces that hold values without a word. */
function refuseNamespaces(source: string, text: string): void {
  for (const { index, 0: found } of source.matchAll(/(?<!\bdeclare\s+)\b(?:namespace|module)\s+[\w$.]+\s*\{/g)) {
    const end = index + found.length;
    if (text.slice(index, end).trim() !== "") continue;
    throw new SourceError("TypeScript namespaces are not supported", { start: index, end });
  }
}
