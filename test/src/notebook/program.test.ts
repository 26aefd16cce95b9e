import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph } from "../../../cells/graph/build.ts";
import { toCell } from "../../../cells/model/cell.ts";
import { emptyNotebook, type Notebook } from "../../../cells/model/notebook.ts";
import type { DocumentCell, NotebookCommand } from "../../../cells/protocol/document.ts";
import { toKernelCells } from "../../../cells/protocol/kernel-cells.ts";
import type { KernelCell } from "../../../cells/protocol/kernel.ts";
import { applyCommand } from "../../../src/notebook/commands.ts";
import { DocumentMirror } from "../../../src/notebook/document-mirror.ts";
import { KernelMirror } from "../../../src/notebook/kernel-mirror.ts";
import { Program } from "../../../src/notebook/program.ts";

const path = "a.html";
const js = (id: number, source: string) => toCell({ id, kind: "js", source });
const notebookOf = (...sources: readonly string[]): Notebook => ({
  ...emptyNotebook,
  cells: sources.map((source, at) => js(at + 1, source)),
});
const edit = (notebook: Notebook, cell: number, source: string): Notebook =>
  applyCommand(notebook, { type: "edit", cell, source, edit: 1 }, () => 0).notebook;

describe("a program", () => {
  it("shows the text as it is typed, and runs it as it was last run", () => {
    const opened = notebookOf("const a = 1;", "a + 1");
    const program = new Program(path, opened);
    const typed = edit(opened, 1, "const b = 1;");
    expect(program.take(typed)).toEqual({ isTyping: true });
    program.compile();
    expect([...program.dirty]).toEqual([1]);
    expect(program.graph).toEqual(buildGraph(path, typed));
    expect(program.runGraph).toEqual(buildGraph(path, opened));
    program.commit([1]);
    program.compile();
    expect(program.dirty.size).toBe(0);
    expect(program.runGraph).toEqual(buildGraph(path, typed));
  });

  it("compiles nothing again but what was typed, and nothing at all for a run of what is compiled", () => {
    const opened = notebookOf("const a = 1;", "a + 1");
    const program = new Program(path, opened);
    const [, reader] = program.graph.cells;
    program.take(edit(opened, 1, "const a = 2;"));
    program.compile();
    const { graph } = program;
    expect(graph.cells[1]).toBe(reader);
    program.commit(null);
    program.compile();
    expect(program.graph).toBe(graph);
    expect(program.runGraph).toBe(graph);
  });

  it("a new cell that waits is dirty, with nothing to run", () => {
    const program = new Program(path, notebookOf("1"));
    const inserted = notebookOf("1", "2");
    expect(program.take(inserted, true)).toEqual({ isTyping: false });
    program.compile();
    expect([...program.dirty]).toEqual([2]);
    expect(program.runGraph.cells.map(({ cell }) => cell.source)).toEqual(["1", ""]);
  });
});

const names = ["a", "b", "c"];
const source = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names, "1", "missing")).map(([x, y]) => `const ${x} = ${y};`),
  fc.constantFrom("a + b", "const [", "", "view(c)"),
);
const id = fc.integer({ min: 1, max: 6 });
const command: fc.Arbitrary<NotebookCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("edit" as const), cell: id, source, edit: fc.constant(1) }) },
  fc.record({
    type: fc.constant("insert" as const),
    before: fc.option(id),
    kind: fc.constantFrom("js" as const, "sql" as const, "md" as const),
    source,
    output: fc.constant(null),
    editor: fc.constant(false),
  }),
  fc.record({ type: fc.constant("remove" as const), cells: fc.tuple(id) }),
  fc.record({ type: fc.constant("move" as const), cells: fc.tuple(id), before: fc.option(id) }),
  fc.record({ type: fc.constant("duplicate" as const), cell: id }),
  fc.record({ type: fc.constant("split" as const), cell: id, at: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ type: fc.constant("kind" as const), cell: id, kind: fc.constantFrom("js" as const, "md" as const) }),
  fc.record({
    type: fc.constant("attributes" as const),
    cell: id,
    attributes: fc.constantFrom({ pinned: null }, { pinned: "", run: "manual" }, { hidden: "" }, { output: "a" }),
  }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("change" as const), command, wait: fc.boolean() }) },
  fc.record({ type: fc.constant("commit" as const), cells: fc.option(fc.array(id, { maxLength: 3 })) }),
  fc.constant({ type: "compile" as const }),
);

describe("laws: what is kept from step to step is what a fresh start would give", () => {
  it("graphs, dirty cells, and what frame and kernel were told", () => {
    fc.assert(
      fc.property(fc.array(source, { maxLength: 4 }), fc.array(step, { maxLength: 14 }), (sources, steps) => {
        let notebook = notebookOf(...sources);
        let lastId = sources.length;
        const program = new Program(path, notebook);
        const run = new Map(notebook.cells.map(({ id, source, kind }) => [id, { source, kind }]));
        const kernelMirror = new KernelMirror();
        const kernel = new Map<number, KernelCell>();
        const context = { path, readOnly: false, edit: () => 0, isDirty: (cell: number) => program.dirty.has(cell) };
        const documentMirror = new DocumentMirror(context);
        const shown = new Map<number, DocumentCell>();
        for (const next of [...steps, { type: "compile" as const }]) {
          if (next.type === "change") {
            notebook = applyCommand(notebook, next.command, () => ++lastId).notebook;
            program.take(notebook, next.wait);
            for (const { id, source, kind } of notebook.cells)
              if (!run.has(id)) run.set(id, { source: next.wait ? "" : source, kind });
          } else if (next.type === "commit") {
            program.commit(next.cells);
            for (const { id, source, kind } of notebook.cells)
              if (next.cells === null || next.cells.includes(id)) run.set(id, { source, kind });
          } else {
            program.compile();
            const asRun = { ...notebook, cells: notebook.cells.map((cell) => ({ ...cell, ...run.get(cell.id) })) };
            expect(program.graph).toEqual(buildGraph(path, notebook));
            expect(program.runGraph).toEqual(buildGraph(path, asRun));
            const define = kernelMirror.update(program.runGraph);
            for (const cell of define?.removed ?? []) kernel.delete(cell);
            for (const cell of define?.cells ?? []) kernel.set(cell.compiled.id, cell);
            const document = documentMirror.update(program.graph);
            for (const cell of document?.changed ?? []) shown.set(cell.id, cell);
            const ids = notebook.cells.map((cell) => cell.id);
            const wanted = toKernelCells(program.runGraph);
            expect(ids.map((cell) => kernel.get(cell))).toEqual(wanted);
            expect(kernel.size).toBe(ids.length);
            const fresh = new DocumentMirror(context).update(program.graph)?.changed ?? [];
            expect(ids.map((cell) => shown.get(cell))).toEqual(fresh);
          }
          const dirty = notebook.cells.filter(
            ({ id, source, kind }) => run.get(id)?.source !== source || run.get(id)?.kind !== kind,
          );
          expect([...program.dirty]).toEqual(dirty.map((cell) => cell.id));
        }
      }),
      { numRuns: 150 },
    );
  });
});
