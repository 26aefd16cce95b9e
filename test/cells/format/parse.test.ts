import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { toFilePlace } from "../../../cells/format/place.ts";
import { placeOf } from "../../../cells/model/diagnostic.ts";

function cellsOf(html: string) {
  return parseNotebook(html).notebook.cells.map(({ id, kind, type, source }) => ({ id, kind, type, source }));
}

test("R2 a file keeps attributes that no one knows, as written and in order", () => {
  const { notebook } = parseNotebook(
    `<notebook lang="fr" id=n1 THEME=ink><script id="1" store='json' data-x since="2024-01-01" format=svg>1</script></notebook>`,
  );
  expect(notebook).toEqual({
    id: "n1",
    title: "Untitled",
    theme: "ink",
    readOnly: false,
    attributes: { lang: "fr", id: "n1", theme: "ink" },
    cells: [
      {
        id: 1,
        kind: "js",
        type: null,
        source: "1",
        pinned: false,
        hidden: false,
        output: null,
        database: null,
        format: "svg",
        since: "2024-01-01",
        attributes: { id: "1", store: "json", "data-x": "", since: "2024-01-01", format: "svg" },
      },
    ],
  });
  expect(Object.keys(notebook.cells[0]?.attributes ?? {})).toEqual(["id", "store", "data-x", "since", "format"]);
});

test("R3 an unknown type is kept and not taken for JavaScript", () => {
  const types = ["", "module", "MODULE", "text/javascript", "importmap", "text/r", "application/sql "];
  const html = types.map((type) => `<script type="${type}">x</script>`).join("");
  expect(cellsOf(`<notebook><script>x</script>${html}</notebook>`).map(({ kind, type }) => [kind, type])).toEqual([
    ["js", null],
    ["js", ""],
    ["js", "module"],
    ["unknown", "MODULE"],
    ["unknown", "text/javascript"],
    ["unknown", "importmap"],
    ["unknown", "text/r"],
    ["unknown", "application/sql "],
  ]);
});

test.each([
  ["<head><title>H</title></head><body><notebook><title>N</title></notebook>", "N"],
  ["<title>H</title><notebook><section><title>S</title></section></notebook>", "H"],
  ["<notebook><svg><title>svg</title></svg></notebook>", "Untitled"],
  ["<notebook><svg><title>svg</title></svg><title> a &amp; <b> </title></notebook>", " a & <b> "],
  ["<notebook><template><title>T</title></template></notebook>", "Untitled"],
  ["<notebook><title></title></notebook>", ""],
])("R4 the title of %s", (html, title) => {
  expect(parseNotebook(html).notebook.title).toBe(title);
});

test("R5 ids that are missing, repeated or no positive integer are assigned, and never those of another cell", () => {
  const file = parseNotebook(
    '<notebook><script>a</script><script id="2">b</script><script id="2">c</script><script id="3">d</script><script id="-1">e</script></notebook>',
  );
  expect(file.notebook.cells.map(({ id, source }) => [id, source])).toEqual([
    [1, "a"],
    [2, "b"],
    [4, "c"],
    [3, "d"],
    [5, "e"],
  ]);
  expect(file.diagnostics.map(({ cell, attribute, message }) => [cell, attribute, message])).toEqual([
    [4, "id", 'invalid id: "2" (cell 4): an earlier cell has it, so 4 stands in; give the cell an id of its own'],
    [5, "id", 'invalid id: "-1" (cell 5): it is no positive integer, so 5 stands in; give the cell an id of its own'],
  ]);
});

test.each([
  ["", "air"],
  ['theme=" INK "', "ink"],
  ['theme="light-dark( cotton , slate )"', { light: "cotton", dark: "slate" }],
  ['theme="cotton slate"', { light: "cotton", dark: "slate" }],
  ['theme="a b c"', "a b c"],
  ['theme=""', ""],
])("R7 theme of <notebook %s>", (attribute, theme) => {
  expect(parseNotebook(`<notebook ${attribute}></notebook>`).notebook.theme).toEqual(theme);
});

