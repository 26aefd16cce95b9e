import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partWithin, tracePart, type EdgeCurve } from "../../../src/lineage/edge-curve.ts";

const number = fc.double({ min: -5000, max: 5000, noNaN: true });
const curves = fc
  .record({ startX: number, startY: number, width: fc.double({ min: 32, max: 4000, noNaN: true }), endY: number })
  .map(({ width, ...rest }): EdgeCurve => ({ ...rest, endX: rest.startX + width }));
const boxes = fc
  .record({
    left: number,
    top: number,
    width: fc.double({ min: 1, max: 2000, noNaN: true }),
    height: fc.double({ min: 1, max: 2000, noNaN: true }),
  })
  .map(({ left, top, width, height }) => ({ left, top, right: left + width, bottom: top + height }));

function pointOf({ startX, startY, endX, endY }: EdgeCurve, t: number) {
  return {
    x: startX + (endX - startX) * (1.5 * t - 1.5 * t * t + t * t * t),
    y: startY + (endY - startY) * (3 * t * t - 2 * t * t * t),
  };
}

/** A path that remembers what was traced. */
class Trace {
  readonly points: number[] = [];
  moveTo(...points: number[]): void {
    this.points.push(...points);
  }
  bezierCurveTo(...points: number[]): void {
    this.points.push(...points);
  }
}

describe("the curve of an edge", () => {
  test("every point in the box is in the part, and the part's points are in the box", () => {
    fc.assert(
      fc.property(curves, boxes, (curve, box) => {
        const part = partWithin(curve, box);
        for (let i = 0; i <= 50; i++) {
          const t = i / 50;
          const { x, y } = pointOf(curve, t);
          const isWithin = (by: number): boolean =>
            x >= box.left - by && x <= box.right + by && y >= box.top - by && y <= box.bottom + by;
          // a hundredth of a pixel more or less is nobody's business
          if (isWithin(-0.01)) expect(part !== null && part[0] <= t + 1e-4 && part[1] >= t - 1e-4).toBe(true);
          if (part !== null && t > part[0] + 1e-4 && t < part[1] - 1e-4) expect(isWithin(0.01)).toBe(true);
        }
      }),
    );
  });

  test("a part is traced as the whole runs", () => {
    fc.assert(
      fc.property(
        curves,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (curve, a, b) => {
          const from = Math.min(a, b);
          const to = Math.max(a, b);
          const trace = new Trace();
          tracePart(trace as unknown as Path2D, curve, [from, to]);
          const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0] = trace.points;
          const half = (p0: number, p1: number, p2: number, p3: number): number => (p0 + 3 * p1 + 3 * p2 + p3) / 8;
          const middle = pointOf(curve, (from + to) / 2);
          expect(half(x0, x1, x2, x3)).toBeCloseTo(middle.x, 4);
          expect(half(y0, y1, y2, y3)).toBeCloseTo(middle.y, 4);
          expect([x0, y0]).toEqual([
            expect.closeTo(pointOf(curve, from).x, 4),
            expect.closeTo(pointOf(curve, from).y, 4),
          ]);
        },
      ),
    );
  });
});
