import { AppError, type ErrorCode } from "../errors.ts";
import type { Cell } from "../model/cell.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { emptyNotebook, type Notebook } from "../model/notebook.ts";
import { quote } from "../model/quote.ts";
import { attribute, parseCellId, readCell, readNotebookTag } from "./attributes.ts";
import { decodeCellText } from "./cell-text.ts";
import { readDocument, type ElementPlace, type HtmlElement } from "./html.ts";
import { repeatedAttributes } from "./start-tag.ts";

/** Where a cell stands in the text of its file. */
export interface CellPlace extends ElementPlace {
  readonly id: number;
  /** whether the file gives this id; if not, it was assigned by order */
  readonly idWritten: boolean;
  /** whether the text between the tags uses the wider escapes */
  readonly escaped: boolean;
}

/** A notebook together with the text that it was read from, so that a save changes only what was edited. */
export interface NotebookFile {
  readonly notebook: Notebook;
  readonly text: string;
  /** one for each of `notebook.cells`, in the same order, which is that of the text */
  readonly places: readonly CellPlace[];
  /** the (first) `<notebook>`; null where there is none */
  readonly notebookPlace: ElementPlace | null;
  /** the `<title>` that is a child of a `<notebook>` */
  readonly titlePlace: ElementPlace | null;
  /** behind the doctype, where a `<notebook>` may be put in a text that has none */
  readonly preambleEnd: number;
  readonly lineEnd: "\n" | "\r\n";
  readonly diagnostics: readonly Diagnostic[];
}

/** The longest text, in UTF-16 units, that is read as a notebook. */
const maxNotebookLength = 50 * 1024 * 1024;

/**
 * Reads a notebook file (Observable's Notebook 2.0 HTML; rules in `README.md`). Odd HTML never fails: what is strange is
 * kept and told in `diagnostics`. Throws `notebook_invalid` for binary data and for texts over `maxNotebookLength`.
 */
export function parseNotebook(text: string): NotebookFile {
  if (text.length > maxNotebookLength)
    throw new AppError(
      "notebook_invalid",
      `the file is too long for a notebook: ${text.length} characters; at most ${maxNotebookLength} are read. Move its data into files of their own`,
      { data: { length: text.length, limit: maxNotebookLength } },
    );
  if (text.includes("\0") && !/<notebook/i.test(text))
    throw new AppError(
      "notebook_invalid",
      "the file is binary data, not the text of a notebook; open an .html file that holds a <notebook> element",
    );
  const document = readDocument(text);
  const first = document.notebooks[0];
  const diagnostics: Diagnostic[] = [];
  if (first === undefined && text.trim() !== "")
    diagnostics.push(
      warning("notebook_invalid", null, null, "the file has no <notebook> element, so no cells; put its cells in one"),
    );
  if (first !== undefined) diagnostics.push(...repeated(text, first, null));
  const { cells, places } = readCells(text, document.scripts, diagnostics);
  return {
    notebook: {
      ...readNotebookTag(first?.attributes ?? {}),
      title: document.notebookTitle?.text ?? document.documentTitle ?? emptyNotebook.title,
      cells,
    },
    text,
    places,
    notebookPlace: first?.place ?? null,
    titlePlace: document.notebookTitle?.place ?? null,
    preambleEnd: document.preambleEnd,
    lineEnd: usesCrLf(text) ? "\r\n" : "\n",
    diagnostics,
  };
}

function readCells(
  text: string,
  scripts: readonly HtmlElement[],
  diagnostics: Diagnostic[],
): { readonly cells: readonly Cell[]; readonly places: readonly CellPlace[] } {
  const taken = new Set<number>();
  const written = scripts.map((script) => {
    const id = parseCellId(attribute(script.attributes, "id"));
    if (id === null || taken.has(id)) return null;
    taken.add(id);
    return id;
  });
  const cells: Cell[] = [];
  const places: CellPlace[] = [];
  let last = 0;
  scripts.forEach(({ place, attributes }, index) => {
    const given = written[index] ?? null;
    if (given === null)
      do last++;
      while (taken.has(last));
    const id = given ?? last;
    last = Math.max(last, id);
    const escaped = Object.hasOwn(attributes, "escaped");
    cells.push(readCell(id, attributes, decodeCellText(text.slice(place.contentStart, place.contentEnd), escaped)));
    places.push({ ...place, id, idWritten: given !== null, escaped });
    const idText = attribute(attributes, "id");
    if (given === null && idText !== null) diagnostics.push(invalidId(id, idText));
    diagnostics.push(...repeated(text, { place, attributes }, id));
    if (!place.closed) diagnostics.push(unclosed(id));
  });
  return { cells, places };
}

function invalidId(cell: number, text: string): Diagnostic {
  const why = parseCellId(text) === null ? "it is no positive integer" : "an earlier cell has it";
  return warning(
    "attribute_invalid",
    cell,
    "id",
    `invalid id: ${quote(text)} (cell ${cell}): ${why}, so ${cell} stands in; give the cell an id of its own`,
  );
}

function repeated(text: string, { place, attributes }: HtmlElement, cell: number | null): readonly Diagnostic[] {
  return repeatedAttributes(text.slice(place.start, place.contentStart)).map((name) =>
    warning(
      "attribute_invalid",
      cell,
      name,
      `${name} stands twice in its tag (${cell === null ? "notebook" : `cell ${cell}`}): the first counts, ${quote(attributes[name] ?? "")}; take the other out`,
    ),
  );
}

function unclosed(cell: number): Diagnostic {
  return warning(
    "notebook_invalid",
    cell,
    null,
    `cell ${cell} is never closed, so all that follows it belongs to it; write </script> behind it, and --> behind a <!-- in it`,
  );
}

function warning(code: ErrorCode, cell: number | null, attribute: string | null, message: string): Diagnostic {
  return { code, severity: "warning", message, cell, span: null, attribute };
}

/** Whether most lines of a text end in CR LF. */
function usesCrLf(text: string): boolean {
  const lf = text.match(/\n/g)?.length ?? 0;
  const crlf = text.match(/\r\n/g)?.length ?? 0;
  return crlf * 2 > lf;
}
