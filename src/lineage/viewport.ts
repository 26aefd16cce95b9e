import { nodeSize } from "./layout.ts";

/** Which part of a graph is looked at: its point in the middle, and pixels for each of its units. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is shown, in units of the graph. */
export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const smallest = 0.005;
const largest = 4;
const margin = 24;

/** The whole of a graph, as large as it fits, and never larger than life. A graph that is all length begins at its start. */
export function fit(graph: Size, screen: Size): Viewport {
  const width = Math.max(1, screen.width - 2 * margin);
  const height = Math.max(1, screen.height - 2 * margin);
  const scale = clamp(Math.min(1, width / Math.max(1, graph.width), height / Math.max(1, graph.height)));
  return { x: graph.width / 2, y: graph.height / 2, scale };
}

export function pan(view: Viewport, dx: number, dy: number): Viewport {
  return { ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale };
}

/** Zooms so that the point of the graph under `at` (pixels from the corner) stays there. */
export function zoom(view: Viewport, factor: number, at: Point, screen: Size): Viewport {
  const scale = clamp(view.scale * factor);
  const under = toGraphPoint(view, at, screen);
  return { x: under.x - (at.x - screen.width / 2) / scale, y: under.y - (at.y - screen.height / 2) / scale, scale };
}

/** Pixels from the corner → point of the graph. */
export function toGraphPoint(view: Viewport, at: Point, screen: Size): Point {
  return { x: view.x + (at.x - screen.width / 2) / view.scale, y: view.y + (at.y - screen.height / 2) / view.scale };
}

export function boundsOf(view: Viewport, screen: Size): Bounds {
  const halfWidth = screen.width / 2 / view.scale;
  const halfHeight = screen.height / 2 / view.scale;
  return { left: view.x - halfWidth, top: view.y - halfHeight, right: view.x + halfWidth, bottom: view.y + halfHeight };
}

/** Moves just so far that a node at `point` is shown whole, and large enough to be read. */
export function reveal(view: Viewport, point: Point, screen: Size): Viewport {
  const readable = view.scale < 0.5 ? { ...view, x: point.x, y: point.y, scale: 0.8 } : view;
  const { left, top, right, bottom } = boundsOf(readable, screen);
  const halfWidth = nodeSize.width / 2 + margin / readable.scale;
  const halfHeight = nodeSize.height / 2 + margin / readable.scale;
  const move = (from: number, to: number, low: number, high: number): number =>
    low < from ? low - from : high > to ? high - to : 0;
  return {
    ...readable,
    x: readable.x + move(left, right, point.x - halfWidth, point.x + halfWidth),
    y: readable.y + move(top, bottom, point.y - halfHeight, point.y + halfHeight),
  };
}

function clamp(scale: number): number {
  return Math.min(largest, Math.max(smallest, scale));
}
