import { getFormattedTokens, transform } from "sucrase";
import { readMappings, type Mapping } from "./source-map.ts";
import { sourceError } from "./syntax.ts";

/** What sucrase makes of a TypeScript text, line by line, and where the tokens of each line were. */
export interface StrippedLine {
  readonly text: string;
  readonly tokens: readonly Mapping[];
}

/** Strips the types with sucrase. Lines stay lines. Throws `SourceError`. */
export function runSucrase(source: string): readonly StrippedLine[] {
  try {
    const { marker, marked } = markEmptyTexts(source);
    const { code, sourceMap } = transform(marked, {
      transforms: ["typescript"],
      disableESTransforms: true,
      keepUnusedImports: true,
      filePath: "cell",
      sourceMapOptions: { compiledFilename: "cell" },
    });
    const tokens = readMappings(sourceMap?.mappings ?? "");
    const lines = code.split("\n").map((text, i) => ({ text, tokens: tokens[i] ?? [] }));
    return marker === null ? lines : unmark(lines, marked.split("\n"), marker);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const pos = "pos" in error ? error.pos : 0;
    throw sourceError(
      Object.assign(new SyntaxError(error.message.replace(/^Error transforming cell: /, "")), { pos }),
      source,
    );
  }
}

/**
 * sucrase 3.35.1 loses every column behind an empty text of a template, as in `${x}`: two tokens begin there
 * (`computeSourceColumns` waits for the second one forever). A character of our own keeps these texts from being empty.
 */
function markEmptyTexts(source: string): { readonly marked: string; readonly marker: string | null } {
  if (!/``|`\$\{|\}`|\}\$\{/.test(source)) return { marked: source, marker: null };
  let code = 0xe000;
  while (source.includes(String.fromCharCode(code))) code++;
  const marker = String.fromCharCode(code);
  const lines = source.split("\n");
  const found = getFormattedTokens(source, { transforms: ["typescript"] }).matchAll(/^(\d+):(\d+)-\1:\2 +template /gm);
  // from the end, so that columns still hold
  for (const [, line = "", column = ""] of [...found].reverse()) {
    const text = lines[Number(line) - 1] ?? "";
    lines[Number(line) - 1] = text.slice(0, Number(column) - 1) + marker + text.slice(Number(column) - 1);
  }
  return { marked: lines.join("\n"), marker };
}

function unmark(lines: readonly StrippedLine[], marked: readonly string[], marker: string): readonly StrippedLine[] {
  return lines.map(({ text, tokens }, i) => {
    const source = marked[i] ?? "";
    if (!source.includes(marker)) return { text, tokens };
    const before = (line: string, column: number): number => line.slice(0, column).split(marker).length - 1;
    return {
      text: text.replaceAll(marker, ""),
      tokens: tokens.map(({ column, original }) => ({
        column: column - before(text, column),
        original: original - before(source, original),
      })),
    };
  });
}