test.each([
  ["", null],
  ["   \n", null],
  ["<p>hello", "the file has no <notebook> element, so no cells; put its cells in one"],
  ["<script>1</script>", "the file has no <notebook> element, so no cells; put its cells in one"],
])("a text without a notebook has no cells: %j", (text, message) => {
  const file = parseNotebook(text);
  expect(file.notebook.cells).toEqual([]);
  expect(file.diagnostics).toEqual(
    message === null
      ? []
      : [{ code: "notebook_invalid", severity: "warning", message, cell: null, span: null, attribute: null }],
  );
});

test("a cell that is never closed is told", () => {
  const file = parseNotebook('<notebook><script id="4">\n    <!-- <script>x\n  </script>\n</notebook>\n');
  expect(file.diagnostics.map(({ code, cell, message }) => ({ code, cell, message }))).toEqual([
    {
      code: "notebook_invalid",
      cell: 4,
      message:
        "cell 4 is never closed, so all that follows it belongs to it; write </script> behind it, and --> behind a <!-- in it",
    },
  ]);
});

test("binary data and texts that are too long are no notebooks", () => {
  const codeOf = (text: string) => {
    try {
      return parseNotebook(text);
    } catch (error) {
      return error instanceof AppError ? [error.code, error.message] : error;
    }
  };
  expect(codeOf("PAR1\0\0\x15")).toEqual([
    "notebook_invalid",
    "the file is binary data, not the text of a notebook; open an .html file that holds a <notebook> element",
  ]);
  expect(codeOf(" ".repeat(50 * 1024 * 1024 + 1))).toEqual([
    "notebook_invalid",
    "the file is too long for a notebook: 52428801 characters; at most 52428800 are read. Move its data into files of their own",
  ]);
});

test("scripts of SVG and of templates are no cells; those in noscript and in sections are", () => {
  const html =
    "<notebook><svg><script>1</script></svg><template><script>2</script></template><noscript><script>3</script></noscript><section><script>4</script></section></notebook>";
  expect(cellsOf(html).map(({ source }) => source)).toEqual(["3", "4"]);
});

test("a byte order mark, CR LF, surrogate pairs and NUL do not move places", () => {
  const text =
    '\ufeff<!doctype html>\r\n<notebook>\r\n  <p>😀</p>\r\n  <script\r\n  id="1">\r\n    a\0\r\n\r\n    b\r\n  </script>\r\n</notebook>\r\n';
  const file = parseNotebook(text);
  expect(file.lineEnd).toBe("\r\n");
  expect(file.places.map((place) => text.slice(place.start, place.end))).toEqual([
    '<script\r\n  id="1">\r\n    a\0\r\n\r\n    b\r\n  </script>',
  ]);
  expect(file.notebook.cells[0]?.source).toBe("a\ufffd\n\nb");
});

test.each([
  // [line, column] in the source → in the file
  [1, 1, 3, 5],
  [1, 4, 3, 8],
  [2, 1, 4, 1],
  [3, 1, 5, 5],
  [3, 3, 5, 8],
  [3, 99, 5, 17],
  [99, 1, 5, 17],
])("toFilePlace %i:%i → %i:%i", (line, column, fileLine, fileColumn) => {
  const file = parseNotebook(
    "<notebook>\n  <script id=\"7\">\n    one\n\ttwo\n    '<\\/script>'\n  </script>\n</notebook>",
  );
  expect(file.notebook.cells[0]?.source).toBe("one\n\ttwo\n'</script>'");
  expect(toFilePlace(file, 7, line, column)).toEqual({ line: fileLine, column: fileColumn });
  expect(toFilePlace(file, 8, line, column)).toBeNull();
});

test("law: the character at a place of the source is the one at its place in the file", () => {
  const line = fc.stringMatching(/^[ \ta<b/\\]{0,8}(?:<\\{0,2}\/script>)?[xy]{0,3}$/);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
      const raw = lines.map((text) => text.replaceAll("</script", "<\\/script")).join(end);
      const text = `<notebook>${end}<script>${raw}</script>`;
      const file = parseNotebook(text);
      const source = file.notebook.cells[0]?.source ?? "";
      const fileLines = text.split(end);
      for (let offset = 0; offset < source.length; offset++) {
        if (source[offset] === "\n") continue;
        const { line, column } = placeOf(source, offset);
        const place = toFilePlace(file, 1, line, column);
        expect(place && fileLines[place.line - 1]?.[place.column - 1]).toBe(source[offset]);
      }
    }),
  );
});
