import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, nodeSize, partsOf, type Layout } from "../../../src/lineage/layout.ts";
import { spread } from "../../../src/lineage/layered-layout.ts";
import { makeLayout } from "../../../src/lineage/make-layout.ts";
import { cpuMs } from "../../support/cpu-time.ts";

interface Request {
  readonly nodes: number;
  readonly edges: Uint32Array;
  readonly aspect: number;
}

const graphs = (most: number, cyclic: boolean): fc.Arbitrary<Request> =>
  fc.integer({ min: 1, max: most }).chain((nodes) =>
    fc.array(fc.tuple(fc.nat(nodes - 1), fc.nat(nodes - 1)), { maxLength: nodes * 2 }).map((pairs) => ({
      nodes,
      aspect: 1.6,
      edges: Uint32Array.from(
        pairs
          .filter(([a, b]) => cyclic || a !== b)
          .flatMap(([a, b]) => (cyclic ? [a, b] : [Math.min(a, b), Math.max(a, b)])),
      ),
    })),
  );

function overlaps({ x, y }: Layout): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let a = 0; a < x.length; a++)
    for (let b = a + 1; b < x.length; b++)
      if (Math.abs(at(x, a) - at(x, b)) < nodeSize.width - 1 && Math.abs(at(y, a) - at(y, b)) < nodeSize.height - 1)
        found.push([a, b]);
  return found;
}

/** A random graph of `nodes` assets, as a workspace has them: each reads one or two of those shortly before it. */
function workspace(nodes: number): Request {
  const edges: number[] = [];
  let seed = 1;
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let node = 20; node < nodes; node++)
    for (let i = 0; i < (random() < 0.5 ? 1 : 2); i++)
      edges.push(Math.floor(node - 1 - random() * Math.min(node - 1, 400)), node);
  return { nodes, edges: Uint32Array.from(edges), aspect: 1.6 };
}

describe("layout", () => {
  test("parts: every node and edge is in exactly one", () => {
    fc.assert(
      fc.property(graphs(60, true), (request) => {
        const parts = partsOf(request);
        expect(parts.flatMap(({ nodes }) => nodes).toSorted((a, b) => a - b)).toEqual([...Array(request.nodes).keys()]);
        expect(parts.flatMap(({ edgeOf }) => edgeOf).toSorted((a, b) => a - b)).toEqual([
          ...Array(request.edges.length / 2).keys(),
        ]);
      }),
    );
  });

  test("spread keeps order and distance, and moves nothing that stands well", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: 1 }), (wanted) => {
        const placed = spread(wanted, 10);
        for (let i = 1; i < placed.length; i++)
          expect(at(placed, i) - at(placed, i - 1)).toBeGreaterThanOrEqual(10 - 1e-6);
        const apart = placed.map((_, i) => i * 12);
        expect(spread(apart, 10)).toEqual(apart);
      }),
    );
    expect(spread([0, 0, 0], 10)).toEqual([-10, 0, 10]);
  });

  test.each([
    ["small, without cycles", 40, false],
    ["small, with cycles and loops", 40, true],
  ])("%s: no node covers another, all are within the bounds", (_name, most, cyclic) => {
    fc.assert(
      fc.property(graphs(most, cyclic), (request) => {
        const layout = makeLayout(request);
        expect(overlaps(layout)).toEqual([]);
        for (let node = 0; node < request.nodes; node++) {
          expect(at(layout.x, node) - nodeSize.width / 2).toBeGreaterThanOrEqual(-1);
          expect(at(layout.y, node) - nodeSize.height / 2).toBeGreaterThanOrEqual(-1);
          expect(at(layout.x, node) + nodeSize.width / 2).toBeLessThanOrEqual(layout.width + 1);
          expect(at(layout.y, node) + nodeSize.height / 2).toBeLessThanOrEqual(layout.height + 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("large: no node covers another, and data flows to the right", () => {
    const request = workspace(1500);
    const layout = makeLayout(request);
    expect(overlaps(layout)).toEqual([]);
    for (let edge = 0; edge < request.edges.length; edge += 2)
      expect(at(layout.x, at(request.edges, edge))).toBeLessThan(at(layout.x, at(request.edges, edge + 1)));
  });

  test("large with cycles ends", () => {
    const ring = Uint32Array.from(Array.from({ length: 1000 }, (_, node) => [node, (node + 1) % 1000]).flat());
    expect(overlaps(makeLayout({ nodes: 1000, edges: ring, aspect: 1.6 }))).toEqual([]);
  });

  test("the time to lay out a large graph grows about as the graph does", () => {
    const quickest = (nodes: number): number => {
      const request = workspace(nodes);
      return cpuMs(() => makeLayout(request));
    };
    quickest(1000);
    expect(quickest(10_000) / quickest(1000)).toBeLessThan(60);
  });
});
