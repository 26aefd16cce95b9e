import type { Diagnostic } from "../model/diagnostic.ts";
import type { Notebook } from "../model/notebook.ts";
import { writeNotebookElement } from "./canonical.ts";
import { encodeCellText } from "./cell-text.ts";
import type { NotebookFile } from "./parse.ts";
import { spliceNotebook } from "./splice.ts";

/**
 * The text of a notebook file. With the file that the notebook was read from as `base`, only what differs from it changes
 * (nothing differs: the same text, byte for byte); without, the shape that Observable's notebook-kit writes.
 * Where a field of a cell and its `attributes` disagree, the field holds (`withAttribute` sets both).
 * Throws `attribute_invalid` for an attribute name that HTML cannot carry.
 */
export function writeNotebook(notebook: Notebook, base?: NotebookFile): string {
  return base === undefined ? `<!doctype html>\n${writeNotebookElement(notebook)}\n` : spliceNotebook(notebook, base);
}

/**
 * Warns of cells that Observable's own programs would read otherwise than they are: a text with `</script/`, or with a
 * `<!--` and `<script` that no `-->` follows. Cellar writes them with wider escapes and reads them back exactly; Observable shows
 * the backslashes, which are harmless within a JavaScript string and visible in prose, HTML and SQL.
 */
export function portabilityWarnings(notebook: Notebook): readonly Diagnostic[] {
  return notebook.cells
    .filter((cell) => encodeCellText(cell.source, "  ").escaped)
    .map((cell) => {
      const script = cell.kind === "js" || cell.kind === "ts" || cell.kind === "ojs" || cell.kind === "node";
      return {
        code: "notebook_invalid",
        severity: "warning",
        message: `cell ${cell.id} holds ${/<\/script\//i.test(cell.source) ? '"</script/"' : '"<!--" and "<script" without "-->"'}, which Observable reads with a backslash more${script ? " (harmless within a string)" : ""}; ${script ? 'split the text, as in "<" + "!--"' : "close the comment or leave the tag out"}`,
        cell: cell.id,
        span: null,
        attribute: null,
      };
    });
}
