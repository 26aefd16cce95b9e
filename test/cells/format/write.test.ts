import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellAttributes, notebookAttributes, withAttribute } from "../../../cells/format/attributes.ts";
import { normalizeSource } from "../../../cells/format/cell-text.ts";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { portabilityWarnings, writeNotebook } from "../../../cells/format/serialize.ts";
import { toCell, type Cell, type CellKind } from "../../../cells/model/cell.ts";
import { emptyNotebook, type Notebook, type Theme } from "../../../cells/model/notebook.ts";

/** What a notebook is after it was written and read: ids and attributes stand in the tags, sources are normal. */
function settled(notebook: Notebook): Notebook {
  return {
    ...notebook,
    attributes: notebookAttributes(notebook),
    cells: notebook.cells.map((cell) => {
      const attributes = cellAttributes(cell);
      return {
        ...cell,
        type: attributes["type"] ?? null,
        source: normalizeSource(cell.source),
        attributes: { ...attributes, id: cell.attributes["id"] ?? String(cell.id) },
      };
    }),
  };
}

/** Leaves out what only the file decides: how ids and the default theme are written, blanks of lines that are not edited. */
function essence(notebook: Notebook): Notebook {
  const { theme: _, ...attributes } = notebook.attributes;
  return {
    ...notebook,
    attributes,
    cells: notebook.cells.map((cell) => {
      const { id: _, ...attributes } = cell.attributes;
      return { ...cell, source: normalizeSource(cell.source), attributes };
    }),
  };
}

function edit(notebook: Notebook, id: number, change: (cell: Cell) => Cell): Notebook {
  return { ...notebook, cells: notebook.cells.map((cell) => (cell.id === id ? change(cell) : cell)) };
}

const page = `<!doctype html>
<!-- made by hand -->
<notebook data-x='1' theme=ink>
  <title>Sales &amp; more</title>
  <!-- first -->
  <script type="text/markdown"  id='1' >
    # Sales
  </script>

  <p>between</p>
  <script id=2 type="application/sql" output=orders store='parquet' pinned custom="a&amp;b">
    select 1
  </script>
  <script id="3" type="module">
    orders
  </script>
</notebook>
<footer>kept</footer>
`;
const file = parseNotebook(page);

