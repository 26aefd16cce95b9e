import type { Bounds } from "./viewport.ts";

/**
 * The curve of an edge between two nodes: level at both ends, `x = 1.5t - 1.5t² + t³` and `y = 3t² - 2t³` of its width and height for
 * t from 0 to 1. Both only rise or only fall, so what is in a box is one part of it.
 */
export interface EdgeCurve {
  readonly startX: number;
  readonly startY: number;
  readonly endX: number;
  readonly endY: number;
}

/** Whether an edge is drawn as this curve: one that goes back or hardly forward bulges beyond its ends instead. */
export function isPlain({ startX, endX }: EdgeCurve): boolean {
  return endX - startX >= 32;
}

/** The part of a plain curve that is within a box, from t to t; null where none is. */
export function partWithin(
  { startX, startY, endX, endY }: EdgeCurve,
  box: Bounds,
): readonly [from: number, to: number] | null {
  const x = rangeOf(startX, endX, box.left, box.right, (t) => 1.5 * t - 1.5 * t * t + t * t * t);
  const y = x && rangeOf(startY, endY, box.top, box.bottom, (t) => 3 * t * t - 2 * t * t * t);
  if (!x || !y) return null;
  const from = Math.max(x[0], y[0]);
  const to = Math.min(x[1], y[1]);
  return from <= to ? [from, to] : null;
}

/** Adds a part of a plain curve to a path: a line of thousands of pixels costs as much where nobody sees it. */
export function tracePart(
  path: Path2D,
  { startX, startY, endX, endY }: EdgeCurve,
  [from, to]: readonly [number, number],
): void {
  const middle = (startX + endX) / 2;
  const x = (a: number, b: number, c: number): number => blossom(startX, middle, middle, endX, a, b, c);
  const y = (a: number, b: number, c: number): number => blossom(startY, startY, endY, endY, a, b, c);
  path.moveTo(x(from, from, from), y(from, from, from));
  path.bezierCurveTo(
    x(from, from, to),
    y(from, from, to),
    x(from, to, to),
    y(from, to, to),
    x(to, to, to),
    y(to, to, to),
  );
}

/** The polar form of a cubic curve: its value at t where all three are t, and the control points of a part of it else. */
function blossom(p0: number, p1: number, p2: number, p3: number, a: number, b: number, c: number): number {
  const mix = (from: number, to: number, t: number): number => from + (to - from) * t;
  const first = mix(mix(p0, p1, a), mix(p1, p2, a), b);
  const second = mix(mix(p1, p2, a), mix(p2, p3, a), b);
  return mix(first, second, c);
}

/** Between which t a coordinate is between `low` and `high`; null where it never is. */
function rangeOf(
  start: number,
  end: number,
  low: number,
  high: number,
  rise: (t: number) => number,
): readonly [number, number] | null {
  if (Math.max(start, end) < low || Math.min(start, end) > high) return null;
  if (start === end) return [0, 1];
  const partOf = (value: number): number => (value - start) / (end - start);
  const first = partOf(start < end ? low : high);
  const last = partOf(start < end ? high : low);
  return [first <= 0 ? 0 : inverse(rise, first), last >= 1 ? 1 : inverse(rise, last)];
}

function inverse(rise: (t: number) => number, value: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (rise(middle) < value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
