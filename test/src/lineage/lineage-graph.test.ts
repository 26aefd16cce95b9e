import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lineage } from "../../../cells/lineage/lineage.ts";
import { isLit, reachOf, sameShape, toGraph } from "../../../src/lineage/lineage-graph.ts";
import { at } from "../../../src/lineage/layout.ts";
import { makeLayout } from "../../../src/lineage/make-layout.ts";
import { readLineage } from "../../../src/lineage/read-lineage.ts";
import { SpatialIndex } from "../../../src/lineage/spatial-index.ts";
import { boundsOf, fit, pan, reveal, toGraphPoint, zoom } from "../../../src/lineage/viewport.ts";

function lineage(edges: readonly (readonly [string, string])[], more: readonly string[] = []): Lineage {
  const ids = [...new Set([...edges.flat(), ...more])];
  return readLineage({
    nodes: ids.map((id) => ({ id, type: "asset" })),
    edges: edges.map(([from, to]) => ({ from, to })),
  });
}

describe("lineage as a graph", () => {
  test("a path goes from the sources to the sinks of a node, and not sideways", () => {
    const graph = toGraph(
      lineage([
        ["a", "c"],
        ["b", "c"],
        ["c", "d"],
        ["b", "e"],
        ["c", "f"],
      ]),
    );
    const c = graph.indexOf.get("c") ?? -1;
    const marks = reachOf(graph, c);
    expect(
      graph.nodes
        .filter((_, node) => at(marks, node) !== 0)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(["a", "b", "c", "d", "f"]);
    const lit = lineageEdges(graph.edges).filter(([from, to]) => isLit(marks, from, to));
    expect(lit.map(([from, to]) => `${graph.nodes[from]?.id}${graph.nodes[to]?.id}`)).toEqual(["ac", "bc", "cd", "cf"]);
  });

  test("a shape is the same while only states change", () => {
    const a = toGraph(lineage([["a", "b"]]));
    expect(sameShape(a, toGraph(lineage([["a", "b"]])))).toBe(true);
    expect(sameShape(a, toGraph(lineage([["b", "a"]])))).toBe(false);
    expect(sameShape(a, toGraph(lineage([["a", "b"]], ["c"])))).toBe(false);
  });

  test("what is no lineage is refused, and edges to what is not shown are left out", () => {
    expect(() => readLineage({ nodes: [null], edges: [] })).toThrow("no object");
    expect(() => readLineage({ nodes: [{ type: "asset" }], edges: [] })).toThrow("no id or type");
    expect(readLineage({ nodes: [{ id: "a/b", type: "asset" }], edges: [{ from: "x", to: "a/b" }] }).edges).toEqual([]);
  });
});

function lineageEdges(edges: Uint32Array): readonly (readonly [number, number])[] {
  return Array.from({ length: edges.length / 2 }, (_, edge) => [at(edges, 2 * edge), at(edges, 2 * edge + 1)] as const);
}

describe("looking at a part of a graph", () => {
  const screen = { width: 800, height: 600 };
  const view = fc.record({
    x: fc.double({ min: -5000, max: 5000, noNaN: true }),
    y: fc.double({ min: -5000, max: 5000, noNaN: true }),
    scale: fc.double({ min: 0.01, max: 3, noNaN: true }),
  });
  const point = fc.record({
    x: fc.double({ min: 0, max: 800, noNaN: true }),
    y: fc.double({ min: 0, max: 600, noNaN: true }),
  });

  test("zooming keeps what is under the pointer there, panning moves it with the pointer", () => {
    fc.assert(
      fc.property(view, point, fc.double({ min: 0.5, max: 2, noNaN: true }), (before, at, factor) => {
        const under = toGraphPoint(before, at, screen);
        const after = toGraphPoint(zoom(before, factor, at, screen), at, screen);
        expect(after.x).toBeCloseTo(under.x, 4);
        expect(after.y).toBeCloseTo(under.y, 4);
        const moved = toGraphPoint(pan(before, 30, -20), { x: at.x + 30, y: at.y - 20 }, screen);
        expect(moved.x).toBeCloseTo(under.x, 4);
        expect(moved.y).toBeCloseTo(under.y, 4);
      }),
    );
  });

  test("fit shows all, reveal shows the node whole", () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), view, (width, height, before) => {
        const bounds = boundsOf(fit({ width, height }, screen), screen);
        expect(bounds.left).toBeLessThanOrEqual(0.001);
        expect(bounds.bottom).toBeGreaterThanOrEqual(height - 0.001);
        const after = reveal(before, { x: 100, y: 100 }, screen);
        const shown = boundsOf(after, screen);
        if (after.scale <= 2) expect(shown.left).toBeLessThanOrEqual(100 - 108 + 0.001);
        expect(shown.top).toBeLessThanOrEqual(75.001);
      }),
    );
  });

  test("the index finds what a look at everything would find", () => {
    const nodes = 400;
    const edges = Uint32Array.from(
      Array.from({ length: 600 }, (_, i) => [(i * 37) % 390, ((i * 37) % 390) + 1 + (i % 9)]).flat(),
    );
    const layout = makeLayout({ nodes, edges, aspect: 1.6 });
    const index = new SpatialIndex(layout, edges);
    fc.assert(
      fc.property(view, point, (looked, at_) => {
        const bounds = boundsOf(looked, screen);
        const found = index.nodesIn(bounds);
        for (let node = 0; node < nodes; node++) {
          const x = at(layout.x, node);
          const y = at(layout.y, node);
          if (x > bounds.left && x < bounds.right && y > bounds.top && y < bounds.bottom)
            expect(found.has(node)).toBe(true);
        }
        const under = toGraphPoint(looked, at_, screen);
        const hit = index.nodeAt(under);
        if (hit !== null) expect(Math.abs(at(layout.x, hit) - under.x)).toBeLessThanOrEqual(108);
      }),
    );
    for (let node = 0; node < nodes; node++)
      expect(index.nodeAt({ x: at(layout.x, node), y: at(layout.y, node) })).toBe(node);
  });
});