describe("a save changes only what was edited", () => {
  const cases: readonly [string, (notebook: Notebook) => Notebook, (text: string) => string][] = [
    ["nothing", (notebook) => notebook, (text) => text],
    [
      "the source of a cell",
      (notebook) => edit(notebook, 2, (cell) => ({ ...cell, source: "select 2\n\nfrom x" })),
      (text) => text.replace("    select 1\n", "    select 2\n\n    from x\n"),
    ],
    [
      "attributes by their fields",
      (notebook) => edit(notebook, 2, (cell) => ({ ...cell, pinned: false, output: "o", hidden: true, database: "d" })),
      (text) =>
        text.replace(
          "output=orders store='parquet' pinned custom=\"a&amp;b\"",
          'output="o" store=\'parquet\' custom="a&amp;b" hidden="" database="d"',
        ),
    ],
    [
      "attributes by their names",
      (notebook) => edit(notebook, 2, (cell) => withAttribute(withAttribute(cell, "store", "json"), "pinned", null)),
      (text) => text.replace("store='parquet' pinned", 'store="json"'),
    ],
    [
      "the kind of a cell",
      (notebook) => edit(notebook, 3, (cell) => ({ ...cell, kind: "ts" })),
      (text) => text.replace('type="module"', 'type="text/x-typescript"'),
    ],
    [
      "a cell less, with its leading white space",
      (notebook) => ({ ...notebook, cells: notebook.cells.filter(({ id }) => id !== 2) }),
      (text) => text.replace(/\n {2}<script id=2[^]*?<\/script>/, ""),
    ],
    [
      "a cell more",
      ({ cells, ...notebook }) => ({
        ...notebook,
        cells: [...cells.slice(0, 1), toCell({ id: 9, kind: "md", source: "new" }), ...cells.slice(1)],
      }),
      (text) =>
        text.replace(
          "# Sales\n  </script>\n",
          '# Sales\n  </script>\n  <script id="9" type="text/markdown">\n    new\n  </script>\n',
        ),
    ],
    [
      "a cell before all others",
      ({ cells, ...notebook }) => ({ ...notebook, cells: [toCell({ id: 9, source: "new" }), ...cells] }),
      (text) =>
        text.replace(
          "<!-- first -->",
          '<!-- first -->\n  <script id="9" type="module" pinned="">\n    new\n  </script>',
        ),
    ],
    [
      "the last cell first",
      ({ cells, ...notebook }) => ({ ...notebook, cells: [...cells.slice(2), ...cells.slice(0, 2)] }),
      (text) => {
        const last = '\n  <script id="3" type="module">\n    orders\n  </script>';
        return text.replace(last, "").replace("<!-- first -->", `<!-- first -->${last}`);
      },
    ],
    [
      "title, theme and id",
      (notebook) => ({ ...notebook, title: "<New>", theme: { light: "air", dark: "ink" }, id: "n1" }),
      (text) =>
        text
          .replace("Sales &amp; more", "&lt;New&gt;")
          .replace("<notebook data-x='1' theme=ink>", `<notebook id="n1" data-x='1' theme="light-dark(air, ink)">`),
    ],
  ];
  test.each(cases)("%s", (_, change, expected) => {
    const text = writeNotebook(change(file.notebook), file);
    expect(text).toBe(expected(page));
    expect(essence(parseNotebook(text).notebook)).toEqual(essence(settled(change(file.notebook))));
  });

  test.each(cases)("in a file with CR LF: %s", (_, change, expected) => {
    const base = parseNotebook(page.replaceAll("\n", "\r\n"));
    expect(writeNotebook(change(base.notebook), base)).toBe(expected(page).replaceAll("\n", "\r\n"));
  });
});

test("cells without ids get them written as soon as the order no longer gives them", () => {
  const base = parseNotebook("<notebook><script>a</script><script>b</script><script>c</script></notebook>");
  const [, b, c] = base.notebook.cells;
  if (b === undefined || c === undefined) throw new Error("the file has three cells");
  expect(writeNotebook({ ...base.notebook, cells: [b, c] }, base)).toBe(
    '<notebook><script id="2">b</script><script id="3">c</script></notebook>',
  );
});

test.each([
  [
    "",
    '<!doctype html>\n<notebook theme="air">\n  <title>Untitled</title>\n  <script id="1" type="module" pinned="">\n    1\n  </script>\n</notebook>\n',
  ],
  ["<notebook></notebook>", '<notebook>\n  <script id="1" type="module" pinned="">\n    1\n  </script>\n</notebook>'],
  [
    "<notebook>\n  <title>T</title>\n</notebook>\n",
    '<notebook>\n  <title>T</title>\n  <script id="1" type="module" pinned="">\n    1\n  </script>\n</notebook>\n',
  ],
  [
    "<!doctype html>\n<title>T</title><p>x",
    '<!doctype html>\n<notebook theme="air">\n  <title>T</title>\n  <script id="1" type="module" pinned="">\n    1\n  </script>\n</notebook>\n\n<title>T</title><p>x',
  ],
])("the first cell of %j", (text, expected) => {
  const base = parseNotebook(text);
  const notebook = { ...base.notebook, cells: [toCell({ id: 1, source: "1" })] };
  expect(writeNotebook(notebook, base)).toBe(expected);
  expect(parseNotebook(expected).notebook.cells.map(({ source }) => source)).toEqual(["1"]);
});

