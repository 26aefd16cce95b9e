import { describe, expect, it } from "vitest";
import { parseNotebook } from "../../../cells/format/parse.ts";
import type { NotebookCommand } from "../../../cells/protocol/document.ts";
import { NotebookModel } from "../../../src/notebook/notebook-model.ts";

const text = `<!doctype html>
<notebook theme="air">
  <title>Test</title>
  <!-- kept -->
  <script id="3" type="module" pinned="">
    const a = 1;
  </script>
  <script id="5" type="application/sql" pinned="" output="q" data-own="x">
    SELECT 1
  </script>
  <script id="4" type="text/markdown">
    # Title
  </script>
</notebook>
`;

const model = (): NotebookModel => new NotebookModel(parseNotebook(text), "r1", () => 0);
const ids = (of: NotebookModel): readonly number[] => of.notebook.cells.map(({ id }) => id);

describe("every command is one step that can be undone", () => {
  const cases: readonly (readonly [string, NotebookCommand, readonly number[]])[] = [
    ["edit", { type: "edit", cell: 3, source: "const a = 2;", edit: 1 }, [3, 5, 4]],
    ["insert before", { type: "insert", before: 5, kind: "js", source: "", output: null, editor: true }, [3, 6, 5, 4]],
    [
      "insert at the end",
      { type: "insert", before: null, kind: "md", source: "x", output: null, editor: true },
      [3, 5, 4, 6],
    ],
    ["remove", { type: "remove", cells: [5] }, [3, 4]],
    ["remove several", { type: "remove", cells: [3, 4] }, [5]],
    ["move up", { type: "move", cells: [4], before: 3 }, [4, 3, 5]],
    ["move to the end", { type: "move", cells: [3], before: null }, [5, 4, 3]],
    ["duplicate", { type: "duplicate", cell: 5 }, [3, 5, 6, 4]],
    ["split", { type: "split", cell: 3, at: 6 }, [3, 6, 5, 4]],
    ["kind", { type: "kind", cell: 4, kind: "js" }, [3, 5, 4]],
    ["attributes", { type: "attributes", cell: 3, attributes: { pinned: null, run: "manual" } }, [3, 5, 4]],
    ["title", { type: "title", title: "Other" }, [3, 5, 4]],
  ];
  it.each(cases)("%s", (_name, command, order) => {
    const edited = model();
    edited.run(command);
    expect(ids(edited)).toEqual(order);
    expect(edited.text).not.toBe(text);
    const after = edited.text;
    expect(edited.undo()).toBe(true);
    expect(edited.text).toBe(text);
    expect(edited.redo()).toBe(true);
    expect(edited.text).toBe(after);
  });

  it("a deleted cell comes back with its id, text, place and attributes", () => {
    const edited = model();
    const [, cell] = edited.notebook.cells;
    edited.run({ type: "remove", cells: [5] });
    edited.run({ type: "edit", cell: 3, source: "const a = 3;", edit: 1 });
    edited.undo();
    edited.undo();
    expect(edited.notebook.cells[1]).toEqual(cell);
    expect(edited.text).toBe(text);
  });

  it("typing in one cell is one step; another cell or a pause begins a new one", () => {
    let now = 0;
    const edited = new NotebookModel(parseNotebook(text), "r1", () => now);
    const type = (cell: number, source: string, at: number): void => {
      now = at;
      edited.run({ type: "edit", cell, source, edit: at });
    };
    type(3, "x", 1);
    type(3, "xy", 200);
    type(5, "SELECT 2", 400);
    type(3, "xyz", 600);
    type(3, "xyz!", 9000);
    const sources: string[] = [];
    while (edited.undo()) sources.push(edited.notebook.cells[0]?.source ?? "");
    expect(sources).toEqual(["xyz", "xy", "xy", "const a = 1;"]);
  });

  it("an id is never given twice", () => {
    const edited = model();
    const insert: NotebookCommand = {
      type: "insert",
      before: null,
      kind: "js",
      source: "",
      output: null,
      editor: true,
    };
    edited.run(insert);
    edited.undo();
    edited.run(insert);
    expect(ids(edited)).toEqual([3, 5, 4, 7]);
  });

  it.each([
    ["an unknown cell", { type: "edit", cell: 99, source: "x", edit: 1 }],
    ["the same text", { type: "edit", cell: 3, source: "const a = 1;", edit: 1 }],
    ["a cell before itself", { type: "move", cells: [3], before: 3 }],
    ["merging the first cell", { type: "merge", cell: 3 }],
    ["merging cells of two kinds", { type: "merge", cell: 5 }],
  ] as const)("%s changes nothing", (_name, command) => {
    const edited = model();
    edited.run(command);
    expect(edited.isChanged).toBe(false);
    expect(edited.undo()).toBe(false);
  });
});

describe("a file that someone else changed", () => {
  it("is taken in where nothing was changed here", () => {
    const edited = model();
    const theirs = text.replace("SELECT 1", "SELECT 2");
    expect(edited.merge(parseNotebook(theirs), "r2")).toEqual([]);
    expect(edited.text).toBe(theirs);
    expect(edited.isChanged).toBe(false);
    expect(edited.state.revision).toBe("r2");
  });

  it("is merged cell by cell, and the merge can be undone", () => {
    const edited = model();
    edited.run({ type: "edit", cell: 3, source: "const a = 2;", edit: 1 });
    const theirs = text.replace("SELECT 1", "SELECT 2");
    expect(edited.merge(parseNotebook(theirs), "r2")).toEqual([]);
    expect(edited.text).toBe(theirs.replace("const a = 1;", "const a = 2;"));
    edited.undo();
    expect(edited.notebook.cells[1]?.source).toBe("SELECT 1");
  });

  it("a cell that both changed keeps one's own text and tells the other", () => {
    const edited = model();
    edited.run({ type: "edit", cell: 5, source: "SELECT 3", edit: 1 });
    const conflicts = edited.merge(parseNotebook(text.replace("SELECT 1", "SELECT 2")), "r2");
    expect(conflicts.map(({ cell, theirs }) => [cell, theirs.source])).toEqual([[5, "SELECT 2"]]);
    expect(edited.notebook.cells[1]?.source).toBe("SELECT 3");
  });

  it("a cell that they deleted and one changed is kept, and one that only they deleted goes", () => {
    const edited = model();
    edited.run({ type: "edit", cell: 5, source: "SELECT 3", edit: 1 });
    const theirs = text.replace(/ {2}<script id="[35]"[^]*?<\/script>\n/g, "");
    expect(edited.merge(parseNotebook(theirs), "r2")).toEqual([]);
    expect(ids(edited)).toEqual([5, 4]);
  });

  it("new cells of both sides stand where each put them", () => {
    const edited = model();
    edited.run({ type: "insert", before: 5, kind: "js", source: "mine", output: null, editor: true });
    const theirs = text.replace("</notebook>", '  <script id="9" type="module">\n    theirs\n  </script>\n</notebook>');
    edited.merge(parseNotebook(theirs), "r2");
    expect(edited.notebook.cells.map(({ source }) => source)).toEqual([
      "const a = 1;",
      "mine",
      "SELECT 1",
      "# Title",
      "theirs",
    ]);
  });
});
