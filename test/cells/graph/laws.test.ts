import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph } from "../../../cells/graph/build.ts";
import { diffGraphs } from "../../../cells/graph/diff.ts";
import type { NotebookGraph } from "../../../cells/graph/graph.ts";
import { downstreamOf, upstreamOf } from "../../../cells/graph/neighbours.ts";
import { toCell, type Cell } from "../../../cells/model/cell.ts";
import { emptyNotebook, type Notebook } from "../../../cells/model/notebook.ts";
import { graphOf } from "./notebooks.ts";

const names = ["a", "b", "c", "d"];
const sources = fc.oneof(
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...names, "1", "missing"))
    .map(([x, y]) => `const ${x} = ${y} + 1`),
  fc.constantFrom("a + b", "display(c)", "function d() {}", "const ["),
);
const cell: fc.Arbitrary<Omit<Cell, "id">> = fc.oneof(
  sources.map((source) => toCell({ id: 0, kind: "js", source })),
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom("select 1", ...names.map((name) => `select * from ${name}`), "select * from other.t"),
    )
    .map(([output, source]) => toCell({ id: 0, kind: "sql", source, output, attributes: { output } })),
);
const notebook: fc.Arbitrary<Notebook> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 8 }), cell), { selector: ([id]) => id, maxLength: 8 })
  .map((cells) => ({ ...emptyNotebook, cells: cells.map(([id, one]) => ({ ...one, id })) }));

describe("laws of the graph", () => {
  it("built on any earlier state, a graph is the same as from scratch", () => {
    fc.assert(
      fc.property(fc.array(notebook, { minLength: 2, maxLength: 4 }), (states) => {
        let graph: NotebookGraph | undefined;
        for (const state of states) {
          graph = buildGraph("n.html", state, graph);
          expect(graph).toEqual(buildGraph("n.html", state));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("a cell that did not change is not compiled again", () => {
    const before = graphOf("n.html", [
      ["js", "const a = 1"],
      ["js", "a + 1"],
    ]);
    const cells = before.cells.map((one) => ({ ...one.cell, pinned: !one.cell.pinned }));
    const after = buildGraph(
      "n.html",
      { ...emptyNotebook, cells },
      buildGraph("n.html", { ...emptyNotebook, cells }, before),
    );
    const again = buildGraph("n.html", { ...emptyNotebook, cells: cells.map((one) => ({ ...one })) }, after);
    expect(again.cells.map((one, i) => one.compiled === after.cells[i]?.compiled)).toEqual([true, true]);
  });

  it("each cell of the order stands after what it reads, and only cells of circles are missing", () => {
    fc.assert(
      fc.property(notebook, (state) => {
        const graph = buildGraph("n.html", state);
        const place = new Map(graph.order.map((id, i) => [id, i]));
        for (const edge of graph.edges) {
          const [from, to] = edge.type === "cell" ? [place.get(edge.from), place.get(edge.to)] : [];
          if (from !== undefined && to !== undefined) expect(from).toBeLessThan(to);
        }
        const circular = state.cells.filter(({ id }) =>
          graph.edges.some(
            (edge) =>
              edge.type === "cell" && edge.from === id && (edge.to === id || downstreamOf(graph, edge.to).includes(id)),
          ),
        );
        expect(state.cells.map(({ id }) => id).filter((id) => !place.has(id))).toEqual(circular.map(({ id }) => id));
        const told = new Set(
          graph.problems.filter(({ code }) => code === "graph_cycle").map((problem) => problem.cell),
        );
        expect([...told].toSorted()).toEqual(circular.map(({ id }) => id).toSorted());
      }),
      { numRuns: 300 },
    );
  });

  it("upstream and downstream are each other's inverse", () => {
    fc.assert(
      fc.property(notebook, (state) => {
        const graph = buildGraph("n.html", state);
        const ids = state.cells.map(({ id }) => id);
        for (const id of ids)
          expect(upstreamOf(graph, id)).toEqual(ids.filter((other) => downstreamOf(graph, other).includes(id)));
      }),
      { numRuns: 100 },
    );
  });

  it("the difference of two states", () => {
    const before = graphOf("n.html", [
      ["js", "const a = 1"],
      ["js", "const b = a"],
      ["js", "const c = b"],
      ["md", "# x"],
    ]);
    const after = buildGraph("n.html", {
      ...emptyNotebook,
      cells: [
        toCell({ id: 1, source: "const a = 2" }),
        toCell({ id: 2, source: "const z =   a // spaced" }),
        toCell({ id: 3, source: "const c = b" }),
        toCell({ id: 5, source: "const b = 0" }),
      ],
    });
    expect(diffGraphs(before, after)).toEqual({
      added: [5],
      removed: [4],
      redefined: [1, 2],
      rewired: [3],
      renamed: [2],
      untouched: [],
    });
    expect(diffGraphs(after, after).untouched).toEqual([1, 2, 3, 5]);
  });
});