test("a cell that was never closed is closed when it is edited or followed", () => {
  const base = parseNotebook('<notebook>\n  <script id="1">\n    a');
  const added = { ...base.notebook, cells: [...base.notebook.cells, toCell({ id: 2, source: "b" })] };
  const text = writeNotebook(added, base);
  expect(text).toBe(
    '<notebook>\n  <script id="1">\n    a\n  </script>\n  <script id="2" type="module" pinned="">\n    b\n  </script>\n',
  );
  expect(
    writeNotebook(
      edit(base.notebook, 1, (cell) => ({ ...cell, source: "c" })),
      base,
    ),
  ).toBe('<notebook>\n  <script id="1">\n    c\n  </script>\n');
});

test("R3 a cell of unknown kind is never written so that it would be executed", () => {
  const notebook = { ...emptyNotebook, cells: [toCell({ id: 1, kind: "unknown", source: "x" })] };
  expect(parseNotebook(writeNotebook(notebook)).notebook.cells[0]?.kind).toBe("unknown");
});

test.each([
  ["</script/", true],
  ["<\\/script/", false],
  ["x </script", false],
  ["'</script>' '<\\/script>'", false],
  ["<!-- <script>", true],
  ["<!-- <script> -->", false],
  ["<!--> <script>", false],
  ["<!---> <script>", false],
  ["<!-- <script> </script>", true],
  ["<!-- <script", true],
  ["<!-- <scripty", false],
  ["--> <!-- <SCRIPT/", true],
  ["<\\!-- <!--<script>", true],
])("R6 %j reads back exactly, with wider escapes: %s", (source, wide) => {
  const cells = [toCell({ id: 1, kind: "md", source }), toCell({ id: 2, source: "after" })];
  const text = writeNotebook({ ...emptyNotebook, cells });
  expect(parseNotebook(text).notebook.cells.map((cell) => cell.source)).toEqual([source, "after"]);
  expect(text.includes('escaped=""')).toBe(wide);
  expect(portabilityWarnings({ ...emptyNotebook, cells }).map(({ cell }) => cell)).toEqual(wide ? [1] : []);
});

test("an attribute name that HTML cannot carry is refused", () => {
  const cell = { ...toCell({ id: 1 }), attributes: { "a b": "" } };
  expect(() => writeNotebook({ ...emptyNotebook, cells: [cell] })).toThrow(
    'invalid attribute name: "a b"; write lower-case letters, digits and -',
  );
});

const nasty = fc.oneof(
  fc.constantFrom(
    ..."</script|</script>|<\\/script>|</SCRIPT |<script|<script>|<!--|-->|--!>|<!-->|]]>|/|>|</notebook>|<title>|&amp;|&|\n|\r\n| |    |\t|\\|'|\"|<| |a|1 + 2|😀|\u2028|</textarea>|</script/".split(
      "|",
    ),
  ),
  fc.string({ maxLength: 3 }),
);
const source = fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join("").replaceAll("\0", ""));
const value = fc.string({ maxLength: 8 }).map((text) => text.replaceAll("\0", ""));
const field = fc.option(
  value.filter((text) => text.trim() !== ""),
  { nil: null },
);
const kind = fc.constantFrom<CellKind>("js", "ts", "ojs", "md", "html", "sql", "tex", "dot", "node", "python", "r");
const attributes = fc.dictionary(
  fc.constantFrom("store", "partitions", "data-x", "since-2", "x:y", "__proto__"),
  value,
);
const cell = fc.record({
  kind,
  source,
  pinned: fc.boolean(),
  hidden: fc.boolean(),
  output: field,
  database: field,
  format: field,
  since: field,
  attributes,
});
const theme: fc.Arbitrary<Theme> = fc.constantFrom("air", "x", { light: "a", dark: "b-c" });
const notebook = fc
  .record({
    id: field,
    title: value,
    theme,
    readOnly: fc.boolean(),
    attributes: fc.dictionary(fc.constantFrom("schedule", "tags", "lang"), value),
    specs: fc.array(cell, { maxLength: 5 }),
    ids: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 5, maxLength: 5 }),
  })
  .map(({ specs, ids, ...rest }): Notebook => ({
    ...rest,
    cells: specs.map((spec, index) => toCell({ id: ids[index] ?? index + 100, ...spec })),
  }));

test("law: parse(write(n)) is n", () => {
  fc.assert(
    fc.property(notebook, (n) => {
      expect(essence(parseNotebook(writeNotebook(n)).notebook)).toEqual(essence(settled(n)));
    }),
    { numRuns: 500 },
  );
});

const piece = fc.oneof(
  fc.constantFrom(
    ..."<notebook>|</notebook>|<notebook theme=ink id='n'>|<title>t|</title>|<script>|<script id=1>|<script id='2' pinned|<script type=\"text/markdown\" a=1 a=2 b>|<script a=>|<script\n\tPINNED/hidden/>|>|</script>|</script >|</script/x>|x|1|\n|\r\n|\r|\t|  |    a\n|<!-- c -->|<!--|-->|<!doctype html>|<svg>|</svg>|<template>|</template>|<table>|<tr>|</table>|<b>|</b>|<p>|<textarea>|<style>|<select>|&amp;|&am|p;|<|\0|\ufeff|😀|<body>|</body>|</html>|<head>|<noscript>|<plaintext>|<frameset>|<math>|<![CDATA[".split(
      "|",
    ),
  ),
  fc.string({ maxLength: 3 }),
);
const tag = fc.constantFrom("<script>", "<script id=1>", "<SCRIPT id='2' pinned output=a/>", "<script escaped b b=1>");
const element = fc
  .tuple(tag, source, fc.constantFrom("</script>", "</script\n>", "</SCRIPT/ x>"))
  .map((parts) => parts.join(""));
const htmlish = fc
  .tuple(
    fc.constantFrom("", "<notebook>", "<!doctype html>\r\n<notebook id=n>\r\n"),
    fc.array(fc.oneof(piece, piece, element), { maxLength: 20 }),
  )
  .map(([start, parts]) => {
    const text = start + parts.join("");
    return text.includes("\0") && !/<notebook/i.test(text) ? `<notebook>${text}` : text;
  });

test("law: write(parse(x), parse(x)) is x, and no text fails", () => {
  fc.assert(
    fc.property(htmlish, (text) => {
      const file = parseNotebook(text);
      expect(writeNotebook(file.notebook, file)).toBe(text);
    }),
    { numRuns: 3000 },
  );
});

test("law: what is written into a strange file reads back as it was meant", () => {
  const editing = fc.record({
    order: fc.array(fc.nat(6), { maxLength: 8 }),
    specs: fc.array(cell, { minLength: 9, maxLength: 9 }),
    keepText: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
    title: fc.option(value, { nil: null }),
    notebookId: field,
  });
  fc.assert(
    // a frameset throws the whole body away, notebook and all
    fc.property(
      htmlish.filter((text) => !text.includes("frameset")),
      editing,
      (text, { order, specs, keepText, title, notebookId }) => {
        const file = parseNotebook(text);
        const seen = new Set<number>();
        const cells = order.flatMap((at): readonly Cell[] => {
          const before = file.notebook.cells[at];
          const id = before?.id ?? 1000 + at;
          const spec = specs[at] ?? { attributes: {} };
          if (seen.has(id)) return [];
          seen.add(id);
          if (before === undefined) return [toCell({ id, ...spec })];
          if (keepText[at]) return [before];
          return [{ ...toCell({ id, ...spec }), attributes: { ...before.attributes, ...spec.attributes } }];
        });
        const notebook = { ...file.notebook, cells, title: title ?? file.notebook.title, id: notebookId };
        const written = parseNotebook(writeNotebook(notebook, file));
        expect(essence(written.notebook)).toEqual(essence(settled(notebook)));
        expect(writeNotebook(written.notebook, written)).toBe(written.text);
      },
    ),
    { numRuns: 3000 },
  );
});
